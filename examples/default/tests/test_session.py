import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from .scratch import Note


@pytest.mark.parametrize("run", [1, 2])
def test_tests_are_apart(make_session: sessionmaker[Session], run: int) -> None:
    with make_session.begin() as session:
        session.add(Note(text="first"))
    with make_session() as session:
        session.add(Note(text=f"run {run}"))
        session.flush()
        session.rollback()
        assert session.scalars(select(Note.text)).all() == ["first"]
