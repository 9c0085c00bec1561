        include_object=include_object,
