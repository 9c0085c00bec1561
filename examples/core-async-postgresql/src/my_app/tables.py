"""The tables: everything that describes them comes from `sqlalchemy`."""

from datetime import UTC, datetime
from decimal import Decimal

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    Integer,
    Named,
    Numeric,
    String,
    Table,
    Text,
    TypedColumns,
    UniqueConstraint,
    func,
)

from .base import metadata
from .column_types import UtcDateTime


class AuthorColumns(TypedColumns):
    """An author, with an optional biography and any number of books.

    Deleting the author deletes both.
    """

    id: Named[int] = Column(Integer, primary_key=True)
    name: Named[str] = Column(String(255), unique=True)


class BiographyColumns(TypedColumns):
    """The life of an author. Its key is the author's `id`, so that an author has one at most."""

    id: Named[int] = Column(Integer, ForeignKey("author.id", ondelete="CASCADE"), primary_key=True)
    text: Named[str] = Column(Text)


class BookColumns(TypedColumns):
    """A title by one author, in any number of genres, with the copies left on the shelf."""

    id: Named[int] = Column(Integer, primary_key=True)
    author_id: Named[int] = Column(Integer, ForeignKey("author.id", ondelete="CASCADE"))
    title: Named[str] = Column(String(255))
    price: Named[Decimal] = Column(Numeric(10, 2))
    copies: Named[int] = Column(Integer, default=1, server_default="1")
    added_at: Named[datetime] = Column(
        UtcDateTime,
        default=lambda: datetime.now(UTC),
        server_default=func.now(),
    )


class GenreColumns(TypedColumns):
    """A kind of book."""

    id: Named[int] = Column(Integer, primary_key=True)
    name: Named[str] = Column(String(255), unique=True)


class BookGenreColumns(TypedColumns):
    """A book has many genres and a genre many books."""

    book_id: Named[int] = Column(
        Integer, ForeignKey("book.id", ondelete="CASCADE"), primary_key=True
    )
    genre_id: Named[int] = Column(
        Integer, ForeignKey("genre.id", ondelete="CASCADE"), primary_key=True, index=True
    )


authors = Table("author", metadata, AuthorColumns)
biographies = Table("biography", metadata, BiographyColumns)
books = Table(
    "book",
    metadata,
    BookColumns,
    UniqueConstraint("author_id", "title"),
    CheckConstraint("price >= 0 AND price < 100000000", name="price_in_range"),
    CheckConstraint("copies >= 0", name="copies_not_negative"),
)
genres = Table("genre", metadata, GenreColumns)
book_genres = Table("book_genre", metadata, BookGenreColumns)
