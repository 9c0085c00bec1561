    # The first line, DELIMITER, is for the programs mariadb and mysql.
    for statement in schema.partition("\n")[2].split("\n;;\n")[:-1]:
        op.get_bind().exec_driver_sql(statement, execution_options={"no_parameters": True})
