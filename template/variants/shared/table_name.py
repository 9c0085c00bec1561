def _name_table(model: type) -> str:
    """Return the name of the table: `order_line` for a class `OrderLine`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", model.__name__).lower()
