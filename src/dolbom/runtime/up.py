"""`dolbom up`: runs the robot's processes from the table of nodes, with no ROS installed, and keeps them running."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from dolbom.errors import UserError
from dolbom.places import data_folder
from dolbom.platform.identity import is_enrolled, load_identity
from dolbom.runtime import parameters as parameter_files
from dolbom.runtime.declarations import RosValue
from dolbom.runtime.log import open_log
from dolbom.runtime.nodes import NODES, PROCESSES, NodeEntry, nodes_of
from dolbom.runtime.notify import notify
from dolbom.runtime.process import ProcessSpec
from dolbom.runtime.single import only_one
from dolbom.runtime.supervisor import Limits, Supervisor

TRANSPORT = "LARGE_DATA?max_msg_size=1MB&sockets_size=1MB&non_blocking=true"
"""Fast DDS: a 640x480 frame fits no default shared-memory segment; this carries one in 4 ms instead of 14."""

Values = Mapping[str, Mapping[str, RosValue]]


def environment(domain: int | None = None) -> dict[str, str]:
    """The environment of every process of the robot.

    Nothing leaves the machine over DDS unless somebody set ROS_AUTOMATIC_DISCOVERY_RANGE otherwise.
    """
    found = dict(os.environ)
    found.setdefault("RMW_IMPLEMENTATION", "rmw_fastrtps_cpp")
    found.setdefault("FASTDDS_BUILTIN_TRANSPORTS", TRANSPORT)
    found.setdefault("ROS_AUTOMATIC_DISCOVERY_RANGE", "LOCALHOST")
    if domain is not None:
        found["ROS_DOMAIN_ID"] = str(domain)
    # One behaviour time for all processes, also for those that are started again after the calendar was corrected.
    found["DOLBOM_TIME_ANCHOR"] = repr(time.time() - time.monotonic())
    found["PYTHONUNBUFFERED"] = "1"
    return found


def robot_values(given: Values) -> dict[str, dict[str, RosValue]]:
    """The values of all nodes: who the robot is by its enrolment, and what was given, which wins."""
    values: dict[str, dict[str, RosValue]] = {entry.name: {} for entry in NODES}
    if is_enrolled():
        address = load_identity().address
        for own in values.values():
            own |= {"district": address.district, "home": address.home, "robot": address.robot}
    for node, chosen in given.items():
        values[node] |= chosen
    return {node: own for node, own in values.items() if own}


def is_idle(entry: NodeEntry, given: Values) -> bool:
    """Whether a node has nothing to do with these values."""
    if entry.idle is None:
        return False
    name, value = entry.idle
    usual = entry.parameters().model_fields[name].default
    return bool(given.get(entry.name, {}).get(name, usual) == value)


def processes(
    only: Sequence[str] = (), parameter_file: Path | None = None, namespace: str = "", given: Values | None = None
) -> list[ProcessSpec]:
    """What to start for the robot, from the table of nodes.

    Args:
        given: the values of their parameters: nodes that have nothing to do with them are left out unless named.
        only: names of processes or nodes; empty: all.
        parameter_file: for `--params-file`.
        namespace: of all nodes, such as `/robot1`.

    Raises:
        UserError: for a name that is neither.
    """
    names = {*PROCESSES, *(entry.name for entry in NODES)}
    for name in only:
        if name not in names:
            raise UserError(f"no process or node {name!r}", f"there are {', '.join(sorted(names))}")
    specs = []
    for process in PROCESSES:
        hosted = nodes_of(process)
        wanted = [
            entry.name
            for entry in hosted
            if process in only or entry.name in only or (not only and not is_idle(entry, given or {}))
        ]
        if not wanted:
            continue
        command = [sys.executable, "-m", "dolbom_nodes.host", process]
        if len(wanted) < len(hosted):
            command += ["--nodes", ",".join(wanted)]
        command += ["--ros-args"]
        if namespace:
            command += ["-r", f"__ns:={namespace}"]
        if parameter_file is not None:
            command += ["--params-file", str(parameter_file)]
        guard = process == "guard"
        specs.append(ProcessSpec(process, command, longest_pause_s=5.0 if guard else 30.0, last_to_stop=guard))
    return specs


def prepare(given: Values) -> Path:
    """Writes the parameters of this run where the processes read them."""
    folder = data_folder() / "run"
    folder.mkdir(exist_ok=True, mode=0o700)
    path = folder / "parameters.yaml"
    parameter_files.write(robot_values(given), path)
    return path


def check_ros() -> None:
    """Raises UserError where the ROS environment is not set up."""
    from importlib.util import find_spec

    missing = [name for name in ("rclpy", "dolbom_msgs", "dolbom_nodes") if find_spec(name) is None]
    if missing:
        raise UserError(f"{', '.join(missing)} cannot be imported", "run bin/dolbom, which sets the environment")


class Teller:
    """Writes the supervisor's events: as JSON lines, or in words when something changed."""

    def __init__(self, as_json: bool, verbose: bool, quiet: bool = False) -> None:
        self._json = as_json
        self._verbose = verbose
        self._quiet = quiet
        self._log = open_log("up")
        self._said: dict[str, str] = {}

    def __call__(self, event: dict[str, Any]) -> None:
        kind = event["event"]
        if kind != "line":
            level = "error" if kind in ("died", "hangs", "failed") else "info"
            getattr(self._log, level)(kind, **{key: value for key, value in event.items() if key != "event"})
        if self._json:
            print(json.dumps({"time": datetime.now(UTC).isoformat(), **event}, ensure_ascii=False), flush=True)
        elif not self._quiet and (line := self._words(event)):
            typer.echo(line)

    def _words(self, event: dict[str, Any]) -> str:
        kind, process = event["event"], event["process"]
        if kind == "line":
            return f"  {process} | {event['text']}" if self._verbose else ""
        if kind == "started":
            return f"{process}: starting (process {event['pid']})"
        if kind == "ready":
            return f"{process}: running after {event['after_s']} s{_pages() if process == 'web' else ''}"
        if kind == "state":
            return self._state(process, event["nodes"])
        if kind == "died":
            code = event["code"]
            how = f"was ended by {signal.Signals(-code).name}" if code and code < 0 else f"ended with {code}"
            said = "".join(f"\n  {process} | {line}" for line in event["last_words"])
            return f"{process}: {how}; started again in {event['again_in_s']:g} s{said}"
        if kind == "hangs":
            return f"{process}: no sign of life for {event['silent_s']:.0f} s; ended and started again"
        if kind == "failed":
            return f"{process}: {event['message']}"
        return f"{process}: stopped"

    def _state(self, process: str, nodes: dict[str, list[str]]) -> str:
        said = []
        for node, (level, message) in nodes.items():
            now = "ok" if level == "ok" else f"{level}: {message}"
            if self._said.get(node) != now:
                self._said[node] = now
                said.append(f"{process}/{node} {now}")
        return "\n".join(said)


def _pages() -> str:
    """Where the care worker's pages are, and how the first administrator comes in."""
    from dolbom.web.care.server import where

    found = where()
    setup = f"\n  first administrator (one-time link, 24 h): {found['setup']}" if found.get("setup") else ""
    return f"\n  the care worker's pages: {found['url']}{setup}" if found else ""


async def supervise(
    specs: Sequence[ProcessSpec],
    tell: Callable[[dict[str, Any]], None],
    domain: int | None = None,
    limits: Limits | None = None,
) -> None:
    """Runs processes until SIGINT or SIGTERM."""
    supervisor = Supervisor(specs, environment(domain), tell, limits)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, supervisor.stop)
    notify(READY="1")
    await supervisor.run()


app = typer.Typer()


@app.command(epilog="Examples:  dolbom up   dolbom up --parameters home.yaml   dolbom up --only guard,camera --json")
def command(
    only: Annotated[str, typer.Option(help="Only these processes or nodes, comma-separated.")] = "",
    parameters: Annotated[Path | None, typer.Option(help="ROS parameter file; see `dolbom parameters`.")] = None,
    domain: Annotated[int | None, typer.Option(min=0, max=101, help="ROS_DOMAIN_ID.")] = None,
    namespace: Annotated[str, typer.Option(help="Of all nodes, such as /robot1.")] = "",
    hang: Annotated[float, typer.Option(min=3, help="Seconds without a sign of life that mean it hangs.")] = 15.0,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Show what the nodes write.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON line an event, for programs.")] = False,
) -> None:
    """Runs the robot until Ctrl-C; starts again what dies or hangs."""
    check_ros()
    given = parameter_files.load(parameters) if parameters is not None else {}
    with only_one(data_folder(), "up"):
        path = prepare(given)
        chosen = [name.strip() for name in only.split(",") if name.strip()]
        specs = processes(chosen, path, namespace, given)
        if not is_enrolled() and not as_json:
            typer.echo("not enrolled with a district: alarms are kept here until it is (dolbom enrol CODE)", err=True)
        asyncio.run(supervise(specs, Teller(as_json, verbose), domain, Limits(hang_s=hang)))
