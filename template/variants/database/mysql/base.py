{% from 'template/facts.jinja' import schema with context %}


@event.listens_for(Table, "after_parent_attach")
def _use_utf8mb4(table: Table, parent: object) -> None:
    # Otherwise the server's defaults decide how text is stored and compared.
    if parent is {{ schema.metadata }}:
        table.dialect_kwargs.setdefault("mysql_charset", "utf8mb4")
        table.dialect_kwargs.setdefault("mysql_collate", "utf8mb4_bin")
