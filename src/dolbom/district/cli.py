"""`dolbom district …`: runs the reference district platform, enrols robots, adds staff."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from dolbom.clock import SystemClock
from dolbom.district import campaign_cli
from dolbom.district.command import AsJson, Data, default_folder, open_district
from dolbom.errors import UserError

if TYPE_CHECKING:
    from dolbom.district.server import Running

app = typer.Typer(no_args_is_help=True, help="The reference district platform: broker, desk, enrolment.")
user = typer.Typer(no_args_is_help=True, help="The district's staff.")
app.add_typer(user, name="user")
app.add_typer(campaign_cli.campaign, name="campaign")
app.add_typer(campaign_cli.notice, name="notice")


@app.command()
def up(
    data: Data = None,
    name: Annotated[str, typer.Option(help="The district's name in topics; fixed at the first start.")] = "",
    host: Annotated[
        str, typer.Option(help="Address to listen on; 0.0.0.0 for all (then everything is TLS).")
    ] = "127.0.0.1",
    public_host: Annotated[str, typer.Option(help="Name or address under which robots reach this machine.")] = "",
    web_port: Annotated[int, typer.Option(min=0, max=65535, help="The desk; 0 for any free one.")] = 8080,
    enrol_port: Annotated[int, typer.Option(min=0, max=65535, help="Enrolment (HTTPS).")] = 8443,
    mqtt_port: Annotated[int, typer.Option(min=0, max=65535, help="Robots (MQTT over TLS).")] = 8883,
    database: Annotated[str, typer.Option(help="postgresql+psycopg://…; SQLite in the folder if not given.")] = "",
    silence: Annotated[float, typer.Option(min=1, help="Seconds after which a silent robot is an alarm.")] = 60.0,
    as_json: AsJson = False,
) -> None:
    """Run the district until Ctrl-C.

    Examples:  dolbom district up   dolbom district up --host 0.0.0.0 --public-host care.example.org --name mapo
    """
    import logging

    from dolbom.district.server import Settings, serve

    # What programs read is on the standard output; the log is not.
    logging.basicConfig(stream=sys.stderr, format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("dolbom").setLevel(logging.INFO)
    folder = data or default_folder()
    kept = folder / "name"
    known = kept.read_text().strip() if kept.exists() else "district"
    settings = Settings(
        folder=folder,
        name=name or known,
        host=host,
        public_host=public_host,
        web_port=web_port,
        enrol_port=enrol_port,
        mqtt_port=mqtt_port,
        database=database,
        silence_s=silence,
    )

    def ready(running: Running) -> None:
        if as_json:
            print(json.dumps(asdict(running)), flush=True)
            return
        console = Console()
        console.print(
            f"[bold]district {running.name}[/]  desk {running.url}  robots mqtts://{running.mqtt_host}:{running.mqtt_port}"
        )
        if running.setup_link:
            console.print(f"first administrator (one-time link, 24 h): {running.setup_link}", soft_wrap=True)

    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve(settings, SystemClock(), ready))


def _running(folder: Path) -> Running:
    from dolbom.district.server import Running, running_path

    try:
        found = Running(**json.loads(running_path(folder).read_text()))
        os.kill(found.pid, 0)
    except (OSError, ValueError, TypeError) as error:
        raise UserError(f"the district in {folder} is not running", "start it: `dolbom district up`") from error
    return found


@app.command()
def enrol(
    robot: Annotated[str, typer.Argument(help="The robot's name in topics: lower case letters, digits, - and _.")],
    home: Annotated[str, typer.Option(help="The home it stands in: likewise.")],
    label: Annotated[str, typer.Option(help="What the desk calls the home, as in '행복마을 3동 502호'.")] = "",
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Print a one-time code (24 h) with which a robot enrols.

    Examples:  dolbom district enrol dasom-1 --home h502 --label '행복마을 3동 502호'
    """
    import re

    from dolbom.district.authority import Authority
    from dolbom.district.repositories import robots
    from dolbom.events import NAME
    from dolbom.platform.invitation import Invitation

    for what, value in (("robot", robot), ("home", home)):
        if not re.fullmatch(NAME, value):
            raise UserError(f"{value!r} is no name for a {what}", "use lower case letters, digits, - and _")
    folder, database, who = open_district(data)
    running, now = _running(folder), SystemClock().civil()
    authority = Authority(folder / "authority", running.name, now)
    with database.writing() as session:
        secret = robots.invite(session, robot, home, who, now, label)
    code = Invitation(url=running.enrol_url, robot=robot, fingerprint=authority.fingerprint, secret=secret).code()
    if as_json:
        typer.echo(json.dumps({"robot": robot, "home": home, "code": code}))
    else:
        typer.echo("on the robot, within 24 hours:", err=True)
        typer.echo(f"dolbom enrol {code}")


@app.command()
def revoke(
    robot: Annotated[str, typer.Argument(help="The robot that may connect no more.")], data: Data = None
) -> None:
    """Let a robot connect no more, from within a second. Its events and alarms stay.

    Examples:  dolbom district revoke dasom-1
    """
    from dolbom.district.repositories import robots

    _, database, who = open_district(data)
    with database.writing() as session:
        robots.revoke(session, robot, who, SystemClock().civil())
    typer.echo(f"robot {robot} is revoked", err=True)


@app.command(name="robots")
def list_robots(data: Data = None, as_json: AsJson = False) -> None:
    """List robots and when they were last heard.

    Examples:  dolbom district robots --json
    """
    from dolbom.district.repositories import robots

    _, database, _ = open_district(data)
    with database.reading() as session:
        found = [r for h in robots.homes(session) for r in h.robots]
        rows = [
            {
                "robot": r.id,
                "home": r.home_id,
                "state": r.state,
                "online": r.online,
                "heard_at": r.heard_at.isoformat() if r.heard_at else None,
            }
            for r in found
        ]
    if as_json:
        typer.echo(json.dumps(rows))
        return
    table = Table("robot", "home", "state", "online", "last heard")
    for row in rows:
        table.add_row(*(str(v) if v is not None else "never" for v in row.values()))
    Console().print(table)


@user.command(name="add")
def add_user(
    name: Annotated[str, typer.Argument(help="Login name.")],
    role: Annotated[str, typer.Option(help="operator, supervisor, technician or administrator.")],
    lang: Annotated[str, typer.Option(help="ko or en.")] = "ko",
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Add a member of staff; prints the one-time link by which they set their password.

    Examples:  dolbom district user add minji --role operator
    """
    from dolbom.district.access import Role
    from dolbom.staff import commands

    folder, database, _ = open_district(data)
    secret = commands.invite(database, name, role, lang, list(Role))
    commands.print_link(_desk(folder), name, secret, as_json)


@user.command(name="link")
def link_user(
    name: Annotated[str, typer.Argument(help="Login name.")], data: Data = None, as_json: AsJson = False
) -> None:
    """Print a new one-time link for somebody who forgot their password.

    Examples:  dolbom district user link minji
    """
    from dolbom.staff import commands

    folder, database, _ = open_district(data)
    secret = commands.new_link(database, name, "dolbom district user list")
    commands.print_link(_desk(folder), name, secret, as_json)


def _desk(folder: Path) -> str:
    try:
        return _running(folder).url
    except UserError:
        return ""


@user.command(name="list")
def list_users(data: Data = None, as_json: AsJson = False) -> None:
    """List the staff.

    Examples:  dolbom district user list
    """
    from dolbom.staff import commands

    _, database, _ = open_district(data)
    nobody = "nobody may log in yet; the first administrator's link is printed when the district starts"
    commands.print_staff(database, as_json, nobody)


@app.command()
def token(
    label: Annotated[str, typer.Argument(help="What the program is called in the audit trail.")],
    role: Annotated[str, typer.Option(help="operator, supervisor, technician or administrator.")],
    days: Annotated[int, typer.Option(min=1, max=730, help="How long it is good for.")] = 90,
    data: Data = None,
) -> None:
    """Print a token with which a program uses the JSON API.

    Examples:  dolbom district token dispatch --role operator --days 30
    """
    from dolbom.district.access import Role
    from dolbom.staff import accounts
    from dolbom.staff.commands import check_role

    check_role(role, list(Role))
    _, database, who = open_district(data)
    with database.writing() as session:
        _, secret = accounts.add_token(session, label, Role(role), days, who, SystemClock().civil())
    typer.echo(secret)
