# Without virtual tables and the tables in which they store their data.
TABLES = "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table'"
# A key autoincrements if it is an alias of the rowid, and so has no index.
COLUMNS = """
    SELECT t.name, c.name, c.type, c.pk AND c.type LIKE 'INTEGER' AND NOT EXISTS (
        SELECT * FROM pragma_index_list(t.name) WHERE origin = 'pk'
    ) FROM pragma_table_list AS t, pragma_table_xinfo(t.name) AS c WHERE t.schema = 'main'
"""
STATEMENTS = """
    SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND tbl_name <> 'alembic_version'
    AND name NOT IN (SELECT name FROM pragma_table_list WHERE type = 'shadow')
    AND name NOT LIKE 'sqlite~_%' ESCAPE '~' ORDER BY rowid
"""


@contextmanager
def loaded(file: Path) -> Generator[sa.URL]:
    """Give a database in memory with the tables of a file."""
    name = "file:schema?mode=memory&cache=shared"
    with closing(sqlite3.connect(name, uri=True, isolation_level=None)) as connection:
        connection.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)  # no file is written
        sql, start = file.read_text(encoding="utf-8") + "\n;", 0
        for end in (found.end() for found in re.finditer(";", sql)):
            if sqlite3.complete_statement(sql[start:end]):
                try:
                    connection.execute(sql[start:end])
                except sqlite3.Error as error:
                    blank = re.compile(r"(?s)(\s|--[^\n]*\n|/\*.*?\*/)*").match(sql, start)
                    line = sql.count("\n", 0, blank.end()) + 1
                    sys.exit(f"{file}, the statement at line {line}: {error}")
                start = end
        if start < len(sql):
            sys.exit(f"{file}: the last statement has no end: {sql[start:].split()[0]} …")
        yield sa.make_url(f"sqlite:///{name}&uri=true")


def read(url: sa.URL) -> tuple[sa.Engine, sa.MetaData, str]:
    """Return an engine that only reads, the tables of a database, and its schema as SQL."""
    if url.query.get("mode") != "memory":
        name = url.database or ""
        file = name if name.startswith("file:") else Path(name).absolute().as_uri()
        query = {"mode": "ro", "uri": "true"}
        url = sa.URL.create("sqlite", database=file, query=query)
    engine, metadata = sa.create_engine(url, poolclass=sa.NullPool), sa.MetaData()
    with engine.connect() as connection:
        tables = connection.exec_driver_sql(TABLES).scalars().all()
        metadata.reflect(connection, only=lambda name, _: name in tables)
        for table, name, kind, is_key in connection.exec_driver_sql(COLUMNS):
            if table in metadata.tables:
                column = metadata.tables[table].columns[name]
                column.autoincrement = bool(is_key) or "auto"
                if isinstance(column.type, sa.NUMERIC) and not kind.upper().startswith("NUM"):
                    column.type = sa.types.NullType()  # SQLite takes anything
                elif isinstance(column.type, sa.String):
                    column.type.collation = None  # it would be 5 of VARCHAR(10, 5)
        statements = connection.exec_driver_sql(STATEMENTS).scalars().all()
    for table in metadata.tables.values():
        for item in (*table.constraints,):  # the convention demands a name; the SQL has them
            if isinstance(item, sa.CheckConstraint | sa.UniqueConstraint) and not item.name:
                table.constraints.discard(item)
    # The semicolon may not become part of a comment.
    return engine, metadata, "".join(f"{statement}\n;\n" for statement in statements)
