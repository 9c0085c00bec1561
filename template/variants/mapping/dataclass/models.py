"""The tables as dataclasses: columns come from `sqlalchemy`, mapping from `sqlalchemy.orm`."""

from datetime import UTC, datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, Column, ForeignKey, Integer, Table, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from .base import Base


# Type checkers do not inherit kw_only: every model says it.
class Author(Base, kw_only=True):
    """Somebody who has at most one biography and any number of books, which go with them."""

    name: Mapped[str] = mapped_column(unique=True)

    biography: Mapped["Biography | None"] = relationship(
        default=None,
        repr=False,
        back_populates="author",
        cascade="all, delete-orphan",
        lazy="raise_on_sql",
    )
    books: Mapped[list["Book"]] = relationship(
        default_factory=list,
        repr=False,
        back_populates="author",
        cascade="all, delete-orphan",
        passive_deletes=True,
        lazy="raise_on_sql",
    )


class Biography(Base, kw_only=True):
    """The life of one author, one-to-one by its unique key: change it, do not replace it."""

    author_id: Mapped[int] = mapped_column(
        ForeignKey(Author.id, ondelete="CASCADE"), default=None, unique=True
    )
    text: Mapped[str] = mapped_column(Text)

    author: Mapped[Author] = relationship(
        default=None, repr=False, back_populates="biography", lazy="raise_on_sql"
    )


class Book(Base, kw_only=True):
    """A title by one author, in any number of genres, with the copies left on the shelf."""

    __table_args__ = (
        UniqueConstraint("author_id", "title"),
        CheckConstraint("price >= 0", name="price_not_negative"),
        CheckConstraint("copies >= 0", name="copies_not_negative"),
    )

    author_id: Mapped[int] = mapped_column(ForeignKey(Author.id, ondelete="CASCADE"), default=None)
    title: Mapped[str]
    price: Mapped[Decimal]
    copies: Mapped[int] = mapped_column(default=1)
    added_at: Mapped[datetime] = mapped_column(init=False, insert_default=lambda: datetime.now(UTC))

    author: Mapped[Author] = relationship(
        default=None, repr=False, back_populates="books", lazy="raise_on_sql"
    )
    genres: Mapped[list["Genre"]] = relationship(
        default_factory=list,
        repr=False,
        secondary="book_genre",
        back_populates="books",
        lazy="raise_on_sql",
    )


class Genre(Base, kw_only=True):
    """A kind of book."""

    name: Mapped[str] = mapped_column(unique=True)

    books: Mapped[list[Book]] = relationship(
        init=False, repr=False, secondary="book_genre", back_populates="genres", lazy="raise_on_sql"
    )


book_genre = Table(
    "book_genre",
    Base.metadata,
    Column("book_id", Integer, ForeignKey(Book.id, ondelete="CASCADE"), primary_key=True),
    Column(
        "genre_id", Integer, ForeignKey(Genre.id, ondelete="CASCADE"), primary_key=True, index=True
    ),
)
