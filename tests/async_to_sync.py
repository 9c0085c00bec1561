"""Derive the synchronous variants of the template from the asynchronous ones: `make sync`.

Each folder `async` below `template/variants` is the source of the folder `sync` beside it. What is
more than a difference of words stands in the source, between the lines
`{% if execution == 'async' %}`, `{% else %}` and `{% endif %}`.
"""

import re
import subprocess
from pathlib import Path

import libcst as cst
import libcst.matchers as m

from answers import ROOT

VARIANTS = ROOT / "template/variants"
NOTE = "{{# Derived from ../async/{}: change that one, and run `make sync`. #}}\n"

# What synchronous code has in place of names and words of asynchronous code.
WORDS = {
    r"Awaitable, ": "",
    r"asyncio\.sleep": "time.sleep",
    r"asyncio\.Barrier": "threading.Barrier",
    r"\b[Aa]sync(_|(?=context)|(?=[A-Z]))": "",
    r"(?<=Abstract)Async": "",
    r"\basync (?=with|for|def)": "",
    r"(?<![a-z])task(?=s?(\b|_))": "thread",
}
# What it imports for them in place of asyncio.
MODULES = {
    "ThreadPoolExecutor": "from concurrent.futures import ThreadPoolExecutor\n",
    "threading.": "import threading\n",
    "time.": "import time\n",
}

# As wide as the longest name of a package, for which the lines of projects leave room.
PACKAGE = "package_name".ljust(40, "_")
EXPRESSIONS = re.compile(r"{{.*?}}")
LINES = re.compile(r"(?:\n|\A)\n*{[%#].*[%#]}$", re.M)  # with the blank lines in front of them
ASYNC_ONLY = re.compile(
    r"^{% if execution == 'async' %}\n(?:.*\n)*?(?:{% else %}\n((?:.*\n)*?))?{% endif %}\n", re.M
)

SORT = ["check", "--fix-only", "--select=I"]
SORT += [f"--config=lint.isort.known-first-party = ['{PACKAGE}']"]
COMBINE = ["check", "--fix-only", "--select=SIM117"]
FORMAT = ["format", "--config=format.skip-magic-trailing-comma = true"]


def derive(source: str) -> str:
    """Return the synchronous twin of an asynchronous variant."""
    code, hidden = hide_jinja(ASYNC_ONLY.sub(r"\1", source))
    code = cst.parse_module(code).visit(Synchronous()).code
    for word, instead in WORDS.items():
        code = re.sub(word, instead, code)
    code = sort_imports(replace_imports(code))
    return show_jinja(ruff(FORMAT, ruff(COMBINE, code)), hidden)


def hide_jinja(source: str) -> tuple[str, list[str]]:
    """Return a variant as plain Python, and what was Jinja in it: now comments and names."""
    hidden: list[str] = []

    def hide(found: re.Match[str]) -> str:
        hidden.append(found[0])
        return f"jinja_{len(hidden) - 1}_"

    def hide_line(found: re.Match[str]) -> str:
        # The comment is of the block of the next line or, where that is blank, of the line before.
        before, after = found.string[: found.start()], LINES.sub("", found.string[found.end() :])
        near = re.match(r"\n( *)\S", after) or re.search(r"^( *)\S.*\Z", before, re.M)
        blank = found[0][: -len(found[0].lstrip())]
        return f"{blank}{near[1] if near else ''}# {hide(found)}"

    code = EXPRESSIONS.sub(hide, source.replace("{{ package_name }}", PACKAGE))
    return LINES.sub(hide_line, code), hidden


def show_jinja(code: str, hidden: list[str]) -> str:
    """Return a variant with its Jinja again, and no more blank lines in front of it than before."""
    for pattern in r"\n* *# jinja_(\d+)_$", r"jinja_(\d+)_":
        code = re.sub(pattern, lambda found: hidden[int(found[1])], code, flags=re.M)
    return code.replace(PACKAGE, "{{ package_name }}")


class Synchronous(m.MatcherDecoratableTransformer):
    """Turns coroutines into functions, and calls that only coroutines need into plain ones."""

    @m.leave(m.Await())
    def drop_await(self, _: cst.Await, node: cst.Await) -> cst.BaseExpression:
        """`await f()` is `f()`, without the parentheses that only `await` may need."""
        return node.expression

    @m.leave(m.Subscript(m.Name("Awaitable")))
    def drop_awaitable(self, _: cst.Subscript, node: cst.Subscript) -> cst.BaseExpression:
        """`Awaitable[T]` is `T`."""
        return cst.ensure_type(node.slice[0].slice, cst.Index).value

    @m.leave(m.Call(m.Attribute(m.Name("asyncio"), m.Name("run"))))
    def drop_run(self, _: cst.Call, node: cst.Call) -> cst.BaseExpression:
        """`asyncio.run(f())` is `f()`."""
        return node.args[0].value

    @m.leave(m.Call(m.Attribute(attr=m.Name("run_sync"))))
    def drop_run_sync(self, _: cst.Call, node: cst.Call) -> cst.BaseExpression:
        """`connection.run_sync(f, x)` is `f(connection, x)`."""
        connection = cst.ensure_type(node.func, cst.Attribute).value
        function, *arguments = node.args
        return cst.Call(function.value, [cst.Arg(connection), *arguments])


def replace_imports(code: str) -> str:
    """Return code that imports what it needs in place of asyncio and `sqlalchemy.ext.asyncio`."""

    def replace(found: re.Match[str]) -> str:
        lines = []
        for name in re.findall(r"\w+", found[1]):
            module = "sqlalchemy" if name.endswith(("Connection", "Engine")) else "sqlalchemy.orm"
            lines.append(f"from {module} import {name}\n")
        return "".join(lines)

    needed = [line for name, line in MODULES.items() if name in code and line not in code]
    code = re.sub(r"^import asyncio\n", "".join(needed), code, flags=re.M)
    names = r"^from sqlalchemy\.ext\.asyncio import (\([^)]+\)|.+)\n"
    return re.sub(names, replace, code, flags=re.M)


def sort_imports(code: str) -> str:
    """Return code with its imports in order, each between the same lines of Jinja."""
    blocks = re.split(r"^(# jinja_\d+_\n)", code, flags=re.M)
    return "".join(ruff(SORT, block) if "import " in block else block for block in blocks)


def ruff(command: list[str], code: str) -> str:
    """Return code as ruff mends or formats it."""
    arguments = ["ruff", *command, "--isolated", "--quiet", "--line-length=100", "-"]
    return subprocess.run(arguments, input=code, capture_output=True, text=True, check=True).stdout


def derived() -> dict[Path, str]:
    """Return the text that each synchronous variant should have."""
    return {
        source.parent.with_name("sync") / source.name: NOTE.format(source.name)
        + derive(source.read_text("utf-8"))
        for source in VARIANTS.glob("**/async/*.py")
    }


if __name__ == "__main__":
    for path, text in derived().items():
        path.write_text(text, "utf-8", newline="\n")
