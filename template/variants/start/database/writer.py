{% set key = 'self.key(%s)' if layer == 'core' else '%s.name' %}
class Code(str):
    """An argument that is code, not a string."""

    __repr__ = str.__str__


def call(function: str, /, *arguments: str, **options: object) -> str:
    """Return the code of a call, without the options that are not set."""
    named = [f"{key}={value!r}" for key, value in options.items() if value not in (None, {}, [])]
    return f"{function}({', '.join([*arguments, *named])})"


def literal(sql: str) -> Code:
    """Return SQL as a string of code; a colon would begin a parameter."""
    return Code(repr(re.sub(r"(?<![:\w\\]):(?=\w)", r"\\:", sql)))


def snake_case(name: str) -> str:
    """Return `order_line` for `OrderLine` and `order line`, and `n_2nd` for `2nd`."""
    name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|\W+", "_", name)
    name = name.strip("_").lower()
    return name if name[:1].isalpha() else f"n_{name}"


def is_counted(column: sa.Column[Any]) -> bool:
    """Return whether the database gives a default value to this column."""
    return column.autoincrement is True or bool(column.server_default or column.default)


class Writer(DeclarativeGenerator):
    """What sqlacodegen finds, in the style of this project; it calls these methods."""

    def generate_base(self) -> None:
        imports = [LiteralImport(*name.rsplit(".", 1)) for name in IMPORTS.split()]
        self.base = Base(imports, [], "{{ 'metadata' if layer == 'core' else 'Base.metadata' }}")
        *_, (_, self.circles) = sa.schema.sort_tables_and_constraints(self.metadata.tables.values())

    def find_free_name(self, name: str, taken: set[str], local: Iterable[str] | None = None) -> str:
        taken = taken | RESERVED | self.enum_values.keys()
        if local is not None:
            return super().find_free_name(snake_case(name), taken, local)
        name = name if name[:1].isalpha() else f"N{name}"
        return super().find_free_name(f"{name}Row" if name in taken else name, taken)

    def render_column_type(self, column: sa.Column[Any]) -> str:
{% include 'template/variants/database/' ~ database ~ '/writer/column_type.py' ignore missing %}
        code = super().render_column_type(column)
        code = code.replace("lambda cls: [member.value for member in cls]", "list")
        code = "TypeEngine()" if code == "NullType" else code  # the driver may know it
{% if layer == 'core' %}
        if isinstance(column.type, sa.Float | sa.Numeric | sa.Uuid):
            name, _, arguments = code.partition("(")  # the class alone has no type
{% if database == 'mysql' %}
            name = name.replace("Double", "Double[float]")
{% else %}
            if name not in {"Float", "Numeric", "Uuid"}:
                name += "[decimal.Decimal]" if column.type.asdecimal else "[float]"
{% endif %}
            code = f"{name}({arguments or ')'}"
{% endif %}
        return repr(column.type) if re.search(r"[(, ]True", code) else code  # a flag says its name

    def render_column_python_type(self, column: sa.Column[Any]) -> str:
        code = super().render_column_python_type(column)
        code = re.sub(r"\b(dict|object|sqlalchemy[\w.]+)\b", "Any", code)
{% include 'template/variants/database/' ~ database ~ '/writer/python_type.py' ignore missing %}
        is_given = column.primary_key and is_counted(column)
        return re.sub(r"^Optional\[(.+)\]$", r"\1" if is_given else r"\1 | None", code)

    def column(self, column: sa.Column[Any], function: str, *names: str, **options: object) -> str:
        """Return a column, with the foreign key that is of this column alone."""
        keys = [key.constraint for key in column.foreign_keys if len(key.constraint.columns) == 1]
        arguments = [*names, self.render_column_type(column), *map(self.render_constraint, keys)]
        match column.server_default or column.default:
            case sa.Computed(sqltext=sql, persisted=persisted):
                arguments.append(call("Computed", literal(sql.text), persisted=persisted))
            case sa.DefaultClause(arg=sql):
                options["server_default"] = Code(f"text({literal(sql.text)})")
{% include 'template/variants/database/' ~ database ~ '/writer/server_default.py' ignore missing %}
        # SQLAlchemy makes an integer autoincrement if it is the whole key and no foreign key.
        is_taken_for_counted = len(column.table.primary_key) == 1 and not column.foreign_keys
        if column.primary_key and isinstance(column.type, sa.Integer):
            counts = column.autoincrement is True
            options["autoincrement"] = None if counts is is_taken_for_counted else counts
{% if database == 'sqlite' %}
        if column.primary_key and column.nullable:  # as SQLite reports for autoincrementing keys
            options["nullable"] = True
{% endif %}
        options["primary_key"] = column.primary_key or None
        return call(function, *arguments, **options, comment=column.comment)

    def render_constraint(self, item: sa.Constraint | sa.Index) -> str:
        columns = {{ '[self.key(column) for column in item.columns]' if layer == 'core' else 'item.columns.keys()' }}
        names = "name", "ondelete", "onupdate", "deferrable", "initially", "match"
        options = {name: getattr(item, name, None) for name in names}
        for name, value in item.dialect_kwargs.items():
{% if database == 'sqlite' %}
            is_sql = isinstance(value, sa.TextClause)
            options[name] = Code(f"text({literal(value.text)})") if is_sql else value or None
{% else %}
            options[name] = value or None
{% endif %}
        match item:
            case sa.ForeignKeyConstraint(elements=elements):
                options["use_alter"] = item in self.circles or None
                others = [f"{key.column.table.fullname}.{{ '{' ~ key % 'key.column' ~ '}' }}" for key in elements]
                if len(others) == 1:
                    return call("ForeignKey", repr(others[0]), **options)
                return call("ForeignKeyConstraint", repr(columns), repr(others), **options)
            case sa.CheckConstraint(sqltext=sql):
                options["name"] = item.name and Code(f"conv({item.name!r})")  # as it is
                return call("CheckConstraint", literal(sql.text), **options)
            case sa.UniqueConstraint():
                return call("UniqueConstraint", *map(repr, columns), **options)
        options["unique"] = bool(item.unique) or None
        parts = map(self.part, item.expressions)
        return call("Index", repr(options.pop("name")), *parts, **options)

    def part(self, part: sa.ColumnElement[Any]) -> str:
        """Return a column of an index, or an expression."""
        if isinstance(part, sa.Column):
            return repr({{ key % 'part' }})
        options = {"literal_binds": True, "include_table": False}
        return f"text({literal(str(part.compile(self.bind, compile_kwargs=options)))})"
