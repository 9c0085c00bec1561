import warnings
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, Literal

from alembic import context
from alembic.ddl.mysql import MySQLImpl
from alembic.operations.ops import CreateTableOp, DropTableOp, MigrationScript
from alembic.util import CommandError
from pydantic import ValidationError
from sqlalchemy import URL, Column, Connection, ForeignKeyConstraint, inspect
from sqlalchemy.schema import SchemaItem
