            case sa.Sequence() if not column.primary_key:
                sql = column.info["default"].text.replace("::regclass", "")  # as in Alembic
                options["server_default"] = Code(f"text({literal(sql)})")
            case sa.Identity() | sa.Sequence() as counter:
                arguments.append(repr(counter))
            case sa.FetchedValue():
                options["server_default"] = Code("FetchedValue()")
