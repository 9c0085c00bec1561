{# Derived from ../async/test_retry.py: change that one, and run `make sync`. #}
{% from 'template/facts.jinja' import db with context %}
{% if database != 'sqlite' %}
import threading
from concurrent.futures import ThreadPoolExecutor

{% endif %}
import pytest
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import {{ 'DBAPIError, ' if database != 'sqlite' }}IntegrityError

{% if database == 'sqlite' %}
from {{ package_name }}.retry import is_transient, run_in_transaction
{% else %}
from {{ package_name }}.retry import (
    OutcomeUnknownError,
    is_transient,
    run_in_transaction,
)
{% endif %}

INSERT = text("INSERT INTO scratch_note (text) VALUES (:text)")
{% if database != 'sqlite' %}
LOCK = text("SELECT text FROM scratch_note WHERE text = :text FOR UPDATE")
CONNECTION_ID = text("{{ db.connection_id }}")
KILL = text("{{ db.kill }}")
{% endif %}


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
{% if database != 'sqlite' %}


def test_a_deadlock_is_retried(own_engine: Engine) -> None:
    texts, tries, both_have_one = ["first", "second"], list[str](), threading.Barrier(2)
    with own_engine.begin() as connection:
        connection.execute(INSERT, [{"text": text} for text in texts])

    def lock(order: list[str], attempts: int) -> None:
        def work(connection: Connection) -> None:
            tries.append(order[0])
            connection.execute(LOCK, {"text": order[0]})
            if len(tries) <= 2:
                both_have_one.wait()
            with connection.begin_nested():
                connection.execute(LOCK, {"text": order[1]})

        run_in_transaction(own_engine.begin, work, attempts=attempts)

    def lock_both(attempts: int) -> None:
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(lock, [texts, texts[::-1]], [attempts, attempts]))

    lock_both(attempts=2)
    assert len(tries) == 3
    tries.clear()
    with pytest.raises(DBAPIError, match=r"{{ db.deadlock_error }}"):
        lock_both(attempts=1)
    assert len(tries) == 2


{% if db.serializable_fails %}
def test_a_serialization_failure_is_retried(own_engine: Engine) -> None:
    engine = own_engine.execution_options(isolation_level="SERIALIZABLE")
    tries: list[str] = []

    def copy(connection: Connection, new: str) -> None:
        number = connection.scalar(text("SELECT count(*) FROM scratch_note"))
        connection.execute(INSERT, {"text": f"{new} {number}"})

    def work(connection: Connection) -> None:
        tries.append("try")
        copy(connection, "slow")
        if len(tries) == 1:
            with engine.begin() as other:
                copy(other, "quick")

    run_in_transaction(engine.begin, work)
    assert len(tries) == 2


{% endif %}
def test_a_connection_lost_before_commit_is_replaced(own_engine: Engine) -> None:
    tries: list[Connection] = []

    def lose(connection: Connection) -> None:
        tries.append(connection)
        with own_engine.connect() as killer:
            killer.execute(KILL, {"id": connection.scalar(CONNECTION_ID)})

    def work(connection: Connection) -> str:
        if not tries:
            lose(connection)
        return write(connection)

    assert run_in_transaction(own_engine.begin, work, attempts=1) == "written"
    tries.clear()
    with pytest.raises(OutcomeUnknownError):
        run_in_transaction(own_engine.begin, lose)
    assert len(tries) == 1, "the COMMIT may be done"
{% endif %}
