"""The suite on every Python that is here, with the newest and the oldest packages, and the pages: ``nox``."""

import nox

nox.options.sessions = ["tests", "lowest", "docs"]
nox.options.error_on_missing_interpreters = False
nox.options.reuse_existing_virtualenvs = True

PYTHONS = ["3.11", "3.12", "3.13", "3.14"]
LOWEST = ["numpy==2.0.*", "rich==13.8.*", "sympy==1.13.*", "typer==0.26.*"]


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """The suite with the newest packages that are allowed."""
    session.install("-q", "-e", ".", *nox.project.dependency_groups(nox.project.load_toml("pyproject.toml"), "test"))
    session.run("python", "-m", "pytest", *session.posargs)


@nox.session(python=["3.11", "3.12"])
def lowest(session: nox.Session) -> None:
    """The suite with the oldest packages that are allowed (NumPy 2.0 has no wheels for Python 3.13)."""
    project = nox.project.load_toml("pyproject.toml")
    session.install("-q", "-e", ".", *LOWEST, *nox.project.dependency_groups(project, "test"))
    session.run("python", "-m", "pytest", *session.posargs)


@nox.session
def docs(session: nox.Session) -> None:
    """The documentation as a site, in the folder ``site``; a warning is an error."""
    project = nox.project.load_toml("pyproject.toml")
    session.install("-q", *nox.project.dependency_groups(project, "docs"))
    session.run("mkdocs", "build", "--strict", *session.posargs)
