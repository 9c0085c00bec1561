
# https://www.postgresql.org/docs/current/errcodes-appendix.html
_CONFLICTS = {"40001", "40P01"}  # serialization failure, deadlock
_UNAVAILABLE = {
    "53300",  # too many connections
    "55P03",  # lock timeout
    "57P01",  # the server is shutting down
    "57P02",  # the server has crashed
    "57P03",  # the server is starting
}


def _code(error: DBAPIError) -> str | None:
    return getattr(error.orig, "sqlstate", None)


def _is_conflict(error: BaseException) -> bool:
    outdated = isinstance(error, NotSupportedError) and "cached" in str(error.orig)  # by ALTER
    return outdated or (isinstance(error, DBAPIError) and _code(error) in _CONFLICTS)


def _is_unavailable(error: BaseException) -> bool:
    if not isinstance(error, DBAPIError):
        return {{ 'isinstance(error, TimeoutError)  # no answer came in time' if sql_driver == 'asyncpg' else 'False' }}
    # A connection that could not be made has no code.
    refused = isinstance(error, OperationalError) and _code(error) is None
    return refused or error.connection_invalidated or _code(error) in _UNAVAILABLE


def _was_lost_at_commit(error: BaseException) -> bool:
    # An error with a statement was raised before COMMIT was sent.
    if not isinstance(error, DBAPIError):
        return {{ 'isinstance(error, TimeoutError)' if sql_driver == 'asyncpg' else 'False' }}
    return error.connection_invalidated and error.statement is None
