{% from 'template/facts.jinja' import schema with context %}
# Such a column is compared, except for its type.
warnings.filterwarnings("ignore", "Did not recognize type")
# Partitions belong to their table, and an extension's tables to the extension.
UNMANAGED = """
    SELECT DISTINCT nullif(nspname, current_schema()), relname
    FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
    LEFT JOIN pg_depend ON objid = pg_class.oid AND deptype = 'e'
    WHERE relkind IN ('r', 'p', 'f') AND (relispartition OR objid IS NOT NULL)
"""


def include_name(name: str | None, kind: str, parents: Mapping[Any, str | None]) -> bool:
    """Let autogenerate compare only the schemas of the metadata, without `UNMANAGED` tables."""
    if kind == "schema":
        return name in {None, *(table.schema for table in {{ schema.metadata }}.tables.values())}
    connection = context.get_bind()
    unmanaged = connection.exec_driver_sql(UNMANAGED).all() if kind == "table" else []
    return (parents["schema_name"], name) not in unmanaged
