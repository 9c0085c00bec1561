import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from my_app.__main__ import main


async def test_the_tour_says_the_same_twice(
    own_engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", own_engine.url.render_as_string(hide_password=False))
    await main()
    first = capsys.readouterr().out
    assert "science fiction: 2 from 9.99" in first
    await main()
    assert capsys.readouterr().out == first
