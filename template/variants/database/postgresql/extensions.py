# Tables that came with an extension, such as PostGIS, by schema: None is the default one.
_OF_EXTENSIONS = """
    SELECT nullif(nspname, current_schema()), relname
    FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
    JOIN pg_depend ON objid = pg_class.oid
    WHERE classid = 'pg_class'::regclass AND deptype = 'e'
"""
