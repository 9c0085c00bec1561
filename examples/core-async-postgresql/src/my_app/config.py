"""Settings, read from the environment and from the file `.env` in the working directory."""

import re
from contextlib import suppress
from typing import Annotated, Any, Literal

from pydantic import Field, PlainSerializer, PlainValidator, ValidationError, ValidationInfo
from pydantic_core import InitErrorDetails, PydanticCustomError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict
from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

IsolationLevel = Literal["READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"]

_EXAMPLE = "postgresql://user:password@localhost/my_app"
# What a URL may say after its question mark.
_PARAMETERS = re.compile(
    "application_name|connect_timeout|host|options|port|prepared_statement_cache_size|sslcert|"
    "sslcrl|sslkey|sslmode|sslnegotiation|sslrootcert|statement_cache_size|target_session_attrs"
)


def _make_url(text: str) -> URL:
    # Several hosts, as libpq has them: SQLAlchemy takes them as parameters.
    if hosts := re.search(r"(?<=[/@])[^/@?,]+(,[^/@?,]+)+(?=/)", text):
        named = [host if ":" in host else f"{host}:5432" for host in hosts[0].split(",")]
        url = make_url(text[: hosts.start()] + text[hosts.end() :])
        return url.update_query_dict({"host": named})
    return make_url(text)


def _parse_url(value: str | URL, info: ValidationInfo) -> URL:
    name = str(info.field_name).upper()
    url = None
    with suppress(ArgumentError, ValueError):
        url = value if isinstance(value, URL) else _make_url(value)
    accepted = {"postgres", "postgresql", "postgresql+asyncpg"}
    # An @ in a password, which has to be written %40, would make its end part of the host; and
    # a password in the query would be shown.
    if (
        url is None
        or url.drivername not in accepted
        or not url.database
        or "@" in f"{url.host}{url.database}"
        or any("passw" in key for key in url.query)
    ):
        # The message does not repeat the value, which may hold a password.
        raise ValueError(f"{name} is not a URL such as {_EXAMPLE}")
    if unknown := [key for key in url.query if not _PARAMETERS.fullmatch(key)]:
        raise ValueError(
            f"{name} has the parameter {unknown[0]}, which asyncpg does not know;"
            " sslmode, for example, is one that it knows"
        )
    if "options" in url.query and info.data.get("database_pooler") == "transaction":
        raise ValueError(f"{name} has options, which DATABASE_POOLER=transaction drops")
    return url.set(drivername="postgresql+asyncpg")


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

    # Before the URLs, which are checked by it.
    database_pooler: Literal["none", "transaction"] = "none"
    # There is no default: an empty one is refused.
    database_url: _DatabaseURL = URL.create("")
    database_replica_url: Annotated[_DatabaseURL | None, NoDecode] = None
    database_isolation_level: IsolationLevel = "READ COMMITTED"
    database_pool_size: Annotated[int, Field(gt=0, le=1000)] = 10
    database_statement_timeout: Annotated[float, Field(gt=0, le=86400)] = 60
    database_echo: bool = False
