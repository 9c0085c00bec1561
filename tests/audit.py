"""Look for known vulnerabilities in what the projects and the tests of the template depend on.

`python tests/audit.py` needs the network: advisories come from https://osv.dev.
"""

import subprocess
import tempfile
import tomllib
from pathlib import Path

from answers import ROOT, all_pairs
from generated import make_project


def requirements(path: Path) -> set[str]:
    """Return what a pyproject.toml asks for, its groups and the build included."""
    settings = tomllib.loads(path.read_text(encoding="utf-8"))
    found = {*settings["project"].get("dependencies", [])}
    found.update(settings.get("build-system", {}).get("requires", []))
    for group in settings["dependency-groups"].values():
        found.update(group)
    return found


def main() -> None:
    """Resolve the dependencies of every pair of answers together, and have them audited."""
    found = requirements(ROOT / "pyproject.toml")
    with tempfile.TemporaryDirectory() as folder:
        for number, answers in enumerate(all_pairs()):
            project = make_project(ROOT, Path(folder, f"app-{number}"), answers)
            found |= requirements(project.path / "pyproject.toml")
        asked, resolved = Path(folder, "asked.txt"), Path(folder, "resolved.txt")
        asked.write_text("\n".join(sorted(found)), encoding="utf-8")
        compile_ = ("uv", "pip", "compile", "--quiet", "--universal", "--generate-hashes")
        subprocess.run([*compile_, f"--output-file={resolved}", asked], check=True)
        audit = ("uvx", "pip-audit>=2.10,<3", "--vulnerability-service=osv", "--disable-pip")
        subprocess.run([*audit, "--require-hashes", f"--requirement={resolved}"], check=True)


if __name__ == "__main__":
    main()
