import re
import warnings
from collections import Counter
from typing import Literal

from alembic import context
from alembic.operations.ops import CreateTableOp, DropTableOp, MigrationScript
from alembic.util import CommandError
from pydantic import ValidationError
from sqlalchemy import URL, Connection, event, inspect
from sqlalchemy.engine.interfaces import DBAPICursor
from sqlalchemy.types import TypeEngine
