{% from 'template/facts.jinja' import sa with context %}

    def key(self, column: sa.Column[Any]) -> str:
        """Return the name by which Python, keys and indexes know a column."""
        names: dict[str, str] = {}
        for other in column.table.columns:
            names[other.name] = self.find_free_name(other.name, set(), names.values())
        return names[column.name]

    generate_models = TablesGenerator.generate_models

    def generate_model_name(self, model: Model, taken: set[str]) -> None:
        name = self.find_free_name(model.table.name, set(), ())
        is_plural = self.inflect_engine.singular_noun(name)
        name = name if is_plural else self.inflect_engine.plural_noun(name)
        name = f"{model.table.schema}_{name}" if name in taken else name
        model.name = self.find_free_name(name, taken, ())

    def render_models(self, models: list[Model]) -> str:
        self.models = models
        return "\n\n\n".join(map(self.render_model, models))

    def render_model(self, model: Model) -> str:
        """Return a table, and the class of its columns."""
        table, name = model.table, f"{model.name.title().replace('_', '')}Columns"
        line = (table.comment or f"A row of `{table.name}`").strip().partition("\n")[0]
        lines = [f"class {name}(TypedColumns):", f"    {line.rstrip('.') + '.'!r}"]
        for column in table.columns:
            key, kind = self.key(column), self.render_column_python_type(column)
            names = [repr(column.name)] * (key != column.name)
            lines.append(f"    {key}: Named[{kind}] = {self.column(column, 'Column', *names)}")
        items = {*table.constraints, *table.indexes} - {table.primary_key}
        items -= {key for key in table.foreign_key_constraints if len(key.columns) == 1}
        items = sorted(map(self.render_constraint, items))
        arguments = [repr(table.name), "metadata", name, *items]
        code = call("Table", *arguments, schema=table.schema, comment=table.comment)
        return "\n".join([*lines, f"{model.name} = {code}"])

    def make_rows(self, table: sa.Table, wanted: object = None, depth: int = 0) -> list[str]:
        """Return the insertion of a row, after the rows that it refers to, with equal values."""
        needed, rows = {column for column in table.columns if column.primary_key}, []
        needed |= {each for each in table.columns if not (each.nullable or is_counted(each))}
        for key in table.foreign_key_constraints if depth < 5 else ():
            if key is wanted or needed.intersection(key.columns):
                needed.update(key.columns)
                rows += self.make_rows(key.referred_table, depth=depth + 1)
        values = [
            f"{self.key(each)}={VALUES[self.render_column_python_type(each).partition(' | ')[0]]}"
            for each in table.columns
            if each in needed
        ]
        [name] = (model.name for model in self.models if model.table is table)
        insertion = f"insert(tables.{name}).values({', '.join(values)})"
        return list(dict.fromkeys([*rows, f"{{ sa.await }}connection.execute({insertion})"]))

    def examples(self) -> Iterator[dict[Path, str]]:
        """Yield two queries and their test, for each table that belongs to another one."""
{% if database != 'sqlite' %}
        for name, values in self.enum_values.items():
            VALUES[name] = f"tables.{name}({values[0]!r})"
{% endif %}
        names = {model.table: model.name for model in self.models}
        for table, name in names.items():
            keys = [key for key in table.foreign_key_constraints if key.referred_table is not table]
            for item in sorted(keys, key=str):
                with suppress(LookupError, ValueError):  # no value is known, or the key is not one
                    [key], [reference] = table.primary_key.columns, item.elements
                    words = {"table": name, "parent": names[item.referred_table]}
                    words["name"] = self.inflect_engine.singular_noun(name) or name
                    words["kind"] = self.render_column_python_type(key)
                    words["value"] = VALUES[words["kind"]]
                    keys = {"key": key, "child": reference.parent, "reference": reference.column}
                    words |= {word: self.key(column) for word, column in keys.items()}
                    words["rows"] = "\n    ".join(self.make_rows(table, item))
                    yield {path: text.format(**words) for path, text in EXAMPLE.items()}
