"""A table for the tests of the engine and of retries, apart from those of the application."""

from sqlalchemy import Column, ForeignKey, Integer, MetaData, String, Table

metadata = MetaData()
notes = Table(
    "scratch_note",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("text", String(100), nullable=False, unique=True),
    Column("parent_id", Integer, ForeignKey("scratch_note.id", ondelete="CASCADE")),
)
