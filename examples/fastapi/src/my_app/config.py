"""Settings, read from the environment and from the file `.env` in the working directory."""

import re
from contextlib import suppress
from typing import Annotated, Any, Literal

from pydantic import Field, PlainSerializer, PlainValidator, ValidationError
from pydantic_core import InitErrorDetails, PydanticCustomError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict
from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

IsolationLevel = Literal["SERIALIZABLE", "READ UNCOMMITTED"]

_EXAMPLE = "sqlite:///my_app.db"
# What a URL may say after its question mark.
_PARAMETERS = re.compile(
    "cache|cached_statements|check_same_thread|detect_types|immutable|isolation_level|mode|"
    "nolock|psow|timeout|uri|vfs"
)


def _parse_url(value: str | URL) -> URL:
    url = None
    with suppress(ArgumentError, ValueError):
        url = value if isinstance(value, URL) else make_url(value)
    # sqlite://data.db, with a slash too few, names a host.
    if url is None or url.drivername not in {"sqlite", "sqlite+aiosqlite"} or url.host:
        # The message does not repeat the value, which may hold a password.
        raise ValueError(f"DATABASE_URL is not a URL such as {_EXAMPLE}")
    if unknown := [key for key in url.query if not _PARAMETERS.fullmatch(key)]:
        raise ValueError(
            f"DATABASE_URL has the parameter {unknown[0]}, which aiosqlite does not know;"
            " timeout, for example, is one that it knows"
        )
    return url.set(drivername="sqlite+aiosqlite")


# The repr of a URL masks its password.
_DatabaseURL = Annotated[URL, NoDecode, PlainValidator(_parse_url), PlainSerializer(repr)]


class RetrySettings(BaseSettings):
    """What `run_in_transaction` takes from the environment."""

    model_config = SettingsConfigDict(
        env_file=".env", extra="ignore", frozen=True, hide_input_in_errors=True
    )

    database_timeout: Annotated[float, Field(gt=0, le=3600)] = 10

    def __init__(self, **values: Any) -> None:
        """Read and check the settings; a wrong one raises `ValidationError`."""
        try:
            super().__init__(**values)
        except ValidationError as error:
            # The values, which `errors()` would show, may hold a password.
            lines: list[InitErrorDetails] = []
            for line in error.errors():
                kind = PydanticCustomError("setting", "{message}", {"message": line["msg"]})
                lines.append({"type": kind, "loc": line["loc"], "input": None})
            raise ValidationError.from_exception_data(error.title, lines, hide_input=True) from None


class Settings(RetrySettings):
    """The settings, each described in `.env.example`; a wrong one raises `ValidationError`."""

    database_url: _DatabaseURL = _parse_url(_EXAMPLE)
    database_isolation_level: IsolationLevel = "SERIALIZABLE"
    database_pool_size: Annotated[int, Field(gt=0, le=1000)] = 10
    database_echo: bool = False
