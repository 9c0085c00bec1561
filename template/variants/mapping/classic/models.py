{% from 'template/facts.jinja' import db with context %}
"""The tables as classes: columns come from `sqlalchemy`, mapping from `sqlalchemy.orm`."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from sqlalchemy import CheckConstraint, Column, ForeignKey, Table, Text, UniqueConstraint, func
from sqlalchemy.orm import Mapped, backref, configure_mappers, mapped_column, relationship

from .base import Base


class Author(Base):
    """An author, with an optional biography and any number of books.

    Deleting the author deletes both.
    """

    name: Mapped[str] = mapped_column(unique=True)

    # Today, for each backref: back_populates="author" here, and a relationship there.
    biography: Mapped["Biography | None"] = relationship(
        backref=backref("author", lazy="raise_on_sql"),
        cascade="all, delete-orphan",
        passive_deletes=True,
        lazy="raise_on_sql",
    )
    books: Mapped[list["Book"]] = relationship(
        backref=backref("author", lazy="raise_on_sql"),
        cascade="all, delete-orphan",
        passive_deletes=True,
        lazy="raise_on_sql",
    )


class Biography(Base):
    """The life of an author. Its key is the author's `id`, so that an author has one at most."""

    id: Mapped[int] = mapped_column(ForeignKey(Author.id, ondelete="CASCADE"), primary_key=True)
    text: Mapped[str] = mapped_column(Text)

    if TYPE_CHECKING:
        author: Mapped[Author]


class Book(Base):
    """A title by one author, in any number of genres, with the copies left on the shelf."""

    __table_args__ = (
        UniqueConstraint("author_id", "title"),
        CheckConstraint("price >= 0 AND price < 100000000", name="price_in_range"),
        CheckConstraint("copies >= 0", name="copies_not_negative"),
    )

    author_id: Mapped[int] = mapped_column(ForeignKey(Author.id, ondelete="CASCADE"))
    title: Mapped[str]
    price: Mapped[Decimal]
    copies: Mapped[int] = mapped_column(default=1, server_default="1")
    added_at: Mapped[datetime] = mapped_column(
        default=lambda: datetime.now(UTC),
        server_default={{ db.now }},
    )

    if TYPE_CHECKING:
        author: Mapped[Author]
    genres: Mapped[list["Genre"]] = relationship(
        secondary="book_genre",
        backref=backref("books", passive_deletes=True, lazy="raise_on_sql"),
        passive_deletes=True,
        lazy="raise_on_sql",
    )


class Genre(Base):
    """A kind of book."""

    name: Mapped[str] = mapped_column(unique=True)

    if TYPE_CHECKING:
        books: Mapped[list[Book]]


book_genre = Table(
    "book_genre",
    Base.metadata,
    Column[int]("book_id", ForeignKey(Book.id, ondelete="CASCADE"), primary_key=True),
    Column[int]("genre_id", ForeignKey(Genre.id, ondelete="CASCADE"), primary_key=True, index=True),
)

configure_mappers()  # makes the backrefs, which queries name
