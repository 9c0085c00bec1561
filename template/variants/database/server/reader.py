{% from 'template/facts.jinja' import db, sa with context %}
@contextmanager
def loaded(file: Path) -> Generator[sa.URL]:
    """Give a new database with the tables of a file, on the server that the tests use."""
    with ExitStack() as stack:
        url, pipe = os.environ.get("TEST_DATABASE_URL"), subprocess.PIPE
        if not url:
            command = ["uv", "run", "--quiet", "python", "tests/server.py"]
            process = subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, text=True)
            url = stack.enter_context(process).stdout.readline().strip() or sys.exit(1)
        server, name = Settings(database_url=url).database_url, f"schema_{uuid4().hex}"
{% if database == 'postgresql' %}
        run("psql", server, f"--command=CREATE DATABASE {name}")
        stack.callback(run, "psql", server, f"--command=DROP DATABASE {name} WITH (FORCE)")
        run("psql", server.set(database=name), "--set=ON_ERROR_STOP=1", f"--file={file}")
{% else %}
        run(server, f"CREATE DATABASE {name} CHARACTER SET utf8mb4".encode())
        stack.callback(run, server, f"DROP DATABASE {name}".encode())
        # The file may not choose a database: it could be an existing one.
        words = rb"(?im)^[ \t]*(/\*!\d+ *)?(USE|(CREATE|DROP)[ \t]+(DATABASE|SCHEMA))\b.*"
        run(server.set(database=name), re.sub(words, b"", file.read_bytes()))
{% endif %}
        yield server.set(database=name)
