"""Names and line ends are right on Linux, macOS and Windows, and the tests run on all three."""

import tomllib
from pathlib import Path

import pytest
import yaml

from answers import ROOT
from generated import check_names, make_project, run


@pytest.mark.parametrize(
    "names",
    [
        ["a/nul"],
        ["Com1.txt"],
        ["a./b"],
        ["a "],
        ["a:b"],
        ["a\\b"],
        ["a/b", "A/c"],
        ["é"],
        ["x" * 141],
    ],
)
def test_names_that_are_wrong(names: list[str]) -> None:
    with pytest.raises(AssertionError):
        check_names(names)


def test_names_in_the_template() -> None:
    check_names(run("git", "ls-files", cwd=ROOT).splitlines())


def test_names_in_a_project_with_the_longest_package_name(template: Path, tmp_path: Path) -> None:
    check_names(list(make_project(template, tmp_path, {"package_name": "x" * 40}).files))


def test_line_ends_with_the_settings_of_git_for_windows(
    template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = tmp_path / "gitconfig"
    settings.write_text(
        "[core]\nautocrlf = true\neol = crlf\n[user]\nname = Test\nemail = test@example.org\n",
        encoding="utf-8",
    )
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(settings))
    path = tmp_path / "my-app"
    run("copier", "copy", "--defaults", "--vcs-ref=HEAD", str(template), str(path), cwd=tmp_path)
    files = [file for file in path.rglob("*") if file.is_file()]
    assert files
    assert not [file for file in files if b"\r" in file.read_bytes()]
    # A clone of the project has the same line ends.
    run("git", "init", "--quiet", cwd=path)
    run("git", "add", "--all", cwd=path)
    run("git", "commit", "--quiet", "--message=Now", cwd=path)
    run("git", "clone", "--quiet", str(path), str(tmp_path / "clone"), cwd=tmp_path)
    for file in files:
        clone = tmp_path / "clone" / file.relative_to(path)
        assert clone.read_bytes() == file.read_bytes(), file


def test_the_workflow_runs_on_every_system_and_python(template: Path, tmp_path: Path) -> None:
    project = make_project(template, tmp_path / "my-app", {})
    name = ".github/workflows/ci.yml"
    full, quick, of_project = (
        job["strategy"]["matrix"]
        for workflow in ((ROOT / name).read_text(encoding="utf-8"), project.read(name))
        for job in yaml.safe_load(workflow)["jobs"].values()
    )
    assert full["system"] + quick["system"] == ["ubuntu-latest", "macos-latest", "windows-latest"]
    assert full["python"] == quick["python"] == of_project["python"]
    about = tomllib.loads(project.read("pyproject.toml"))["project"]
    assert about["requires-python"] == f">={full['python'][0]}" == ">=3.11"
    minors = [int(version.removeprefix("3.")) for version in full["python"]]
    assert minors == list(range(11, minors[-1] + 1))
