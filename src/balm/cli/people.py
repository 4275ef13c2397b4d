"""`balm user add` and `balm key add`: letting people and programs in, from the machine that runs the application."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

user = typer.Typer(no_args_is_help=True, help="People who sign in.")
key = typer.Typer(no_args_is_help=True, help="Keys for programs.")

Data = Annotated[
    Path | None, typer.Option("--data", help="Folder of the application; default: BALM_DATA, else balm-data.")
]


class Role(StrEnum):
    """What somebody is in a workspace."""

    OWNER = "owner"
    MANAGER = "manager"
    ANALYST = "analyst"
    FRONT_LINE = "front_line"
    VIEWER = "viewer"


class Scope(StrEnum):
    """What a program may."""

    INGEST = "ingest"
    READ = "read"
    ADMIN = "admin"


@user.command("add")
def add_user(
    email: Annotated[str, typer.Argument(metavar="EMAIL", help="The address that the person signs in with.")],
    role: Annotated[Role, typer.Option("--role", help="What the person may.")],
    workspace: Annotated[
        str | None, typer.Option("--workspace", help="Its address (slug) or name; default: the only one.")
    ] = None,
    name: Annotated[str | None, typer.Option("--name", help="The person's name.")] = None,
    reset_mfa: Annotated[
        bool, typer.Option("--reset-mfa", help="Take a lost second factor away from this person.")
    ] = False,
    data: Data = None,
) -> None:
    """Add somebody to a workspace, or give another role; print a link that signs in once, within an hour."""
    _commands(data, lambda c: c.add_user(email, role.value, workspace, name or "", reset_mfa=reset_mfa))


@key.command("add")
def add_key(
    workspace: Annotated[str, typer.Option("--workspace", help="Its address (slug) or name.")],
    scope: Annotated[Scope, typer.Option("--scope", help="What the program may.")],
    name: Annotated[str, typer.Option("--name", help="What the key is for.")] = "command line",
    data: Data = None,
) -> None:
    """Make a key for a program and print it, once; only a hash of it is kept."""
    _commands(data, lambda c: c.add_key(workspace, scope.value, name))


def _commands(data: Path | None, act: Any) -> None:
    """Open the folder, beside a running server if there is one; print what was made, and the notes on stderr."""
    from balm.web.site import server

    server.start(data)
    from balm.web.people import commands

    made = act(commands)
    for note in made.notes:
        print(note, file=sys.stderr)
    print(made.secret)
