"""The workflows: those of the projects are run, and all are audited."""

import os
from pathlib import Path

import pytest
import yaml

from answers import ROOT
from generated import Project, make_project, run


@pytest.fixture(scope="module")
def project(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project that is tested by GitHub Actions."""
    return make_project(template, tmp_path_factory.mktemp("made") / "my-app", {})


@pytest.mark.skipif(os.name == "nt", reason="the workflow of a project runs on Ubuntu, in bash")
def test_the_steps_pass_without_a_lock_file(project: Project) -> None:
    workflow = yaml.safe_load(project.read(".github/workflows/ci.yml"))
    steps = [step["run"] for step in workflow["jobs"]["test"]["steps"] if "run" in step]
    assert steps
    for step in steps:
        project.run("bash", "-euo", "pipefail", "-c", step)


@pytest.mark.parametrize("database", ["sqlite", "postgresql", "mysql"])
def test_nothing_to_complain_about(template: Path, tmp_path: Path, database: str) -> None:
    project = make_project(template, tmp_path / "my-app", {"database": database})
    for folder in (ROOT, project.path):
        workflows = [str(path) for path in (folder / ".github" / "workflows").iterdir()]
        # Its pedantic persona would have the images of servers pinned too: they should be patched.
        run("zizmor", "--offline", "--no-progress", ".github", cwd=folder)
        run("check-jsonschema", "--builtin-schema=vendor.github-workflows", *workflows, cwd=folder)
        dependabot = ".github/dependabot.yml"
        run("check-jsonschema", "--builtin-schema=vendor.dependabot", dependabot, cwd=folder)
