class NewBook(TypedDict):
    """A row for `add_books`."""

    author_id: int
    title: str
    price: Decimal
    copies: int


class NoCopyLeftError(Exception):
    """All copies of the book are lent."""
