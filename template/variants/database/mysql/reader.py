# What a database has, in the order of a dump, and which column of SHOW CREATE has its text.
OBJECTS = """
    SELECT CASE WHEN table_type IN ('VIEW', 'SEQUENCE') THEN table_type ELSE 'TABLE' END AS kind,
    table_name, 1 FROM information_schema.tables
    WHERE table_schema = database() AND table_name <> 'alembic_version'
    UNION ALL SELECT routine_type, routine_name, 2
    FROM information_schema.routines WHERE routine_schema = database()
    UNION ALL (SELECT 'TRIGGER', trigger_name, 2 FROM information_schema.triggers
    WHERE trigger_schema = database() ORDER BY action_order LIMIT 1000000)
    UNION ALL SELECT 'EVENT', event_name, 3
    FROM information_schema.events WHERE event_schema = database()
"""
ORDER = "SEQUENCE", "TABLE", "FUNCTION", "PROCEDURE", "VIEW", "TRIGGER", "EVENT"
# A key into another database, in the text of a table.
ELSEWHERE = r",\n  CONSTRAINT `[^`]+` FOREIGN KEY \([^)]*\) REFERENCES `[^`]+`\.`[^\n]*?(?=,?\n)"
# Rights, and what of SHOW GRANTS gives them: the SQL lacks what a user without them is not shown.
ROUTINES = "SELECT ON mysql.proc (MariaDB) or SHOW_ROUTINE (MySQL)"
RIGHTS = {"EVENT": "EVENT", "SHOW VIEW": "SHOW VIEW", "TRIGGER": "TRIGGER"}
RIGHTS[ROUTINES] = "EXECUTE|`proc`|SHOW_ROUTINE"
COLUMNS = """
    SELECT table_name, column_name, column_default, extra
    FROM information_schema.columns WHERE table_schema = database()
"""
# The tables may have defaults that the application may not write: 0000-00-00.
BEFORE = """SET @checks = @@foreign_key_checks, @mode = @@sql_mode
;;
SET foreign_key_checks = 0, sql_mode = 'NO_ENGINE_SUBSTITUTION'"""
AFTER = "SET foreign_key_checks = @checks, sql_mode = @mode"


def run(url: sa.URL, sql: bytes) -> None:
    """Run SQL by the client of the server, and stop at its first error."""
    client = shutil.which("mariadb") or shutil.which("mysql")
    if not client:
        sys.exit("A file is loaded by the program mariadb or mysql, and neither is installed.")
    options = {"host": url.host, "port": url.port, "user": url.username, "database": url.database}
    options["socket"] = url.query.get("unix_socket")
    command = [client, "--default-character-set=utf8mb4"]
    command += [f"--{name}={value}" for name, value in options.items() if value]
    environment = os.environ | {"MYSQL_PWD": url.password or ""}
    done = subprocess.run(command, env=environment, input=sql, capture_output=True, check=False)
    if done.returncode:
        sys.exit(done.stderr.decode().strip())


{% include 'template/variants/database/server/reader.py' %}


def text_of(connection: sa.Connection, kind: str, name: str, column: int) -> str:
    """Return the statement that makes an object, without its user and its counter."""
    show = f"SHOW CREATE {kind} `{name.replace('`', '``')}`"
    row = connection.exec_driver_sql(show, execution_options={"no_parameters": True}).one()
    text = row[column] or sys.exit(f"The user may not see {name}, for which it needs {ROUTINES}.")
    text = re.sub(r"(?m)^(\) ENGINE=\w+) AUTO_INCREMENT=\d+", r"\1", text)
    text = re.sub(r" DEFINER=(`(``|[^`])*`@?)+", "", text, count=1)
    text = re.sub(ELSEWHERE, "", text) if kind == "TABLE" else text
    return text if column == 1 else f"SET sql_mode = '{row[1]}'\n;;\n{text}"


def fill_in(column: sa.Column[Any], default: str | None, extra: str) -> None:
    """Say that the database gives a value where SQLAlchemy has not read its default to the end."""
    found = str(getattr(column.server_default, "arg", ""))
    is_whole = found and found.count("(") == found.count(")")
    if default not in (None, "NULL") and not is_whole and not column.computed:
        column.server_default = sa.FetchedValue()
    if "on update" in extra.lower():
        column.server_onupdate = sa.FetchedValue(for_update=True)


def set_type(column: sa.Column[Any]) -> None:
    """Give a column a type that says more than that of MySQL."""
    kind = column.type
    if isinstance(kind, mysql.TINYINT) and kind.display_width == 1 and not kind.unsigned:
        column.type = sa.Boolean()
    elif isinstance(kind, mysql.DECIMAL) and not (kind.unsigned or kind.zerofill):
        column.type = sa.Numeric(kind.precision, kind.scale)
    elif isinstance(kind, sa.Double) and kind.decimal_return_scale is None:
        kind.asdecimal = False  # a Decimal would lose digits


def fit(table: sa.Table) -> None:
    """Change what a model cannot have, or says otherwise, and name what it lacks."""
    for key in [*table.foreign_key_constraints]:
        target = key.elements[0].target_fullname.rpartition(".")[0]
        if target in table.metadata.tables:
            continue
        if "." not in target:
            sys.exit(f"The table {table.name} refers to {target}, which is not there.")
        print(f"Neither among the models nor in the SQL: the key of {table.name} to {target}")
        table.constraints.discard(key)
        for element in key.elements:
            table.foreign_keys.discard(element)
            element.parent.foreign_keys.discard(element)
    for index in [each for each in table.indexes if each.unique and not each.dialect_kwargs]:
        table.indexes.discard(index)
        table.append_constraint(sa.UniqueConstraint(*index.columns, name=index.name))
    if table.kwargs.get("mysql_engine", "InnoDB") != "InnoDB":
        print(f"Without transactions, so that no test can roll back its rows: TABLE {table.name}")


def read(connection: sa.Connection) -> tuple[sa.Engine, sa.MetaData, str]:
    """Return an engine, the tables of a database, and its schema as SQL."""
    metadata = sa.MetaData()
    metadata.reflect(connection, resolve_fks=False)
    for table in metadata.tables.values():
        fit(table)
        for column in table.columns:
            set_type(column)
    found = connection.exec_driver_sql(COLUMNS).all()
    for name, column, default, extra in found:
        if name in metadata.tables:
            fill_in(metadata.tables[name].columns[column], default, extra)
    grants = " ".join(connection.exec_driver_sql("SHOW GRANTS").scalars())
    for right, words in RIGHTS.items():
        if not re.search(f"ALL PRIVILEGES|{words}", grants):
            print(f"The SQL may lack what the user cannot see without this right: {right}")
    seen = {row[0] for row in found}
    texts: dict[str, dict[str, str]] = {kind: {} for kind in ORDER}
    for kind, name, column in connection.exec_driver_sql(OBJECTS).all():
        if kind == "VIEW" and name not in seen:
            print(f"Broken, so neither among the models nor in the SQL: VIEW {name}")
        else:
            texts[kind][name] = text_of(connection, kind, name, column)
    views = texts["VIEW"]  # each comes after the views that it uses
    uses = {name: {each for each in views if f"`{each}`" in views[name]} - {name} for name in views}
    texts["VIEW"] = {name: views[name] for name in TopologicalSorter(uses).static_order()}
    statements = [BEFORE, *(sql for kind in texts.values() for sql in kind.values()), AFTER]
    sql = "".join(f"{statement}\n;;\n" for statement in statements)
    sql = sql.replace(f"`{connection.engine.url.database}`.", "")
    return connection.engine, metadata, f"DELIMITER ;;\n{sql}"
