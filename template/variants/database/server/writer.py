
    def group_imports(self) -> list[list[str]]:
        for package, names in self.imports.items():
            if package.startswith("sqlalchemy.dialects."):
                self.imports["sqlalchemy"] -= names
        return super().group_imports()

    def render_enum_classes(self) -> str:
        self.add_module_import("enum")
        lines = []
        for name, values in sorted(self.enum_values.items()):
            lines += [f"class {name}(enum.StrEnum):", f'    """The values of `{name}`."""']
            members: set[str] = set()
            for value in values:
                member = super().find_free_name(snake_case(value or "empty").upper(), members)
                members.add(member)
                lines.append(f"    {member} = {value!r}")
        return "\n".join(lines)
