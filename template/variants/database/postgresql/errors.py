
# https://www.postgresql.org/docs/current/errcodes-appendix.html
_CONFLICTS = {"40001", "40P01"}  # serialization failure, deadlock
_UNAVAILABLE = {
    "53300",  # too many connections
    "55P03",  # lock timeout
    "57P01",  # the server shuts down
    "57P02",  # it has crashed
    "57P03",  # it starts
}


def _code(error: DBAPIError) -> str | None:
    return getattr(error.orig, "sqlstate", None)


def _is_conflict(error: BaseException) -> bool:
    return isinstance(error, DBAPIError) and _code(error) in _CONFLICTS


def _is_unavailable(error: BaseException) -> bool:
{% if sql_driver == 'asyncpg' %}
    if isinstance(error, DBAPIError):
        return error.connection_invalidated or _code(error) in _UNAVAILABLE
    # The driver lets errors of the network through as they are.
    return isinstance(error, OSError)
{% else %}
    if not isinstance(error, DBAPIError):
        return False
    # The driver gives no code to a connection that could not be made.
    refused = isinstance(error, OperationalError) and _code(error) is None
    return refused or error.connection_invalidated or _code(error) in _UNAVAILABLE
{% endif %}


def _was_lost_at_commit(error: BaseException) -> bool:
    # A statement that failed is one that was flushed before COMMIT was sent.
{% if sql_driver == 'asyncpg' %}
    if isinstance(error, DBAPIError):
        return error.connection_invalidated and error.statement is None
    return isinstance(error, TimeoutError)
{% else %}
    return (
        isinstance(error, DBAPIError) and error.connection_invalidated and error.statement is None
    )
{% endif %}
