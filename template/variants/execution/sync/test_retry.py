{% from 'template/facts.jinja' import db with context %}
{% if database != 'sqlite' %}
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

{% endif %}
import pytest
from sqlalchemy import Connection, Engine, event, text
{% if database == 'sqlite' %}
from sqlalchemy.engine.interfaces import DBAPIConnection
{% endif %}
from sqlalchemy.exc import DBAPIError, IntegrityError

{% if database == 'sqlite' %}
from {{ package_name }}.engine import read_only
from {{ package_name }}.retry import run_in_transaction
{% else %}
from {{ package_name }}.retry import OutcomeUnknownError, run_in_transaction
{% endif %}

INSERT = text("INSERT INTO author (name) VALUES (:name)")
{% if database != 'sqlite' %}
LOCK = text("SELECT name FROM author WHERE name = :name FOR UPDATE")
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


def add_author(connection: Connection) -> str:
    connection.execute(INSERT, {"name": "Lem"})
    return "added"


def test_a_lock_is_retried(own_engine: Engine, impatient_engine: Engine) -> None:
    with own_engine.connect() as blocker:
        add_author(blocker)
        tries = count_tries(impatient_engine, blocker)
        with pytest.raises(DBAPIError, match="{{ db.lock_error }}"):
            run_in_transaction(impatient_engine.begin, add_author, attempts=2)
        assert len(tries) == 2
        tries.clear()
        assert run_in_transaction(impatient_engine.begin, add_author) == "added"
        assert len(tries) == 3
    with pytest.raises(IntegrityError):
        run_in_transaction(impatient_engine.begin, add_author)
    assert len(tries) == 4, "what another try cannot mend is not tried again"


{% if database == 'sqlite' %}
def test_failed_commit_is_retried(own_engine: Engine, impatient_engine: Engine) -> None:
    @event.listens_for(impatient_engine, "connect")
    def let_readers_hold_up_a_commit(connection: DBAPIConnection, _: object) -> None:
        connection.cursor().execute("PRAGMA journal_mode = DELETE")

    own_engine.dispose()
    with read_only(impatient_engine).connect() as blocker, impatient_engine.connect() as new:
        new.close()
        blocker.execute(text("SELECT * FROM author"))
        tries = count_tries(impatient_engine, blocker)
        assert run_in_transaction(impatient_engine.begin, add_author) == "added"
        assert len(tries) == 3
{% else %}
def test_a_deadlock_is_retried(own_engine: Engine) -> None:
    names, tries, both_have_one = ["Lem", "Strugatsky"], list[str](), Barrier(2)
    with own_engine.begin() as connection:
        connection.execute(INSERT, [{"name": name} for name in names])

    def lock(order: list[str]) -> None:
        def work(connection: Connection) -> None:
            tries.append(order[0])
            connection.execute(LOCK, {"name": order[0]})
            if len(tries) <= 2:
                both_have_one.wait(10)
            connection.execute(LOCK, {"name": order[1]})

        run_in_transaction(own_engine.begin, work)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lock, [names, names[::-1]]))
    assert len(tries) == 3


def lose(connection: Connection, engine: Engine) -> None:
    with engine.connect() as killer:
        killer.execute(KILL, {"id": connection.scalar(CONNECTION_ID)})


def test_a_connection_lost_in_work_is_retried(own_engine: Engine) -> None:
    tries: list[Connection] = []

    def work(connection: Connection) -> str:
        tries.append(connection)
        if len(tries) == 1:
            lose(connection, own_engine)
        return add_author(connection)

    assert run_in_transaction(own_engine.begin, work) == "added"
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
