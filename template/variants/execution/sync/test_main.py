import pytest
from sqlalchemy import Engine

from {{ package_name }}.__main__ import main


def test_the_tour_says_the_same_twice_or_what_is_wrong(
    own_engine: Engine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", own_engine.url.render_as_string(hide_password=False))
    main()
    first = capsys.readouterr().out
    assert "science fiction: 2 from 9.99" in first
    main()
    assert capsys.readouterr().out == first
    for url, sentence in (
        ("nonsense", "^database_url: .* such as {{ database }}:"),
        ("{{ 'sqlite:////nowhere/library.db' if database == 'sqlite' else database ~ '://nobody@127.0.0.1:1/library' }}", "^the database does not answer: "),
    ):
        monkeypatch.setenv("DATABASE_URL", url)
        with pytest.raises(SystemExit, match=sentence):
            main()
