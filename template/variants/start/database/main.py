{% from 'template/facts.jinja' import sa, schema with context %}
def write(path: Path, code: str) -> None:
    """Write code, without unused imports and formatted."""
    for options in "check --fix-only --unsafe-fixes", "format":
        command = f"uv run --quiet ruff {options} --quiet --stdin-filename=src/new.py -"
        code = subprocess.check_output(command.split(), cwd=ROOT, input=code, text=True)
    path.write_text(code, encoding="utf-8")


def write_project(writer: Writer, models: str, schema: str, file: Path | None) -> None:
    """Write the schema, the models and an example, and say what there is."""
{% if database == 'mysql' %}
    SCHEMA.write_text(schema, encoding="utf-8")
{% else %}
    sql = file.read_text(encoding="utf-8") if file else schema
    is_more = re.search(rf"(?im)^\s*(\\|({OTHERS})\b)", sql)
    SCHEMA.write_text(schema if is_more else sql, encoding="utf-8")
{% endif %}
    write(MODELS, models)
    count = f"{len(writer.models)} tables, {models.count('= relationship(')} relationships"
    print(f"{count}: {MODELS.relative_to(ROOT)}")
    print(f"The schema as SQL, for the first revision: {SCHEMA.relative_to(ROOT)}")
    for name in re.findall(rf"(?im)^(?:CREATE|ALTER TABLE) .*?\b((?:{BESIDE}) {NAME})", schema):
        print(f"Not among the models, but in the SQL: {name}")
    command, reason = ["uv", "run", "--quiet", "pytest", "--quiet", TESTS], "no table has a parent"
    for example in () if QUERIES.exists() else islice(writer.examples(), 5):
        for path, code in example.items():
            write(path, code)
        done = subprocess.run(command, cwd=ROOT, check=False, stdout=subprocess.PIPE, text=True)
        if done.returncode == 0:
            break
        reason = next(iter(re.findall(r"(?m)^E {3}(\S.+)", done.stdout)), "its test fails")
        for path in example:
            path.unlink()
    else:
        print(f"No example of queries and their test: {reason}")
    first = "upgrade" if file else "stamp"  # a database that was read has its tables already
    print(f"Next: uv run alembic {first} head && uv run alembic check && uv run pytest")


{{ sa.async if database != 'sqlite' }}def main() -> None:
    """Write models from the database of `DATABASE_URL`, or from a file of SQL."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.formatter_class = argparse.RawTextHelpFormatter
    parser.add_argument("file", nargs="?", type=Path, help="a file of CREATE TABLE and other SQL")
    parser.add_argument("--only", type=Path, help="write the models alone, into this file")
    options = parser.parse_args()
    warnings.simplefilter("ignore", sa.exc.SAWarning)  # about unknown types and indexes
    if not options.only and MODELS.read_text(encoding="utf-8").partition('"""\n\n')[2] != EMPTY:
        sys.exit(
            f"{MODELS.name} was edited already, and this program writes it only once: undo that by"
            " `git checkout src migrations`, or write another file by --only"
        )
    try:
{% if database == 'sqlite' %}
        with loaded(options.file) if options.file else nullcontext(Settings().database_url) as url:
            bind, metadata, schema = read(url)
{% elif execution == 'sync' %}
        with (
            loaded(options.file) if options.file else nullcontext(Settings().database_url) as url,
            read_only(make_engine(Settings(database_url=url))).connect() as connection,
        ):
            bind, metadata, schema = read(connection)
{% else %}
        with loaded(options.file) if options.file else nullcontext(Settings().database_url) as url:
            engine = read_only(make_engine(Settings(database_url=url)))
            async with engine.connect() as connection:
                bind, metadata, schema = await connection.run_sync(read)
            await engine.dispose()
{% endif %}
    except ValidationError as error:
        sys.exit(error.errors()[0]["msg"])
    except (OSError, UnicodeDecodeError, sa.exc.SQLAlchemyError) as error:
        reason = str(getattr(error, "orig", error)).partition("\n")[0]
        sys.exit(f"The file or the database cannot be read: {reason}")
    if not metadata.tables:
        sys.exit("The database has no tables. Another one can be named: DATABASE_URL=…")
    writer = Writer(metadata, bind, ["nojoined", "nosyntheticenums", "use_inflect"])
    models = f'"""The tables of the database."""\n\n{writer.generate()}'
    if options.only:
        write(options.only, models)
    else:
        write_project(writer, models, schema, options.file)


if __name__ == "__main__":
    {{ 'asyncio.run(main())' if database != 'sqlite' and execution == 'async' else 'main()' }}
