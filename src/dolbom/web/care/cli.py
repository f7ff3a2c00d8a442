"""`dolbom pages …`: who may log in at the robot's pages, from the robot itself."""

from __future__ import annotations

import json
import os
import re
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from dolbom.clock import SystemClock
from dolbom.errors import UserError
from dolbom.events import NAME
from dolbom.staff import accounts
from dolbom.staff.access import Who
from dolbom.web.care.access import Role
from dolbom.web.care.home import open_database
from dolbom.web.care.server import where

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="rich",
    help="The care worker's pages on the robot: where they are and who may log in. Works while the robot runs.",
    epilog="Examples:  [bold]dolbom pages where[/]   [bold]dolbom pages add sunhee --role care_worker[/]   "
    "[bold]dolbom pages link admin[/]",
)
stdout = Console(highlight=False)
AsJson = Annotated[bool, typer.Option("--json", help="For programs.")]


def _who() -> Who:
    login = os.environ.get("SUDO_USER") or os.environ.get("USER") or str(os.getuid())
    return Who(f"shell:{login}"[:48], "shell")


@app.command("where", epilog="Examples:  dolbom pages where   dolbom pages where --json")
def show_where(as_json: AsJson = False) -> None:
    """Show where the pages are, and the one-time link for a first administrator if there is none yet."""
    found = where()
    if not found:
        raise UserError("the robot's pages have not run yet", "start the robot: dolbom up")
    if as_json:
        typer.echo(json.dumps(found))
        return
    typer.echo(found["url"])
    if found["setup"]:
        typer.echo(f"first administrator (one-time link, 24 h): {found['setup']}")


@app.command(
    epilog="Examples:  dolbom pages add sunhee --role care_worker   dolbom pages add son --role family --lang en"
)
def add(
    name: Annotated[str, typer.Argument(help="Login name: lower case letters, digits, - and _.")],
    role: Annotated[str, typer.Option(help="care_worker, nurse, family, technician or administrator.")],
    lang: Annotated[str, typer.Option(help="ko or en.")] = "ko",
    as_json: AsJson = False,
) -> None:
    """Invite somebody; prints the one-time link by which they set their password."""
    if role not in list(Role):
        raise UserError(f"{role!r} is no role", f"use one of {', '.join(Role)}")
    if lang not in ("ko", "en"):
        raise UserError(f"no language {lang!r}", "there are ko and en")
    if not re.fullmatch(NAME, name):
        raise UserError(f"{name!r} is no login name", "use lower case letters, digits, - and _")
    with open_database().writing() as session:
        secret = accounts.add(session, name, role, _who(), SystemClock().civil(), lang)
    _print_link(name, secret, as_json)


@app.command(epilog="Examples:  dolbom pages link admin")
def link(name: Annotated[str, typer.Argument(help="Login name.")], as_json: AsJson = False) -> None:
    """Print a new one-time link for somebody who forgot their password."""
    with open_database().writing() as session:
        secret = accounts.link(session, name, _who(), SystemClock().civil())
    _print_link(name, secret, as_json)


@app.command("list", epilog="Examples:  dolbom pages list   dolbom pages list --json")
def list_users(as_json: AsJson = False) -> None:
    """Show who may log in."""
    with open_database().reading() as session:
        rows = [{"name": user.name, "role": user.role, "active": user.active} for user in accounts.users(session)]
    if as_json:
        typer.echo(json.dumps(rows))
        return
    if not rows:
        typer.echo("nobody may log in yet; the first administrator's link: dolbom pages where", err=True)
        return
    table = Table("name", "role", "active")
    for row in rows:
        table.add_row(*map(str, row.values()))
    stdout.print(table)


def _print_link(name: str, secret: str, as_json: bool) -> None:
    link = f"{where().get('url', '')}/welcome/{secret}"
    if as_json:
        typer.echo(json.dumps({"name": name, "link": link}))
    else:
        typer.echo(f"{name} sets a password within 24 hours at:", err=True)
        typer.echo(link)
