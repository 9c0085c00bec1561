@compiles(DateTime, "mysql", "mariadb")
def _keep_microseconds(type_: DateTime, _compiler: object, **_options: object) -> str:
    # DATETIME alone would round to the second. Columns without a time zone stay as declared.
    return "DATETIME(6)" if type_.timezone else "DATETIME"
