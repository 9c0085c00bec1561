import pytest
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import IntegrityError

from my_app.retry import is_transient, run_in_transaction

INSERT = text("INSERT INTO scratch_note (text) VALUES (:text)")


def write(connection: Connection) -> str:
    connection.execute(INSERT, {"text": "a secret"})
    return "written"


def test_a_lock_is_retried(
    own_engine: Engine, impatient_engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    tries: list[Connection] = []
    with own_engine.connect() as blocker:
        write(blocker)

        def work(connection: Connection) -> str:
            tries.append(connection)
            if len(tries) == 3:
                blocker.rollback()
            return write(connection)

        assert run_in_transaction(impatient_engine.begin, work, attempts=1) == "written"
        assert "after attempt 2: " in caplog.text
        assert "secret" not in caplog.text
        with pytest.raises(IntegrityError) as caught:
            run_in_transaction(impatient_engine.begin, work)
        assert not is_transient(caught.value)
        assert len(tries) == 4, "what a retry cannot mend is not retried"
