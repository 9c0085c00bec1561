
    render_index = render_constraint

    def generate_models(self) -> list[Model]:
        self.metadata.naming_convention = {"ix": ""}  # write the name of every index
        self.models = super().generate_models()
        for model in self.models:
            if not isinstance(model, ModelClass):
                names = {each.name for each in self.models}
                model.name = self.find_free_name(model.table.name, names, ())
            # A constraint that is written at its column is not written again below.
            keys = model.table.foreign_key_constraints
            model.table.constraints -= {key for key in keys if len(key.columns) == 1}
            model.table.primary_key.name = None
        return self.models

    def render_column(self, column: sa.Column[Any], *_: object, **__: object) -> str:
        return self.column(column, "Column", repr(column.name), nullable=column.nullable)

    def render_class_declaration(self, model: ModelClass) -> str:
        line = (model.table.comment or f"A row of `{model.table.name}`").strip().partition("\n")[0]
        return f"class {model.name}(Base{{ ', kw_only=True' if mapping == 'dataclass' }}):\n    {line.rstrip('.') + '.'!r}\n"

    def render_class_variables(self, model: ModelClass) -> str:
        code, name = super().render_class_variables(model), model.table.name
{% if database != 'sqlite' %}
        code = re.sub(r"(?s)= (\{.*\})$", r"= (\1,)", code)  # a dictionary alone could change
{% endif %}
        is_implied = snake_case(model.name) == name
        return code.removeprefix(f"__tablename__ = {name!r}").lstrip() if is_implied else code

    def render_column_attribute(self, item: ColumnAttribute) -> str:
        column = item.column
{% if mapping == 'dataclass' %}
        options = {}
        parents = filter(is_parent, item.model.relationships)
        if is_counted(column):
            options = {"init": False}
        elif column.nullable or any(column.name in each.constraint.column_keys for each in parents):
            options = {"default": Code("None")}
{% endif %}
        names = [repr(column.name)] * (item.name != column.name)
        code = self.column(column, "mapped_column", *names{{ ', **options' if mapping == 'dataclass' }})
        code = re.sub(rf"(?<=\()({IMPLIED})(, |(?=\)))|, ({IMPLIED})(?=[,)])", "", code, count=1)
        kind = self.render_column_python_type(column)
        return f"{item.name}: Mapped[{kind}] = {code}".removesuffix(" = mapped_column()")

    def render_relationship(self, item: RelationshipAttribute) -> str:
        is_many, target = item.type.name.endswith("TO_MANY"), item.target.name
        is_optional = not is_parent(item) or any(each.nullable for each in item.constraint.columns)
        kind = f'list["{target}"]' if is_many else f'"{target}{" | None" if is_optional else ""}"'
        options: dict[str, object] = {"lazy": "raise_on_sql"}
{% if mapping == 'dataclass' %}
        options |= {"default_factory": Code("list")} if is_many else {"default": Code("None")}
        options["repr"] = False
{% endif %}
        for name, value in self.render_relationship_arguments(item).items():
            options[name] = Code(value)
            if name == "remote_side" and re.fullmatch(r"\[\w+(, \w+)*\]", value):
                # By name: a column `id` would be taken for the builtin function.
                options[name] = re.sub(r"(\w+)", rf"{target}.\1", value)
        others = (other for model in self.models for other in getattr(model, "relationships", ()))
        names = sorted({other.name for other in others if share(item, other)})
        options["overlaps"] = ",".join(names) or None
        if not is_parent(item) and not item.association_table:
            options["passive_deletes"] = "all"  # the database decides what happens to the rows
        return f"{item.name}: Mapped[{kind}] = {call('relationship', **options)}"

    def make_row(self, model: ModelClass, wanted: object = None, depth: int = 0) -> str:
        """Return an object with its required values, and the objects that it refers to."""
        values = [
            f"{item.name}={self.make_row(item.target, depth=depth + 1)}"
            for item in filter(is_parent, model.relationships if depth < 5 else ())
            if item is wanted or not all(column.nullable for column in item.constraint.columns)
        ]
        for item in model.columns:
            column = item.column
            if not (column.nullable or column.foreign_keys or is_counted(column)):
                values.append(f"{item.name}={VALUES[self.render_column_python_type(column)]}")
        return f"models.{model.name}({', '.join(values)})"

    def examples(self) -> Iterator[dict[Path, str]]:
        """Yield two queries and their test, for each model that belongs to another one."""
{% if database != 'sqlite' %}
        for name, values in self.enum_values.items():
            VALUES[name] = f"models.{name}({values[0]!r})"
{% endif %}
        for model in self.models:
            for item in filter(is_parent, getattr(model, "relationships", ())):
                with suppress(LookupError, ValueError):  # no value is known, or the key is not one
                    [key] = (each for each in model.columns if each.column.primary_key)
                    words = {"model": model.name, "item": item.name, "key": key.name}
                    words["name"] = snake_case(model.name)
                    words["names"] = self.inflect_engine.plural_noun(words["name"])
                    words["kind"] = self.render_column_python_type(key.column)
                    words["row"] = self.make_row(model, item)
                    yield {path: text.format(**words) for path, text in EXAMPLE.items()}


def share(item: RelationshipAttribute, other: RelationshipAttribute) -> bool:
    """Return whether two relationships are by different keys that have a column in common."""
    one, two = item.constraint, other.constraint
    return one is not two and bool({*one.columns} & {*two.columns})


def is_parent(item: RelationshipAttribute) -> bool:
    """Return whether a relationship leads to the table that a foreign key refers to."""
    key, remote = item.constraint, [each.column.name for each in item.remote_side]
    return key.table is item.source.table and {*remote} != {*key.column_keys}
