"""The servers that projects start for their tests end with them, however these end."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from generated import Project, make_project
from own_clusters import Etcd
from own_servers import MariaDB, PostgreSQL, Program, running
from servers import IS_ROOT

SLOW_TEST = """
import os
import time
from pathlib import Path


def test_slow(engine: object) -> None:
    Path(os.environ["MARKER"]).touch()
    time.sleep(60)
"""
PATIENCE = 60  # seconds


@pytest.fixture(scope="module", params=["postgresql", "mysql"])
def project(
    request: pytest.FixtureRequest, template: Path, tmp_path_factory: pytest.TempPathFactory
) -> Project:
    """A project whose tests start a server, with one test that takes a minute."""
    if request.param == "mysql" and not shutil.which("mariadbd", path="/usr/sbin:/usr/bin"):
        pytest.skip("there is no mariadbd to start")
    answers = {"layer": "core", "database": request.param, "web": "flask", "package_name": "my_app"}
    project = make_project(template, tmp_path_factory.mktemp("made") / "my-app", answers)
    (project.path / "tests" / "test_slow.py").write_text(SLOW_TEST, encoding="utf-8")
    project.run("uv", "sync")
    return project


@pytest.fixture(autouse=True)
def root_agrees(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the tests of projects start a server as root, too."""
    monkeypatch.setenv("TEST_AS_ROOT", "1")


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder for temporary folders, outside of pytest's and with a short path.

    As root the wheel opens the folders above to the server's user, and every pytest that starts
    closes its own again. The path of a socket has 107 bytes at most.
    """
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


def leftovers(folder: Path) -> list[str]:
    """Return the processes whose command names the folder, and what is in it but pytest's."""
    commands = [" ".join(p.info["cmdline"] or []) for p in psutil.process_iter(["cmdline"])]
    paths = [str(path) for path in folder.iterdir() if not path.name.startswith("pytest-of-")]
    return [command for command in commands if f"{folder}/" in command] + paths


def wait_until(reached: Path | None, run: subprocess.Popen[str], folder: Path) -> None:
    """Wait for a file, or for a server that is about to start."""
    deadline = time.monotonic() + PATIENCE
    while not (reached.exists() if reached else any(folder.glob("test-server-*/data"))):
        assert run.poll() is None, run.communicate()[0]
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.full
@pytest.mark.parametrize("options", [[], ["-n2"]], ids=["one process", "xdist"])
@pytest.mark.parametrize("end", ["SIGINT", "SIGTERM", "SIGKILL", "SIGKILL at the start"])
def test_nothing_is_left(
    project: Project, folder: Path, tmp_path: Path, end: str, options: list[str]
) -> None:
    marker = None if "start" in end else tmp_path / "marker"
    # Started in the background, this run may ignore Ctrl-C; the one that it starts should not.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    python = project.environment / "bin" / "python"
    with subprocess.Popen(
        [python, "-m", "pytest", "-q", *options, "-k", "slow"],
        cwd=project.path,
        env=os.environ | {"TMPDIR": str(folder), "MARKER": str(tmp_path / "marker")},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,  # a group of processes of its own, as in a terminal
    ) as run:
        wait_until(marker, run, folder)
        assert leftovers(folder), "the server runs, and this test can see it"
        signal_number = signal.Signals[end.partition(" ")[0]]
        if signal_number == signal.SIGINT:
            os.killpg(run.pid, signal_number)  # as Ctrl-C does
        else:
            run.send_signal(signal_number)
        assert run.wait(PATIENCE) != 0
    deadline = time.monotonic() + PATIENCE
    while leftovers(folder) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert leftovers(folder) == []


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("{database}://root:secret@127.0.0.1:1/test", "TEST_DATABASE_URL leads to no server: "),
        (
            "oracle://root:secret@127.0.0.1:1/test",
            "TEST_DATABASE_URL, or another setting, is wrong: ",
        ),
    ],
)
def test_a_wrong_server_is_one_clear_sentence(project: Project, url: str, sentence: str) -> None:
    url = url.format(database=project.answers["database"])
    output = project.run("uv", "run", "pytest", succeeds=False, TEST_DATABASE_URL=url)
    assert output.strip().startswith(f"ERROR: {sentence}"), output
    assert len(output.strip().splitlines()) == 1, output
    assert "secret" not in output


def test_the_suite_brings_its_own_server(project: Project) -> None:
    output = project.run("uv", "run", "pytest", "--deselect=tests/test_slow.py")
    assert " passed" in output.splitlines()[-1], output


def test_help_and_collection_need_no_server(project: Project) -> None:
    for option in "--help", "--collect-only":
        url = f"{project.answers['database']}://root@127.0.0.1:1/test"
        project.run("uv", "run", "pytest", option, TEST_DATABASE_URL=url)


@pytest.mark.skipif(not IS_ROOT, reason="only root is asked")
def test_root_is_asked_before_the_machine_is_changed(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    if project.answers["database"] != "postgresql":
        pytest.skip("only the wheel with PostgreSQL adds a user, and opens folders to it")
    monkeypatch.delenv("TEST_AS_ROOT")
    output = project.run("uv", "run", "--quiet", "pytest", succeeds=False)
    assert output.startswith("ERROR: "), output
    assert len(output.strip().splitlines()) == 1, output
    assert "TEST_AS_ROOT=1" in output
    assert "TEST_DATABASE_URL" in output


@pytest.mark.parametrize(
    ("kind", "program"),
    [(PostgreSQL, "initdb"), (MariaDB, "mariadb-install-db"), (Etcd, "etcd")],
)
def test_a_server_that_is_not_installed_is_the_reason_why_a_test_is_skipped(
    monkeypatch: pytest.MonkeyPatch, kind: type[Program], program: str
) -> None:
    monkeypatch.setattr("own_servers.SEARCH_PATH", "/nowhere")
    with pytest.raises(pytest.skip.Exception, match=f"there is no {program}"), running(kind):
        pass
