"""Any answers are refused, or give a project that is right; nothing else is ever written."""

import itertools
import re
import shutil
import subprocess
import tempfile
import tomllib
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

import copier
import pytest
import yaml
from hypothesis import HealthCheck, Phase, given, seed, settings

from answers import questions
from generated import check_names, check_syntax, needs_no_server, run
from hostile import Case, cases

BLOCKS, CASES = 4, 100
REFUSAL = re.compile(
    r"Validation error for question '\w+': Try [^:]+: .+"
    r"|Invalid choice for '\w+': .+ is not in \[.+\]"
)
STRINGS = {key for key, question in questions().items() if question["type"] == "str"}

Copy = Callable[[Path, Case, Path], str | None]


@pytest.fixture(scope="session")
def plain_template(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The template without git, which Copier need not clone for every copy."""
    folder = tmp_path_factory.mktemp("plain") / "template"
    shutil.copytree(template, folder, ignore=shutil.ignore_patterns(".git"))
    return folder


@contextmanager
def sandbox(path: Path) -> Generator[Path]:
    """Give a folder that is home, temporary and parent of all; the working directory is in it."""
    for name in ("home", "temporary", "current", "parent"):
        (path / name).mkdir(parents=True)
        (path / name / "neighbour.txt").write_text("stays", encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(path / "current")
        for name in ("HOME", "USERPROFILE"):
            patch.setenv(name, str(path / "home"))
        for name in ("TMPDIR", "TEMP", "TMP"):
            patch.setenv(name, str(path / "temporary"))
        patch.setattr(tempfile, "tempdir", None)
        yield path


def contents(folder: Path) -> dict[Path, bytes | None]:
    """Return everything in a folder: the bytes of files, nothing for folders."""
    return {path: path.read_bytes() if path.is_file() else None for path in folder.rglob("*")}


def copy_by_call(template: Path, case: Case, path: Path) -> str | None:
    """Copy as a program does; return the message of a refusal."""
    try:
        copier.run_copy(
            str(template),
            path,
            data=None if case.stored else case.answers(),
            defaults=True,
            overwrite=case.stored,
            quiet=True,
        )
    except Exception as error:  # with any, the command does not end with 0
        return str(error)
    return None


def copy_by_command(template: Path, case: Case, path: Path) -> str | None:
    """Copy as a person does; return the last line of a refusal."""
    command = ["copier", "copy", "--defaults", "--vcs-ref=HEAD", str(template), str(path)]
    if case.stored:
        command.append("--overwrite")
    else:
        file = path.parent.parent / "answers.yml"
        command.append(f"--data-file={file}")
    done = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        errors="backslashreplace",
        check=False,
        timeout=60,
    )
    return done.stderr.splitlines()[-1] if done.returncode else None


def attempt(copy: Copy, template: Path, case: Case, folder: Path, result: Path) -> str | None:
    """Copy in a sandbox, look at all that was written, and move a project to `result`."""
    path = folder / "parent" / case.folder
    (folder / "answers.yml").write_text(case.document, encoding="utf-8")
    if case.stored:
        path.mkdir()
        (path / ".copier-answers.yml").write_text(case.document, encoding="utf-8")
    before = contents(folder)
    try:
        refusal = copy(template, case, path)
        after = contents(folder)
        if refusal is not None:
            assert after == before, refusal
            return refusal
        own = {path, *path.rglob("*")}
        assert {p: b for p, b in after.items() if p not in own} == {
            p: b for p, b in before.items() if p not in own
        }
        check_project(path, case)
        shutil.move(path, result)
    finally:
        shutil.rmtree(path, ignore_errors=True)
    return None


def stored_answers(path: Path) -> dict[str, str]:
    """Return the answers that a project remembers."""
    text = (path / ".copier-answers.yml").read_text(encoding="utf-8")
    answers: dict[str, str] = yaml.safe_load(text)
    return answers


def check_project(path: Path, case: Case) -> None:
    """Check that a project can be read, and says what was answered."""
    check_names(file.relative_to(path).as_posix() for file in path.rglob("*"))
    for file in path.rglob("*"):
        assert not file.is_symlink(), file
        if file.is_file():
            check_syntax(file.name, file.read_bytes().decode())
    stored = stored_answers(path)
    for key, value in ({} if case.stored else case.answers()).items():
        if key in STRINGS and isinstance(value, str):
            assert stored.get(key, value) == value
    about = tomllib.loads((path / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert about["description"] == stored["description"]
    assert [author["name"] for author in about.get("authors", [])] == (
        [stored["author"]] if stored["author"] else []
    )


def check_refusal(case: Case, refusal: str) -> None:
    """Check that a refusal says why, where the answers are texts for questions."""
    content = case.content()
    if isinstance(content, dict) and all(
        key in STRINGS and isinstance(value, str) for key, value in content.items()
    ):
        assert REFUSAL.fullmatch(refusal), refusal


def try_case(template: Path, plain_template: Path, case: Case, folder: Path, result: Path) -> bool:
    """Copy as the case says; return whether there is a project at `result`."""
    refusal = attempt(copy_by_call, plain_template, case, folder, result)
    if refusal is not None:
        check_refusal(case, refusal)
    if case.by_command:
        twin = result.with_name(f"{result.name}-by-command")
        line = attempt(copy_by_command, template, case, folder, twin)
        assert (line is None) is (refusal is None), line
        if refusal and REFUSAL.fullmatch(refusal):
            assert line == f"ValueError: {refusal}"
    return refusal is None


def lint(folder: Path) -> None:
    """Check the lint and the format of every project in a folder, each by its own settings."""
    run("ruff", "check", "--quiet", cwd=folder)
    run("ruff", "format", "--check", "--quiet", cwd=folder)


@pytest.mark.parametrize("stored", [False, True], ids=["file", "stored"])
@pytest.mark.parametrize(
    "document",
    ["", "null", "[]", "text", "{", "!!python/object/apply:os.getcwd []", "\0"],
)
def test_files_that_are_no_answers(
    template: Path, plain_template: Path, tmp_path: Path, document: str, *, stored: bool
) -> None:
    case = Case(document, stored=stored, by_command=True)
    with sandbox(tmp_path / "sandbox") as folder:
        assert not try_case(template, plain_template, case, folder, tmp_path / "made")


# What the test below has found.
@pytest.mark.parametrize(
    "case",
    [
        # The name of a function that templates called stopped the copy in the middle.
        Case("pathjoin: null", stored=True),
        Case("pathjoin: null", by_command=True),
    ],
)
def test_answers_that_broke_something(
    template: Path, plain_template: Path, tmp_path: Path, case: Case
) -> None:
    with sandbox(tmp_path / "sandbox") as folder:
        assert try_case(template, plain_template, case, folder, tmp_path / "made")


# Copier leaves a folder open when a key of its own, such as _copier_operation, makes it fail.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize(
    "block", [0, *(pytest.param(block, marks=pytest.mark.full) for block in range(1, BLOCKS))]
)
def test_any_answers(
    template: Path,
    plain_template: Path,
    tmp_path: Path,
    record_property: Callable[[str, object], None],
    block: int,
) -> None:
    (tmp_path / "made").mkdir()
    made: list[Path] = []
    tried: set[Case] = set()

    # The same cases each time, and none remembered. After its first ten, a run of Hypothesis mostly
    # varies what it has made before: many short runs find more than a long one.
    @settings(
        max_examples=10,
        database=None,
        deadline=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    @given(cases())
    def try_any(case: Case) -> None:
        if case in tried:
            return
        result = tmp_path / "made" / str(len(tried))
        if try_case(template, plain_template, case, folder, result):
            made.append(result)
        tried.add(case)

    checked = {"type-checked": 0, "tested": 0}
    broken = 1
    try:
        with sandbox(tmp_path / "sandbox") as folder:
            for number in itertools.count(block * 1000):
                if len(tried) >= CASES:
                    break
                seed(number)(try_any)()
        lint(tmp_path / "made")
        for path in made[-2:]:
            # Files of one path, size and second are the same to mypy, which takes longer itself.
            for file in path.rglob("*.py"):
                file.touch()
            run("uv", "run", "mypy", cwd=path)
            checked["type-checked"] += 1
        for path in [path for path in made if needs_no_server(stored_answers(path))][-1:]:
            run("uv", "run", "pytest", cwd=path)
            checked["tested"] += 1
        broken = 0
    finally:
        counts = {"tried": len(tried) + broken, "refused": len(tried) - len(made)}
        record_property(
            "counts", ("cases", counts | {"green": len(made), "broken": broken} | checked)
        )
        shutil.rmtree(tmp_path / "made")
