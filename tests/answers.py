"""The questions of the template, now and in its releases, and the answers to test them with."""

import functools
import itertools
import subprocess
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jinja2
import yaml

ROOT = Path(__file__).parent.parent

# The commit of each release, oldest first.
RELEASES: dict[str, str] = tomllib.loads(
    (ROOT / "tests" / "releases.toml").read_text(encoding="utf-8")
)["releases"]
# Those that projects can be updated from: earlier ones had none of the owner's files apart.
SUPPORTED = list(RELEASES)[list(RELEASES).index("0.5.0") :]

# What no update changes, with the one change of it that is possible.
FIXED = {"layer": [], "start": [], "migrations": [True]}

# The templates of copier.yml import from others, and use Copier's filters.
JINJA = jinja2.Environment(
    loader=jinja2.FileSystemLoader(ROOT),
    extensions=["jinja2_ansible_filters.AnsibleCoreFiltersExtension"],
)

# Texts and choices; whether there are migrations is a bool.
Answers = dict[str, Any]


@functools.cache
def questions(release: str = "") -> dict[str, dict[str, Any]]:
    """Return the questions in their order, as they are or as a release asked them."""
    if release:
        show = ["git", "show", f"{RELEASES[release]}:copier.yml"]
        text = subprocess.run(show, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    else:
        text = (ROOT / "copier.yml").read_text(encoding="utf-8")
    settings = yaml.safe_load(text)
    return {key: value for key, value in settings.items() if "help" in value and key[0] != "_"}


def choices_of(question: dict[str, Any]) -> list[Any]:
    """Return what can be chosen in answer to a question; nothing for one that takes any text."""
    choices: list[Any] = (
        [True, False] if question["type"] == "bool" else question.get("choices", [])
    )
    return choices


@functools.cache
def compiled(expression: str) -> jinja2.Template:
    """Return a template from copier.yml."""
    return JINJA.from_string(expression)


def is_asked(question: dict[str, Any], answers: Answers) -> bool:
    """Return whether Copier asks a question after these answers."""
    return bool(compiled(str(question.get("when", True))).render(answers) == "True")


def is_valid(question: dict[str, Any], answers: Answers) -> bool:
    """Return whether Copier takes these answers to a question with choices and those before it."""
    return not compiled(question.get("validator", "")).render(answers).strip()


@functools.cache
def combinations(release: str = "") -> list[Answers]:
    """Return every valid combination of answers to the questions with choices that are asked."""
    found: list[Answers] = [{}]
    for key, question in questions(release).items():
        if choices := choices_of(question):
            found = [
                answers | chosen
                for answers in found
                for chosen in (
                    [{key: choice} for choice in choices] if is_asked(question, answers) else [{}]
                )
                if is_valid(question, answers | chosen)
            ]
    return found


def covering(size: int, among: list[Answers]) -> list[Answers]:
    """Return few of these combinations that together have every set of so many answers."""
    sets = {name_of(c): set(itertools.combinations(c.items(), size)) for c in among}
    missing = set().union(*sets.values())
    chosen: list[Answers] = []
    while missing:
        best = max(among, key=lambda answers: len(sets[name_of(answers)] & missing))
        missing -= sets[name_of(best)]
        chosen.append(best)
    return chosen


def defaults() -> Answers:
    """Return the first choice of each question, which is its default."""
    return combinations()[0]


@functools.cache
def all_pairs(release: str = "") -> list[Answers]:
    """Return few combinations that together have every pair of answers."""
    return covering(2, combinations(release))


@functools.cache
def every_answer() -> list[Answers]:
    """Return the defaults, and few of all pairs that together have every answer."""
    return [defaults(), *covering(1, all_pairs())]


@functools.cache
def different_projects() -> list[Answers]:
    """Return the defaults, all pairs, and every way to write the sample.

    Answers that change nothing in the code take turns.
    """
    chosen = {name_of(answers): answers for answers in [defaults(), *all_pairs()]}
    code = {name_of(answers_for_code(answers)) for answers in chosen.values()}
    groups = defaultdict(list)
    for answers in combinations():
        if has_sample(answers) and answers["web"] == "none":
            groups[name_of(answers_for_code(answers))].append(answers)
    for number, (name, group) in enumerate(groups.items()):
        if name not in code:
            answers = group[number % len(group)]
            chosen[name_of(answers)] = answers
    return list(chosen.values())


def has_sample(answers: Answers) -> bool:
    """Return whether a project made with these answers has the sample, as earlier ones all had."""
    return bool(answers.get("start", "library") == "library")


def ways_to_execute() -> list[Answers]:
    """Return the combinations of layer, execution, database and driver."""
    keys = ("layer", "execution", "database", "driver")
    found: list[Answers] = []
    for answers in combinations():
        chosen = {key: answers[key] for key in keys if key in answers}
        if chosen not in found:
            found.append(chosen)
    return found


def changes_of(answers: Answers) -> Iterator[Answers]:
    """Yield every change of one choice that an update can make."""
    for key, question in questions().items():
        if key in answers:
            for choice in FIXED.get(key, choices_of(question)):
                changed = answers | {key: choice}
                if choice != answers[key] and all(
                    is_valid(questions()[key], changed) for key in ("mapping", "web")
                ):
                    yield {key: choice}


def answers_for_code(answers: Answers) -> Answers:
    """Return the answers that files in src, tests and migrations, and dependencies, depend on."""
    return {key: value for key, value in answers.items() if key not in {"ci", "license"}}


def name_of(answers: Answers) -> str:
    """Return a name that shows the answers."""
    words = {"True": "migrations", "False": "create_all"}
    return "-".join(words.get(str(answer), str(answer)) for answer in answers.values())
