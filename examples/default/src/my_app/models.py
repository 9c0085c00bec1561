"""The tables as classes: columns come from `sqlalchemy`, mapping from `sqlalchemy.orm`."""

from datetime import UTC, datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, Column, ForeignKey, Table, Text, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column, relationship

from .base import Base


class Author(Base):
    """An author, with an optional biography and any number of books.

    Deleting the author deletes both.
    """

    name: Mapped[str] = mapped_column(unique=True)

    biography: Mapped["Biography | None"] = relationship(
        back_populates="author",
        cascade="all, delete-orphan",
        passive_deletes=True,
        lazy="raise_on_sql",
    )
    books: Mapped[list["Book"]] = relationship(
        back_populates="author",
        cascade="all, delete-orphan",
        passive_deletes=True,
        lazy="raise_on_sql",
    )


class Biography(Base):
    """The life of an author. Its key is the author's `id`, so that an author has one at most."""

    id: Mapped[int] = mapped_column(ForeignKey(Author.id, ondelete="CASCADE"), primary_key=True)
    text: Mapped[str] = mapped_column(Text)

    author: Mapped[Author] = relationship(back_populates="biography", lazy="raise_on_sql")


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
        server_default=func.strftime("%Y-%m-%d %H:%M:%f000", "now"),
    )

    author: Mapped[Author] = relationship(back_populates="books", lazy="raise_on_sql")
    genres: Mapped[list["Genre"]] = relationship(
        secondary="book_genre", back_populates="books", passive_deletes=True, lazy="raise_on_sql"
    )


class Genre(Base):
    """A kind of book."""

    name: Mapped[str] = mapped_column(unique=True)

    books: Mapped[list[Book]] = relationship(
        secondary="book_genre", back_populates="genres", passive_deletes=True, lazy="raise_on_sql"
    )


book_genre = Table(
    "book_genre",
    Base.metadata,
    Column[int]("book_id", ForeignKey(Book.id, ondelete="CASCADE"), primary_key=True),
    Column[int]("genre_id", ForeignKey(Genre.id, ondelete="CASCADE"), primary_key=True, index=True),
)
