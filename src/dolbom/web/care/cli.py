"""`dolbom pages …`: who may log in at the robot's pages, from the robot itself."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from dolbom.errors import UserError
from dolbom.staff import commands
from dolbom.web.care.access import Role
from dolbom.web.care.home import open_database
from dolbom.web.care.server import where
from dolbom.web.tls import shown

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="rich",
    help="The care worker's pages on the robot: where they are and who may log in. Works while the robot runs.",
    epilog="Examples:  [bold]dolbom pages where[/]   [bold]dolbom pages add sunhee --role care_worker[/]   "
    "[bold]dolbom pages link admin[/]",
)
AsJson = Annotated[bool, typer.Option("--json", help="For programs.")]


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


@app.command(epilog="Examples:  dolbom pages certificate > robot.crt   dolbom pages certificate --json")
def certificate(as_json: AsJson = False) -> None:
    """Print what a browser must trust to reach the pages over TLS, once, on each phone and computer."""
    found = where()
    path = found.get("authority") or found.get("certificate")
    if not path:
        raise UserError(
            "the robot's pages are not served over TLS", "it is done when they are opened to the network: allow_network"
        )
    told = shown(Path(path))
    if as_json:
        own = shown(Path(found["certificate"]))
        rows = {"file": path, "sha256": told.fingerprint, "until": told.until.isoformat(), "names": own.names}
        typer.echo(json.dumps(rows))
        return
    typer.echo(f"SHA-256 {told.fingerprint}, until {told.until:%Y-%m-%d}", err=True)
    typer.echo(Path(path).read_text(encoding="ascii"), nl=False)


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
    secret = commands.invite(open_database(), name, role, lang, list(Role))
    commands.print_link(where().get("url", ""), name, secret, as_json)


@app.command(epilog="Examples:  dolbom pages link admin")
def link(name: Annotated[str, typer.Argument(help="Login name.")], as_json: AsJson = False) -> None:
    """Print a new one-time link for somebody who forgot their password."""
    secret = commands.new_link(open_database(), name, "dolbom pages list")
    commands.print_link(where().get("url", ""), name, secret, as_json)


@app.command("list", epilog="Examples:  dolbom pages list   dolbom pages list --json")
def list_users(as_json: AsJson = False) -> None:
    """Show who may log in."""
    nobody = "nobody may log in yet; the first administrator's link: dolbom pages where"
    commands.print_staff(open_database(), as_json, nobody)
