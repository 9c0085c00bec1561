"""Projects that start from a database that is there, or from a file of SQL."""

import re
import sqlite3
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import copier
import pytest
from sqlalchemy import exc, make_url

from answers import ROOT, Answers, name_of
from generated import Project, commit_all, make_project, run
from servers import connected, new_database, rows, server_url

SCHEMAS = ROOT / "tests" / "schemas"
# Every mapping and layer, database, way to execute and driver.
KINDS: list[Answers] = [
    {"database": "sqlite", "mapping": "declarative"},
    {"database": "sqlite", "execution": "async", "layer": "core"},
    {"database": "postgresql", "layer": "core"},
    {"database": "postgresql", "execution": "async", "driver": "psycopg", "mapping": "dataclass"},
    {"database": "postgresql", "execution": "async", "driver": "asyncpg", "mapping": "declarative"},
    {"database": "mysql", "mapping": "classic"},
    {"database": "mysql", "execution": "async", "layer": "core"},
]
FILES = {
    "sqlite": "sqlite.sql",
    "postgresql": "postgresql_copy.sql",
    "mysql": "mysql_delimiter.sql",
}
URL = "sqlite:///shop.db"
PROGRAM = ("uv", "run", "--quiet", "from_database.py")
EACH_ROW = str(ROOT / "tests" / "programs" / "each_row.py")
NEXT = "Next: uv run alembic {} head && uv run alembic check && uv run pytest"
CHECKS = [("ruff", "check"), ("ruff", "format", "--check"), ("mypy",)]


def kinds(selection: list[Answers]) -> pytest.MarkDecorator:
    """Call a test with projects; those on servers in full."""
    parameters = [
        pytest.param(
            {"package_name": "my_app", "start": "database", **answers},
            id=name_of(answers),
            marks=() if answers == KINDS[0] else pytest.mark.full,
        )
        for answers in selection
    ]
    return pytest.mark.parametrize("answers", parameters)


@contextmanager
def existing_database(answers: Answers, folder: Path) -> Iterator[str]:
    """Give a database with everything that is hard to read, and a row in each table."""
    texts = [
        (SCHEMAS / f"{prefix}{answers['database']}.sql").read_text(encoding="utf-8")
        for prefix in ("", "rows_")
    ]
    with new_database(answers, folder) as url, connected(url) as connection:
        if answers["database"] == "sqlite":
            with sqlite3.connect(str(make_url(url).database)) as file:
                file.executescript("".join(texts))
        else:
            is_mysql = answers["database"] == "mysql"
            statements = ";\n".join(texts).split(";\n") if is_mysql else texts
            for statement in filter(str.strip, statements):
                connection.exec_driver_sql(statement, execution_options={"no_parameters": True})
        yield url


def check(project: Project, url: str, folder: Path) -> None:
    """See that linters, types and tests are content, and models and database agree."""
    for command in CHECKS:
        project.run("uv", "run", *command)
    project.run("ty", "check", "--python", str(project.environment))
    project.check_with_pyright(folder)
    assert "No new upgrade operations" in project.run(
        "uv", "run", "alembic", "check", DATABASE_URL=url
    )
    project.run("uv", "run", "pytest")


@pytest.fixture(autouse=True)
def server(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Name the server that the tests of a project use, where it has one."""
    answers = getattr(request.node, "callspec", None) and request.node.callspec.params.get(
        "answers"
    )
    if answers and (url := server_url(answers)):
        monkeypatch.setenv("TEST_DATABASE_URL", url)


@kinds(KINDS)
def test_a_database_that_is_there(template: Path, tmp_path: Path, answers: Answers) -> None:
    project = make_project(template, tmp_path / "my-app", answers)
    with existing_database(answers, tmp_path) as url, warnings.catch_warnings():
        warnings.simplefilter("ignore", exc.SAWarning)
        before = rows(url)
        output = project.run(*PROGRAM, DATABASE_URL=url)
        assert output.endswith(f"{NEXT.format('stamp')}\n")
        project.run("uv", "run", "alembic", "stamp", "head", DATABASE_URL=url)
        after = rows(url)
        assert len(after.pop("alembic_version")) == 1
        assert after == before
        check(project, url, tmp_path)
        assert (project.path / "tests" / "test_queries.py").exists()
        changed = project.run("uv", "run", "--quiet", "python", EACH_ROW, DATABASE_URL=url)
        assert re.search(rf"(?m)^{len(changed.splitlines())} tables, ", output), output


# What models cannot have, or have otherwise, beside a database that the tests must not touch.
CLINIC = """
    CREATE TABLE room (house INT, number INT, PRIMARY KEY (house, number));
    CREATE TABLE bed (house INT, number INT, bed INT, PRIMARY KEY (house, number, bed),
        FOREIGN KEY (house, number) REFERENCES room (house, number));
    CREATE TABLE stay (id INT AUTO_INCREMENT PRIMARY KEY, house INT, number INT, bed INT,
        FOREIGN KEY (house, number) REFERENCES room (house, number),
        FOREIGN KEY (house, number, bed) REFERENCES bed (house, number, bed));
    CREATE TABLE doctor (id INT PRIMARY KEY, chief_id INT REFERENCES doctor (id), employee_id INT,
        born DATE NOT NULL DEFAULT '0000-00-00',
        CONSTRAINT employed FOREIGN KEY (employee_id) REFERENCES {staff}.employee (id));
    CREATE TABLE desk (id INT PRIMARY KEY, doctor_id INT UNIQUE REFERENCES doctor (id));
    CREATE TABLE log (id INT PRIMARY KEY) ENGINE = MyISAM;
    CREATE TABLE gone (id INT);
    CREATE VIEW broken AS SELECT id FROM gone;
    DROP TABLE gone
"""

# A table of the other database, by the owner's hand.
EMPLOYEE = {
    "core": """
Table("employee", metadata, Column("id", INTEGER(11), primary_key=True), schema="{staff}")
""",
    "orm": """

class Employee(Base):
    __table_args__ = {{"schema": "{staff}"}}
    id: Mapped[int] = mapped_column(primary_key=True)
""",
}


@kinds([{"database": "mysql", "layer": "orm"}, {"database": "mysql", "layer": "core"}])
def test_what_mysql_has_and_models_have_not(
    template: Path, tmp_path: Path, answers: Answers
) -> None:
    project = make_project(template, tmp_path / "my-app", answers)
    is_orm = answers["layer"] == "orm"
    with new_database(answers, tmp_path) as staff, new_database(answers, tmp_path) as url:
        with connected(staff) as connection:
            connection.exec_driver_sql("CREATE TABLE employee (id INT PRIMARY KEY)")
            connection.exec_driver_sql("INSERT INTO employee VALUES (1), (2)")
        with connected(url) as connection:
            connection.exec_driver_sql("SET sql_mode = ''")
            for statement in CLINIC.format(staff=make_url(staff).database).split(";"):
                connection.exec_driver_sql(statement)
        output = project.run(*PROGRAM, DATABASE_URL=url)
        for line in (
            "Neither among the models nor in the SQL: the key of doctor to .+[.]employee",
            "Broken, so neither among the models nor in the SQL: VIEW broken",
            "Without transactions, so that no test can roll back its rows: TABLE log",
        ):
            assert re.search(f"(?m)^{line}$", output), output
        project.run("uv", "run", "alembic", "stamp", "head", DATABASE_URL=url)
        check(project, url, tmp_path)
        [models] = project.path.glob(f"src/my_app/{'models' if is_orm else 'tables'}.py")
        text = models.read_text(encoding="utf-8")
        if is_orm:
            assert 'desk: Mapped["Desk | None"]' in text
            configure = "from my_app import models; models.Base.registry.configure()"
            project.run("uv", "run", "python", "-W", "error", "-c", configure)
        owned = EMPLOYEE[answers["layer"]].format(staff=make_url(staff).database)
        models.write_text(text + owned, encoding="utf-8")
        project.run("uv", "run", "pytest", "tests/test_retry.py")
        assert rows(staff) == {"employee": [(1,), (2,)]}
        # A key that a model has is compared.
        key = rf'\1, ForeignKey("{make_url(staff).database}.employee.id")'
        text = re.sub(r"(employee_id: .+INTEGER\(11\))", key, text)
        models.write_text(text + owned, encoding="utf-8")
        check_drift = ("uv", "run", "alembic", "check")
        assert "_fk" not in project.run(*check_drift, succeeds=False, DATABASE_URL=url)
        with connected(url) as connection:
            connection.exec_driver_sql("ALTER TABLE doctor DROP FOREIGN KEY employed")
            connection.exec_driver_sql("SET foreign_key_checks = 0")
            connection.exec_driver_sql("CREATE TABLE lost (id INT REFERENCES gone (id))")
        assert "add_fk" in project.run(*check_drift, succeeds=False, DATABASE_URL=url)
        output = project.run(*PROGRAM, "--only=a.py", succeeds=False, DATABASE_URL=url)
        assert output.endswith("The table lost refers to gone, which is not there.\n")


@kinds([{"database": "mysql", "layer": "orm"}])
def test_a_user_who_may_not_see_everything(
    template: Path, tmp_path: Path, answers: Answers
) -> None:
    project = make_project(template, tmp_path / "my-app", answers)
    with new_database(answers, tmp_path) as url, connected(url) as connection, ExitStack() as stack:
        database = make_url(url).database
        user = f"reader_{tmp_path.parent.name.replace('-', '_')}"
        reader = make_url(url).set(username=user, password="secret")
        address = reader.render_as_string(hide_password=False)
        connection.exec_driver_sql("CREATE TABLE item (id INT PRIMARY KEY)")
        connection.exec_driver_sql("CREATE PROCEDURE clear_all() DELETE FROM item")
        connection.exec_driver_sql(f"CREATE OR REPLACE USER {user} IDENTIFIED BY 'secret'")
        stack.callback(connection.exec_driver_sql, f"DROP USER {user}")
        connection.exec_driver_sql(f"GRANT EXECUTE, SELECT ON {database}.* TO {user}")
        output = project.run(*PROGRAM, "--only=a.py", succeeds=False, DATABASE_URL=address)
        assert "The user may not see clear_all, for which it needs SELECT ON mysql.proc" in output
        connection.exec_driver_sql("GRANT SELECT ON mysql.proc TO " + user)
        assert "without" in project.run(*PROGRAM, "--only=a.py", DATABASE_URL=address)
        connection.exec_driver_sql(f"GRANT EVENT, SHOW VIEW, TRIGGER ON {database}.* TO {user}")
        assert "without" not in project.run(*PROGRAM, "--only=a.py", DATABASE_URL=address)


@kinds([{"database": database} for database in FILES])
def test_a_file_of_sql(template: Path, tmp_path: Path, answers: Answers) -> None:
    project = make_project(template, tmp_path / "my-app", answers)
    file = SCHEMAS / FILES[answers["database"]]
    output = project.run(*PROGRAM, str(file))
    assert output.endswith(f"{NEXT.format('upgrade')}\n")
    with new_database(answers, tmp_path) as url:
        project.run("uv", "run", "alembic", "upgrade", "head", DATABASE_URL=url)
        check(project, url, tmp_path)


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[str]:
    """A database of SQLite."""
    with existing_database({"database": "sqlite"}, tmp_path) as url:
        yield url


@pytest.mark.full
def test_the_commands_that_copier_prints(
    template: Path,
    tmp_path: Path,
    shop: str,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path, answers = tmp_path / "my-app", {"start": "database"}
    copier.run_copy(str(template), path, data=answers, defaults=True, vcs_ref="HEAD")
    commands = "\n".join(re.findall("(?m)^    (.*)", capfd.readouterr().err))
    monkeypatch.setenv("UV_PROJECT_ENVIRONMENT", str(tmp_path / "environment"))
    for variable in "AUTHOR_NAME", "AUTHOR_EMAIL", "COMMITTER_NAME", "COMMITTER_EMAIL":
        monkeypatch.setenv(f"GIT_{variable}", "test")
    output = run("sh", "-ec", commands.replace(URL, shop), cwd=tmp_path)
    assert "No new upgrade operations" in output
    assert run("git", "status", "--porcelain", cwd=path) == ""


@pytest.mark.full
@pytest.mark.parametrize(
    "answers",
    [
        {"database": "sqlite", "layer": "orm", "start": "empty"},
        {"database": "sqlite", "layer": "core", "execution": "async", "web": "fastapi"},
    ],
    ids=name_of,
)
def test_a_project_that_is_there(
    template: Path, tmp_path: Path, shop: str, answers: Answers
) -> None:
    project = make_project(template, tmp_path / "my-app", {"package_name": "my_app", **answers})
    module, name = ("tables", "metadata") if answers["layer"] == "core" else ("models", "Base")
    take_sample_out(project, module, name)
    (project.path / "README.md").write_text("# Ours\n", encoding="utf-8")
    run("git", "init", "--quiet", cwd=project.path)
    commit_all(project.path)
    before = contents(project)
    start: Answers = {"start": "database"}
    for data in start, {}:
        copier.run_update(
            project.path,
            data=data,
            defaults=True,
            overwrite=True,
            quiet=True,
            vcs_ref=copier.VcsRef.CURRENT,
        )
        commit_all(project.path)
    after = contents(project)
    # `Base` has no automatic key any more.
    changed = {path.name for path in before if after[path] != before[path]}
    assert changed <= {"base.py"}
    assert (project.path / "README.md").read_text(encoding="utf-8") == "# Ours\n"
    project.run(*PROGRAM, DATABASE_URL=shop)
    project.run("uv", "run", "alembic", "stamp", "head", DATABASE_URL=shop)
    check(project, shop, tmp_path)


def take_sample_out(project: Project, module: str, name: str) -> None:
    """Leave nothing of the sample, as the README and docs/migrations.md say."""
    for pattern in "src/*/queries.py", "src/*/__main__.py", "migrations/versions/*":
        for path in project.path.glob(pattern):
            path.unlink()
    for test in module, "queries", "main":
        (project.path / "tests" / f"test_{test}.py").unlink(missing_ok=True)
    for path in project.path.glob("src/*/web.py"):
        path.unlink()
        (project.path / "tests" / "test_web.py").unlink()
    text = f'"""Ours."""\n\nfrom .base import {name}\n\n__all__ = ["{name}"]\n'
    (project.path / "src" / "my_app" / f"{module}.py").write_text(text, encoding="utf-8")


@pytest.mark.parametrize(
    ("sql", "sentence"),
    [
        ("CREATE TABLE a (id INTEGER);\n\nCREATE TABL b;", "the statement at line 3: near"),
        ("CREATE TABLE a (id INTEGER", "the statement at line 1: near"),
        ("CREATE TABLE a (b TEXT DEFAULT 'b);", "the last statement has no end"),
        ("SELECT 1;", "The database has no tables"),
        (None, "No such file"),
    ],
)
def test_input_that_is_wrong(
    template: Path, tmp_path: Path, sql: str | None, sentence: str
) -> None:
    project = make_project(template, tmp_path / "my-app", {"start": "database"})
    file = tmp_path / "shop.sql"
    if sql is not None:
        file.write_text(sql, encoding="utf-8")
    before = contents(project)
    output = project.run(*PROGRAM, str(file), succeeds=False)
    assert sentence in output
    assert len(output.splitlines()) == 1
    assert contents(project) == before


NOWHERE = {
    "sqlite": "sqlite:///missing.db",
    "postgresql": "postgresql://postgres@127.0.0.1:1/shop",
    "mysql": "mysql://root@127.0.0.1:1/shop",
}


@kinds([{"database": database} for database in NOWHERE])
def test_a_database_that_cannot_be_reached(
    template: Path, tmp_path: Path, answers: Answers
) -> None:
    project = make_project(template, tmp_path / "my-app", answers)
    before = contents(project)
    url = NOWHERE[answers["database"]]
    output = project.run(*PROGRAM, DATABASE_URL=url, succeeds=False)
    assert output.startswith("The file or the database cannot be read: ")
    assert len(output.splitlines()) == 1
    assert contents(project) == before


@pytest.mark.full
def test_three_hundred_tables(template: Path, tmp_path: Path) -> None:
    project = make_project(template, tmp_path / "my-app", {"start": "database"})
    file = tmp_path / "shop.sql"
    statements = [
        f"CREATE TABLE step_{number} (id INTEGER PRIMARY KEY NOT NULL, after INTEGER"
        f" REFERENCES step_{max(number - 1, 0)});\n"
        for number in range(300)
    ]
    file.write_text("".join(statements), encoding="utf-8")
    output = project.run(*PROGRAM, str(file))
    assert output.startswith("300 tables, 600 relationships: ")
    project.run("uv", "run", "pytest")


def test_models_alone(template: Path, tmp_path: Path) -> None:
    project = make_project(template, tmp_path / "my-app", {"start": "database"})
    file = tmp_path / "shop.sql"
    file.write_text("CREATE TABLE item (id INTEGER PRIMARY KEY NOT NULL);", encoding="utf-8")
    project.run(*PROGRAM, str(file))
    [models] = project.path.glob("src/*/models.py")
    found = models.read_text(encoding="utf-8")
    models.write_text(f"{found}# mine\n", encoding="utf-8")
    before = contents(project)
    project.run(*PROGRAM, str(file), "--only", "scratch.py")
    assert (project.path / "scratch.py").read_text(encoding="utf-8") == found
    assert contents(project) == before


def test_models_that_were_edited_stay(template: Path, tmp_path: Path) -> None:
    project = make_project(template, tmp_path / "my-app", {"start": "database"})
    [models] = project.path.glob("src/*/models.py")
    models.write_text(models.read_text(encoding="utf-8") + "# mine\n", encoding="utf-8")
    before = contents(project)
    output = project.run(*PROGRAM, succeeds=False)
    assert "was edited already" in output
    assert contents(project) == before


def contents(project: Project) -> dict[Path, bytes]:
    """Return what the sources and the revisions of a project are."""
    found = [*project.path.glob("src/*/*.py"), *project.path.glob("migrations/versions/*")]
    return {path: path.read_bytes() for path in found}
