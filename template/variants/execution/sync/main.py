{# Derived from ../async/main.py: change that one, and run `make sync`. #}
AUTHOR = "Ursula K. Le Guin"
BOOKS = [
    ("The Dispossessed", Decimal("10.50"), ["science fiction", "utopia"]),
    ("The Left Hand of Darkness", Decimal("9.99"), ["science fiction"]),
]


def main() -> None:
    """Take the tour, or say in a sentence which setting is wrong or why there is no database."""
    try:
        engine = make_engine(Settings())
    except ValidationError as error:
        sys.exit("\n".join(f"{line['loc'][0]}: {line['msg']}" for line in error.errors()))
    try:
        ping(engine)
    except DBAPIError as error:
        sys.exit(f"the database does not answer: {error.orig}".partition("\n")[0])
    else:
        take_tour(engine)
    finally:
        engine.dispose()
