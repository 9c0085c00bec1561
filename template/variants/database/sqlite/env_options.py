        # A column that takes any value is declared with this type.
        compare_type=lambda *types: False if type(types[-1]) is TypeEngine else None,
        include_name=lambda name, kind, _parents: kind != "table" or name not in unmanaged,
        render_as_batch=True,
        transactional_ddl=True,
