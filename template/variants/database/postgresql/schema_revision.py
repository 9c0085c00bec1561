{% if sql_driver == 'asyncpg' %}
    # Through SQLAlchemy the driver accepts only one statement.
    connection = op.get_bind()
    connection.exec_driver_sql("SELECT 1")  # so that the transaction has begun
    driver_connection: Any = connection.connection.driver_connection
    await_only(driver_connection.execute(schema))
{% else %}
    op.get_bind().exec_driver_sql(schema, execution_options={"no_parameters": True})
{% endif %}
