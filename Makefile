# Needs only git, Python 3.11 or later and PyPI: uv is installed into .tools, all else by uv.

PYTHON ?= python3
PATH := $(CURDIR)/.tools/bin:$(PATH)
export PATH

.PHONY: audit benchmark clusters demo examples mutations newest recording reliability suite sync tags test updates

# Writes a project with every default to .demo/my-app, and runs its tour and its tests.
demo: .tools/bin/uv
	rm -rf .demo
	uv run copier copy --defaults --quiet --vcs-ref HEAD . .demo/my-app
	cd .demo/my-app && uv run python -m my_app && uv run pytest

# Tests the template, quickly; `make test FULL=1` takes every combination of answers.
test: .tools/bin/uv
	uv run ruff check
	uv run ruff format --check
	uv run mypy
	uv run pytest $(if $(FULL),--full) $(ARGS)

# Derives the synchronous variants of the template from the asynchronous ones.
sync: .tools/bin/uv
	uv run python tests/async_to_sync.py

# Writes the examples anew, as the template has them now.
examples: .tools/bin/uv
	uv run python tests/examples.py

# Records Copier asking its questions, for the README.
recording: .tools/bin/uv
	uv run --group benchmarks python tests/recording.py

# Hurts every kind of project, on servers that it starts, and prints what was lost.
reliability: .tools/bin/uv
	uv run pytest --full --reliability tests/test_reliability.py tests/test_limits.py $(ARGS)

# Puts poolers, replicas and clusters behind projects, lets servers fail, and prints what was lost.
clusters: .tools/bin/uv
	uv run pytest --full --reliability tests/test_pooler.py tests/test_hosts.py tests/test_clusters.py $(ARGS)

# Breaks every kind of project, one thing at a time, to see that the tests notice each.
mutations: .tools/bin/uv
	uv run pytest --full --mutations tests/test_mutations.py $(ARGS)

# Updates every kind of project of every owner, and counts what was lost.
updates: .tools/bin/uv
	uv run pytest --full --updates tests/test_updates.py $(ARGS)

# Runs SQLAlchemy's own tests on the engines of projects; ARGS="--engines pysqlite --suites A" selects.
suite: .tools/bin/uv
	uv run --directory tests python -m suite $(ARGS)

# Measures how fast the template and its projects are; the results stand in benchmarks/results.
benchmark: .tools/bin/uv
	uv run --group benchmarks python benchmarks/generation.py
	uv run --group benchmarks python benchmarks/first_green.py
	uv run --group benchmarks python benchmarks/runtime.py
	uv run --group benchmarks python benchmarks/isolation.py
	uv run --group benchmarks python benchmarks/scale.py
	uv run --group benchmarks python benchmarks/since.py
	uv run --group benchmarks python benchmarks/web.py

# Looks for known vulnerabilities of all that the projects and the tests depend on.
audit: .tools/bin/uv
	uv run python tests/audit.py

# Sets the tag of every release that has none.
tags: .tools/bin/uv
	uv run python tests/tags.py

# Tests projects with later versions of each dependency than they allow.
newest: .tools/bin/uv
	uv run python tests/newest.py

.tools/bin/uv:
	$(PYTHON) -m venv .tools
	.tools/bin/pip install --quiet --disable-pip-version-check 'uv>=0.9'
