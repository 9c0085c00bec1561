# Such a column is compared, except for its type.
warnings.filterwarnings("ignore", "Did not recognize type")


class Implementation(MySQLImpl):
    """Alembic's support for MySQL, without the doubled percent signs of defaults."""

    __dialect__ = "mysql"

    def compare_server_default(
        self,
        inspector_column: Column[Any],
        metadata_column: Column[Any],
        rendered_metadata_default: str | None,
        rendered_inspector_default: str | None,
    ) -> bool:
        """Return whether the two differ; percent signs were doubled for the driver."""
        default = rendered_metadata_default and rendered_metadata_default.replace("%%", "%")
        if default and default == rendered_inspector_default:
            return False  # Alembic takes an expression on a column of text for a text
        impl: Any = super()  # it has no types
        return bool(
            impl.compare_server_default(
                inspector_column, metadata_column, default, rendered_inspector_default
            )
        )


def include_object(
    item: SchemaItem, _name: object, _kind: str, is_reflected: object, other: SchemaItem | None
) -> bool:
    """Leave out keys into another database that no model has: tests cannot make its tables."""
    if not is_reflected or other is not None or not isinstance(item, ForeignKeyConstraint):
        return True
    return item.elements[0].target_fullname.count(".") == 1


@contextmanager
def one_at_a_time(connection: Connection | None) -> Generator[None]:
    """Take a lock: other processes wait for it, and then have nothing to do."""
    if connection is None:
        yield
        return
    name = "md5(concat('migrations of ', database()))"
    lock = f"SELECT get_lock({name}, @@lock_wait_timeout)"
    if not connection.exec_driver_sql(lock).scalar():
        raise CommandError("another process has been migrating for longer than DATABASE_TIMEOUT")
    try:
        yield
    finally:
        connection.exec_driver_sql(f"SELECT release_lock({name})")
