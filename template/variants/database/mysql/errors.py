
# https://mariadb.com/kb/en/mariadb-error-codes/
_CONFLICTS = {1020, 1213}  # record changed since it was read, deadlock
_UNAVAILABLE = {
    1040,  # too many connections
    1047,  # a node of a cluster that is not ready
    1053,  # the server is shutting down
    1205,  # lock timeout
    1290,  # read-only, as a replica is until it is promoted
    2002,  # connection refused, by a socket
    2003,  # connection refused
}
_NO_SAVEPOINT = 1305


def _code(error: BaseException) -> object:
    # On a deadlock InnoDB rolls back the whole transaction, savepoints included. The rollback to a
    # savepoint then fails with an error of its own, while the deadlock is handled.
    code = getattr(getattr(error, "orig", error), "args", None) or [None]
    if code[0] == _NO_SAVEPOINT and error.__context__:
        return _code(error.__context__)
    return code[0]


def _is_conflict(error: BaseException) -> bool:
    return isinstance(error, DBAPIError) and _code(error) in _CONFLICTS


def _is_unavailable(error: BaseException) -> bool:
    return isinstance(error, DBAPIError) and (
        error.connection_invalidated or _code(error) in _UNAVAILABLE
    )


def _was_lost_at_commit(error: BaseException) -> bool:
    # An error with a statement was raised before COMMIT was sent.
    return (
        isinstance(error, DBAPIError) and error.connection_invalidated and error.statement is None
    )
