    statement = ""
    for part in re.split("(?<=;)", schema):
        statement += part  # a string or the body of a trigger may have a semicolon
        if sqlite3.complete_statement(statement):
            op.get_bind().exec_driver_sql(statement)
            statement = ""
