"""A model for the tests of engine, retries and sessions, apart from those of the application."""

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class ScratchBase(DeclarativeBase):
    """A base with a metadata of its own, which migrations do not see."""


class Note(ScratchBase):
    """A text, perhaps about another one."""

    __tablename__ = "scratch_note"

    id: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str] = mapped_column(String(100), unique=True)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("scratch_note.id", ondelete="CASCADE"))


metadata = ScratchBase.metadata
