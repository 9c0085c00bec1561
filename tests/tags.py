"""Tag the commit of every release, for whoever publishes a clone without tags: `make tags`.

Without tags `copier check-update` always says that a project is up to date.
"""

import subprocess

from answers import RELEASES, ROOT


def main() -> None:
    """Set the tags that are missing; one on another commit than its release's is an error."""
    for version, commit in RELEASES.items():
        there = subprocess.run(
            ["git", "rev-parse", "--verify", "--quiet", f"refs/tags/{version}^{{commit}}"],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
            check=False,
        ).stdout.strip()
        if there and there != commit:
            message = f"the tag {version} is on {there}, not on {commit}"
            raise SystemExit(message)
        if not there:
            subprocess.run(["git", "tag", version, commit], cwd=ROOT, check=True)


if __name__ == "__main__":
    main()
