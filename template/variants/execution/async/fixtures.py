{% from 'template/facts.jinja' import db with context %}
{% if execution == 'async' %}
@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Run every test and fixture in one event loop of asyncio."""
    return "asyncio"


{% endif %}
@pytest.fixture(scope="session", autouse=True)
def empty_environment(tmp_path_factory: pytest.TempPathFactory) -> Generator[None]:
    """Keep the settings of the developer, and of the developer's `.env`, out of the tests."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.chdir(tmp_path_factory.mktemp("empty"))
{% if db.pooler %}
        # DATABASE_POOLER is about the server of TEST_DATABASE_URL too.
{% endif %}
        for name in Settings.model_fields{{ '.keys() - {"database_pooler"}' if db.pooler }}:
            monkeypatch.delenv(name.upper(), raising=False)
        yield
