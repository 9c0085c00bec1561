

def _code(error: BaseException) -> str:
    # https://www.sqlite.org/rescode.html
    return str(getattr(getattr(error, "orig", None), "sqlite_errorname", ""))


def _is_conflict(error: BaseException) -> bool:
    return _code(error) == "SQLITE_BUSY_SNAPSHOT"


def _is_unavailable(error: BaseException) -> bool:
    return _code(error).startswith(("SQLITE_BUSY", "SQLITE_LOCKED"))


def _was_lost_at_commit(error: BaseException) -> bool:
    # An error with a statement was raised before COMMIT.
    return _code(error).startswith("SQLITE_IOERR") and getattr(error, "statement", None) is None
