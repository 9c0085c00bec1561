"""The same test, in a transaction that is undone, and on tables that are made and dropped."""

import os
from collections.abc import Generator

import pytest
from my_app.config import Settings
from my_app.models import Author, Base
from sqlalchemy import Engine, create_engine, func, make_url, select
from sqlalchemy.orm import Session

numbers = pytest.mark.parametrize("number", range(int(os.environ["TESTS"])))


@pytest.fixture(scope="session")
def plain_engine() -> Generator[Engine]:
    """A plain engine for a database without tables."""
    settings = Settings(database_url=make_url(os.environ["PLAIN_URL"]))
    engine = create_engine(settings.database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def plain_session(plain_engine: Engine) -> Generator[Session]:
    """A session whose tables are made before the test and dropped after it."""
    Base.metadata.create_all(plain_engine)
    with Session(plain_engine) as session:
        yield session
    Base.metadata.drop_all(plain_engine)


def add_one(session: Session) -> None:
    """Add an author, and see that there is no other."""
    session.add(Author(name="Lem"))
    session.commit()
    assert session.scalar(select(func.count()).select_from(Author)) == 1


@numbers
def test_of_the_project(session: Session, number: int) -> None:
    """Undone by the fixtures of the project."""
    add_one(session)


@numbers
def test_on_new_tables(plain_session: Session, number: int) -> None:
    """Undone by dropping the tables."""
    add_one(plain_session)
