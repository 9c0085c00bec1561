import warnings
from collections.abc import Mapping
from typing import Any, Literal

from alembic import context
from alembic.operations.ops import CreateTableOp, DropTableOp, MigrationScript
from alembic.util import CommandError
from pydantic import ValidationError
from sqlalchemy import URL, Connection, inspect
