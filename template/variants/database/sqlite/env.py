# Warnings about what SQLAlchemy and Alembic cannot read; for indexes see keep_indexes.
UNREAD = ".*(expression-based index|could not be located)|Computed default on|Could not instantiate"
# Virtual tables, and the tables in which they store their data.
UNMANAGED = "SELECT name FROM pragma_table_list WHERE type IN ('shadow', 'virtual')"


def run_migrations_online(connection: Connection) -> None:
    """Run the migrations with foreign keys off: batch mode drops and recreates tables."""
    if connection.in_transaction():
        raise CommandError("foreign keys cannot be turned off inside a transaction")
    cursor = connection.connection.cursor()
    cursor.execute("PRAGMA foreign_keys = OFF")
    event.listen(connection, "before_cursor_execute", keep_indexes)
    orphans = find_orphans(cursor)
    try:
        with warnings.catch_warnings(), connection.begin():
            warnings.filterwarnings("ignore", UNREAD)
            run_migrations(connection)
            for table, parent in find_orphans(cursor) - orphans:
                raise CommandError(f"a row of {table} would refer to one that is not in {parent}")
    finally:
        event.remove(connection, "before_cursor_execute", keep_indexes)
        cursor.execute("PRAGMA foreign_keys = ON")


def find_orphans(cursor: DBAPICursor) -> Counter[tuple[str, str]]:
    """Count the rows whose parent is missing, for each pair of child and parent table."""
    cursor.execute("PRAGMA foreign_key_check")
    return Counter((table, parent) for table, _row, parent, _key in cursor.fetchall())


def keep_indexes(
    _connection: Connection, cursor: DBAPICursor, statement: str, *_arguments: object
) -> None:
    """Stop before batch mode recreates a table without an index that it cannot read."""
    if remade := re.match(r"\s*CREATE TABLE \"?_alembic_tmp_(\w+)", statement):
        cursor.execute(
            "SELECT i.name FROM sqlite_master AS i, pragma_index_xinfo(i.name) AS x"
            " WHERE i.type = 'index' AND i.tbl_name = ? AND x.cid = -2",
            (remade[1],),
        )
        for (index,) in cursor.fetchall():
            raise CommandError(
                f"the revision makes table {remade[1]} anew, which would lose {index}, an index on"
                " an expression: drop the index before and create it after"
            )
