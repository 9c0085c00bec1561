        include_schemas=True,
        include_name=include_name,
