    name = "md5(concat('tables of ', database()))"
    connection.exec_driver_sql(f"SELECT get_lock({name}, @@lock_wait_timeout)")
    try:
        _refuse_foreign_tables(connection)
        {{ schema.metadata }}.create_all(connection)
    finally:
        connection.exec_driver_sql(f"SELECT release_lock({name})")
