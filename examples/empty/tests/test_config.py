from pathlib import Path

import pytest

from my_app.config import Settings


def test_environment_before_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert Settings().database_url.database == "my_app.db"
    Path(".env").write_text("DATABASE_URL=sqlite://:secret@/file\nDATABASE_TIMEOUT=3")
    assert Settings().database_url.database == "file"
    monkeypatch.setenv("DATABASE_URL", "sqlite://:secret@/environment")
    assert (Settings().database_url.database, Settings().database_timeout) == ("environment", 3)
    assert "secret" not in f"{Settings()!r} {Settings()} {Settings().model_dump_json()}"
