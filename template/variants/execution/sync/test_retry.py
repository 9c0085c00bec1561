{% from 'template/facts.jinja' import db with context %}
{% if database != 'sqlite' %}
import time
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

{% else %}
import time

{% endif %}
import pytest
from sqlalchemy import Connection, Engine, event, text
from sqlalchemy.exc import DBAPIError, IntegrityError

{% if database == 'sqlite' %}
from {{ package_name }}.engine import read_only
from {{ package_name }}.retry import is_transient, run_in_transaction
{% else %}
from {{ package_name }}.retry import OutcomeUnknownError, is_transient, run_in_transaction
{% endif %}

INSERT = text("INSERT INTO scratch_note (text) VALUES (:text)")
{% if database != 'sqlite' %}
LOCK = text("SELECT text FROM scratch_note WHERE text = :text FOR UPDATE")
CONNECTION_ID = text("{{ db.connection_id }}")
KILL = text("{{ db.kill }}")
{% endif %}


def count_tries(engine: Engine, blocker: Connection) -> list[Connection]:
    """Return what will list every connection from now on; at the third `blocker` makes room."""
    tries: list[Connection] = []

    @event.listens_for(engine, "engine_connect")
    def count(connection: Connection) -> None:
        tries.append(connection)
        if len(tries) == 3:
            blocker.rollback()

    return tries


def write(connection: Connection) -> str:
    connection.execute(INSERT, {"text": "a secret"})
    return "written"


def test_a_lock_is_retried(
    own_engine: Engine, impatient_engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    with own_engine.connect() as blocker:
        write(blocker)
        tries = count_tries(impatient_engine, blocker)
        assert run_in_transaction(impatient_engine.begin, write, attempts=1) == "written"
    assert len(tries) == 3
    assert [record.getMessage().partition(":")[0][-1] for record in caplog.records] == ["1", "2"]
    assert "secret" not in caplog.text
    with pytest.raises(IntegrityError) as caught:
        run_in_transaction(impatient_engine.begin, write)
    assert not is_transient(caught.value)
    assert len(tries) == 4, "what a retry cannot mend is not retried"


def test_no_attempt_begins_after_the_deadline(
    own_engine: Engine, impatient_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_TIMEOUT", "0.3")
    with own_engine.connect() as blocker:
        write(blocker)
        start = time.monotonic()
        with pytest.raises(DBAPIError, match="{{ db.lock_error }}") as caught:
            run_in_transaction(impatient_engine.begin, write)
        assert is_transient(caught.value)
        assert 0.3 <= time.monotonic() - start < {{ 2.5 if database == 'mysql' else 1 }}
        tries = count_tries(impatient_engine, blocker)
        with pytest.raises(DBAPIError, match="{{ db.lock_error }}"):
            run_in_transaction(impatient_engine.begin, write, deadline=0)
        assert len(tries) == 1


{% if database == 'sqlite' %}
def test_a_failed_commit_is_retried(own_engine: Engine, impatient_engine: Engine) -> None:
    with own_engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA journal_mode = DELETE")

    with read_only(own_engine).connect() as blocker:
        blocker.execute(text("SELECT * FROM scratch_note"))
        tries = count_tries(impatient_engine, blocker)
        assert run_in_transaction(impatient_engine.begin, write) == "written"
        assert len(tries) == 3
{% else %}
def test_a_deadlock_is_retried(own_engine: Engine) -> None:
    texts, tries, both_have_one = ["first", "second"], list[str](), Barrier(2)
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

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lock, [texts, texts[::-1]], [2, 2]))
    assert len(tries) == 3
    tries.clear()
    with ThreadPoolExecutor(2) as pool, pytest.raises(DBAPIError, match=r"{{ db.deadlock_error }}"):
        list(pool.map(lock, [texts, texts[::-1]], [1, 1]))
    assert len(tries) == 2


{% if database == 'postgresql' %}
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
def lose(connection: Connection, engine: Engine) -> None:
    with engine.connect() as killer:
        killer.execute(KILL, {"id": connection.scalar(CONNECTION_ID)})


def test_a_connection_lost_in_work_is_retried(own_engine: Engine) -> None:
    tries: list[Connection] = []

    def work(connection: Connection) -> str:
        tries.append(connection)
        if len(tries) == 1:
            lose(connection, own_engine)
        return write(connection)

    assert run_in_transaction(own_engine.begin, work, attempts=1) == "written"
    assert len(tries) == 2


def test_a_connection_lost_at_commit_is_not_retried(own_engine: Engine) -> None:
    tries: list[Connection] = []

    def work(connection: Connection) -> None:
        tries.append(connection)
        lose(connection, own_engine)

    with pytest.raises(OutcomeUnknownError):
        run_in_transaction(own_engine.begin, work)
    assert len(tries) == 1
{% endif %}
