            case sa.Identity() | sa.Sequence() as counter:
                arguments.append(repr(counter))
            case sa.FetchedValue():
                options["server_default"] = Code("FetchedValue()")
