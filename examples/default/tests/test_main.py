import pytest
from sqlalchemy import Engine

from my_app.__main__ import main


def test_the_tour_says_the_same_twice(
    own_engine: Engine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", own_engine.url.render_as_string(hide_password=False))
    main()
    first = capsys.readouterr().out
    assert "science fiction: 2 from 9.99" in first
    main()
    assert capsys.readouterr().out == first
