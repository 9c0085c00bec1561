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
{% include 'template/variants/database/' ~ database ~ '/load.py' %}
        yield server.set(database=name)
