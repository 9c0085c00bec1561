"""Library

Revision ID: 6f0c2d4b9a17
Revises:
Create Date: 2026-11-22 12:00:00
"""

import sqlalchemy as sa
from alembic import op

revision = "6f0c2d4b9a17"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "author",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_author")),
        sa.UniqueConstraint("name", name=op.f("uq_author_name")),
    )
    op.create_table(
        "genre",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_genre")),
        sa.UniqueConstraint("name", name=op.f("uq_genre_name")),
    )
    op.create_table(
        "biography",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["id"],
            ["author.id"],
            name=op.f("fk_biography_id_author"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_biography")),
    )
    op.create_table(
        "book",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(255), nullable=False),
        sa.Column("price", sa.Numeric(10, 2), nullable=False),
        sa.Column("copies", sa.Integer(), server_default="1", nullable=False),
        sa.Column(
            "added_at",
            sa.DateTime(timezone=True),
            server_default=sa.func.strftime("%Y-%m-%d %H:%M:%f000", "now"),
            nullable=False,
        ),
        sa.CheckConstraint("copies >= 0", name=op.f("ck_book_copies_not_negative")),
        sa.CheckConstraint("price >= 0 AND price < 100000000", name=op.f("ck_book_price_in_range")),
        sa.ForeignKeyConstraint(
            ["author_id"],
            ["author.id"],
            name=op.f("fk_book_author_id_author"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_book")),
        sa.UniqueConstraint("author_id", "title", name=op.f("uq_book_author_id_title")),
    )
    op.create_table(
        "book_genre",
        sa.Column("book_id", sa.Integer(), nullable=False),
        sa.Column("genre_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["book_id"],
            ["book.id"],
            name=op.f("fk_book_genre_book_id_book"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["genre_id"],
            ["genre.id"],
            name=op.f("fk_book_genre_genre_id_genre"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("book_id", "genre_id", name=op.f("pk_book_genre")),
    )
    op.create_index(op.f("ix_book_genre_genre_id"), "book_genre", ["genre_id"])


def downgrade() -> None:
    # An index goes with its table: a foreign key may not let it be dropped alone.
    op.drop_table("book_genre")
    op.drop_table("book")
    op.drop_table("biography")
    op.drop_table("genre")
    op.drop_table("author")
