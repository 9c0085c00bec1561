            case sa.FetchedValue():
                options["server_default"] = Code("FetchedValue()")
        if column.server_onupdate and not column.computed:
            options["server_onupdate"] = Code("FetchedValue()")
