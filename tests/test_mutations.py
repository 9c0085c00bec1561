"""The tests of projects and of the template can fail: what is broken on purpose turns them red.

The full run breaks the default project; `make mutations` breaks every kind.
"""

import itertools
import json
import re
import sys

import pytest

from answers import ROOT, Answers, name_of, ways_to_execute
from generated import Project, run
from mutations import BY_ITS_TESTS, BY_TESTS_OF_THE_TEMPLATE, Mutation
from servers import server_url

pytestmark = pytest.mark.full

BEYOND = pytest.mark.mutations
DEFAULT = {"layer": "orm", "execution": "sync", "database": "sqlite"}
KINDS: list[Answers] = [
    DEFAULT,
    *(way for way in ways_to_execute() if way != DEFAULT),
    {**DEFAULT, "mapping": "classic"},
    {**DEFAULT, "mapping": "dataclass"},
    {**DEFAULT, "session": "scoped_session"},
    {**DEFAULT, "session": "scoped_session", "execution": "async"},
]


def has(kind: Answers, answers: Answers) -> bool:
    """Return whether mutations for some answers are meant for projects of a kind."""
    special = kind.keys() & {"mapping", "session"}
    return answers.items() <= kind.items() and special <= answers.keys()


def of_projects() -> list[object]:
    """Return each kind of project with each mutation that is meant for it."""
    return [
        pytest.param(
            {**kind, "package_name": "my_app"},
            mutation,
            id=f"{name_of(kind)}-{mutation.name}",
            marks=() if kind == DEFAULT else (BEYOND, pytest.mark.xdist_group(name_of(kind))),
        )
        for kind in KINDS
        for answers, mutations in BY_ITS_TESTS
        for mutation in mutations
        if has(kind, answers)
    ]


@pytest.mark.parametrize(("project", "mutation"), of_projects(), indirect=["project"])
def test_tests_of_a_project_go_red(
    project: Project, mutation: Mutation, monkeypatch: pytest.MonkeyPatch
) -> None:
    if url := server_url(project.answers):
        monkeypatch.setenv("TEST_DATABASE_URL", url)
    path, text = project.path / mutation.file, project.read(mutation.file)
    try:
        mutation.apply(project.path)
        output = project.run("uv", "run", "pytest", "--maxfail=1", succeeds=False)
    finally:
        path.write_text(text, encoding="utf-8", newline="\n")
    assert re.search(r"\b1 (failed|error)\b", output), output
    assert "during collection" not in output, "it is not Python any more"


@BEYOND
@pytest.mark.parametrize(
    ("file", "choice", "mutation"),
    [
        pytest.param(file, choice, mutation, id=f"{file}-{choice}-{mutation.name}")
        for file, choices, mutations in BY_TESTS_OF_THE_TEMPLATE
        for choice, mutation in itertools.product(choices, mutations)
    ],
)
def test_tests_of_the_template_go_red(file: str, choice: str, mutation: Mutation) -> None:
    options = ("--full", "--maxfail=1", "--numprocesses=0", "-k", choice)
    output = run(
        *(sys.executable, "-m", "pytest", *options, f"tests/{file}"),
        cwd=ROOT,
        succeeds=False,
        MUTATION=json.dumps(vars(mutation)),
    )
    # A subtest that fails counts once more, with its test.
    assert re.search(r"\b[12] (failed|error)\b", output), output
    assert "is broken already" not in output, output
