            case sa.Identity() | sa.Sequence() as counter:
                arguments.append(repr(counter))
