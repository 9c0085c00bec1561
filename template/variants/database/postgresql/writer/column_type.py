        kind = column.type
        if isinstance(kind, sa.ARRAY) and isinstance(kind.item_type, DOMAIN):
            python = super().render_column_python_type(sa.Column(kind.item_type, nullable=False))
            return f"ARRAY[{python}]({self.render_column_type(sa.Column(kind.item_type))})"
        if isinstance(kind, DOMAIN):
            self.add_import(kind.data_type)
            inner = self.render_column_type(sa.Column(kind.data_type))
            return call("DOMAIN", repr(kind.name), inner, schema=kind.schema, create_type=False)
