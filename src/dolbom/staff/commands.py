"""What the commands for an application's staff do alike: who runs them, names and roles, one-time links, the list."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Collection

import typer
from rich.console import Console
from rich.table import Table

from dolbom.clock import SystemClock
from dolbom.errors import UserError
from dolbom.events import NAME
from dolbom.staff import accounts
from dolbom.staff.access import Who
from dolbom.staff.database import Database

LANGUAGES = ("ko", "en")


def shell() -> Who:
    """Who runs a command on this machine."""
    login = os.environ.get("SUDO_USER") or os.environ.get("USER") or str(os.getuid())
    return Who(f"shell:{login}"[:48], "shell")


def check_role(role: str, roles: Collection[str]) -> str:
    """The role, if it is one.

    Raises:
        UserError: if it is none.
    """
    if role not in roles:
        raise UserError(f"{role!r} is no role", f"use one of {', '.join(roles)}")
    return role


def invite(database: Database, name: str, role: str, lang: str, roles: Collection[str]) -> str:
    """A new member of staff. Returns the secret of their one-time link.

    Raises:
        UserError: if the name, the role or the language cannot be.
    """
    check_role(role, roles)
    if lang not in LANGUAGES:
        raise UserError(f"{lang!r} is no language of these pages", f"use {' or '.join(LANGUAGES)}")
    if not re.fullmatch(NAME, name):
        raise UserError(f"{name!r} is no login name", "use lower case letters, digits, - and _")
    with database.writing() as session:
        return accounts.add(session, name, role, shell(), SystemClock().civil(), lang)


def new_link(database: Database, name: str, lists: str) -> str:
    """The secret of a new one-time link.

    Args:
        lists: the command that lists the staff.

    Raises:
        UserError: if there is no such user.
    """
    try:
        with database.writing() as session:
            return accounts.link(session, name, shell(), SystemClock().civil())
    except accounts.NoSuchUser as error:
        raise UserError(error.message, f"see `{lists}`") from None


def print_link(url: str, name: str, secret: str, as_json: bool) -> None:
    """Prints a one-time link.

    Args:
        url: where the pages are; "" if that is not known.
    """
    link = f"{url}/welcome/{secret}"
    if as_json:
        typer.echo(json.dumps({"name": name, "link": link}))
        return
    typer.echo(f"{name} sets a password within 24 hours at:", err=True)
    typer.echo(link)


def print_staff(database: Database, as_json: bool, nobody: str) -> None:
    """Prints the staff.

    Args:
        nobody: what is said when there is none.
    """
    with database.reading() as session:
        rows = [{"name": user.name, "role": user.role, "active": user.active} for user in accounts.users(session)]
    if as_json:
        typer.echo(json.dumps(rows))
        return
    if not rows:
        typer.echo(nobody, err=True)
        return
    table = Table("name", "role", "active")
    for row in rows:
        table.add_row(*map(str, row.values()))
    Console(highlight=False).print(table)
