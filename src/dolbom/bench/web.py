"""`dolbom bench web`: the care worker's pages with a year of data, against a bare page in the same run."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import psutil
import typer
from fastapi.routing import APIRoute
from rich.console import Console
from rich.progress import Progress

from dolbom.bench.browsing import Browser, OpenPage, log_in, pace
from dolbom.bench.rig import environment, until
from dolbom.bench.year import CHECK_INS, FACTS, NAMES, OCCURRENCES, PASSWORD, TRAIL, Year, furnish
from dolbom.clock import SystemClock
from dolbom.errors import UserError
from dolbom.runtime.parent import following
from dolbom.staff import routes_pages
from dolbom.web.care.app import PARTS

RATE = 20.0
ROUND_S = 2.5
"""Between two changes that open pages hear of: the robot's own node tells of one again within a second."""
WARM = 0.2
"""Of the requests after which memory is looked at first: until then caches fill."""
FLAT_MB = 10.0
"""So much more than then is still flat."""


def places(year: Year) -> list[str]:
    """The address of every page that can be asked for, filled with what there is in that home."""
    filled = {
        "routine_id": year.routine,
        "on": (SystemClock().civil() + timedelta(days=1)).date().isoformat(),
        "person_id": year.people[0],
    }
    found = []
    for part in (*PARTS, routes_pages):
        for route in part.router.routes:
            if not isinstance(route, APIRoute) or route.include_in_schema or "GET" not in (route.methods or ()):
                continue
            try:
                found.append(route.path.format(**filled))
            except KeyError:
                continue  # needs something that only a link or a click gives
    return list(dict.fromkeys(path for path in found if path != "/login"))


def serving(browser: Browser, paths: list[str]) -> list[str]:
    """Those of them that are pages: what a page shows besides (a picture, a printed report) is none."""
    found = []
    for path in paths:
        status, _, headers = browser.ask(path)
        if status >= 500:
            raise UserError(f"{path} is answered with {status}", "see the log of the pages")
        if status == 200 and headers.get_content_type() == "text/html":
            found.append(path)
    return found


@contextmanager
def started(command: list[str], folder: Path) -> Iterator[subprocess.Popen[str]]:
    """A child process that ends with the block."""
    env = {**environment(), "DOLBOM_HOME": str(folder), "ROS_AUTOMATIC_DISCOVERY_RANGE": "LOCALHOST"}
    # A domain of its own: a robot that runs on this machine is not to be seen on these pages.
    env.setdefault("ROS_DOMAIN_ID", str(os.getpid() % 100 + 1))
    with (folder / "server.log").open("a") as log:
        process = subprocess.Popen(
            following([sys.executable, "-m", *command]), env=env, stdout=subprocess.PIPE, stderr=log, text=True,
            start_new_session=True,
        )  # fmt: skip
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def pages_url(folder: Path, process: subprocess.Popen[str]) -> str:
    """Where the pages are, when they are there."""
    told = folder / "run" / "pages.json"

    def there() -> bool:
        if process.poll() is not None:
            raise UserError("the pages did not start", f"see {folder / 'server.log'}")
        return told.exists()

    until(there, 120, "the start of the pages")
    return str(json.loads(told.read_text())["url"])


def percentiles(took: list[float]) -> dict[str, float]:
    """p50, p95 and the longest, milliseconds."""
    p50, p95 = np.percentile(took, [50, 95])
    return {"p50_ms": round(float(p50), 1), "p95_ms": round(float(p95), 1), "max_ms": round(max(took), 1)}


def live(url: str, cookie: str, year: Year, pages: int, rounds: int, progress: Progress) -> dict[str, Any]:
    """Changes of a routine, and how long until every open page has heard of each and shows the new words."""
    opened = [OpenPage(url, cookie) for _ in range(pages)]
    bar = progress.add_task("live", total=rounds)
    author, told, shown = Browser(url), list[float](), list[float]()
    head = {"Authorization": f"Bearer {year.token}", "Content-Type": "application/json"}
    path = f"/api/routines/{year.routine}"
    try:
        until(lambda: all(page.listening.is_set() for page in opened), 60, "the opening of the pages")
        now = json.loads(author.ask(path, headers=head)[1])
        for number in range(1, rounds + 1):
            title = f"혈압약 {number:03}"
            changed = {"version": now["version"], "routine": now["routine"] | {"title": title}}
            for page in opened:
                page.shown.clear()
            begin = time.monotonic()
            status, answer, _ = author.ask(path, "PUT", json.dumps(changed).encode(), head)
            if status != 200:
                raise UserError(f"a change of a routine is answered with {status}", "see the log of the pages")
            now = json.loads(answer)
            words = title.encode()
            until(lambda words=words: all(page.showed(words) for page in opened), 30, "the last page's news")  # type: ignore[misc]
            told.append((max(page.heard_after(begin) or 0.0 for page in opened) - begin) * 1000)
            shown.append((max(page.showed(words) or 0.0 for page in opened) - begin) * 1000)
            progress.advance(bar)
            time.sleep(max(0.0, begin + ROUND_S - time.monotonic()))
    finally:
        for page in opened:
            page.close()
    return {
        "pages": pages,
        "live_ms": round(max(told), 1),
        "live_p50_ms": round(float(np.median(told)), 1),
        "shown_ms": round(max(shown), 1),
        "shown_p50_ms": round(float(np.median(shown)), 1),
    }


def memory(
    url: str, cookie: str, paths: list[str], requests: int, process: psutil.Process, progress: Progress
) -> dict[str, Any]:
    """The server's memory over many requests, as fast as two browsers ask."""
    bar = progress.add_task("memory", total=requests)
    seen: list[tuple[int, float]] = []
    step, began, asked = max(len(paths), requests // 20), time.monotonic(), 0
    while asked < requests:
        count = min(step, requests - asked)
        pace(url, cookie, paths, 1e6, count / 1e6, lambda: progress.advance(bar), hands=2)
        asked += max(count, len(paths))
        seen.append((asked, process.memory_info().rss / 1e6))
    after_warm = next((mb for number, mb in seen if number >= WARM * requests), seen[0][1])
    return {
        "requests": asked,
        "requests_per_s": round(asked / (time.monotonic() - began), 1),
        "memory_mb": round(seen[-1][1], 1),
        "grown_mb": round(seen[-1][1] - after_warm, 1),
        "flat": seen[-1][1] - after_warm < FLAT_MB,
    }


@dataclass(frozen=True)
class Effort:
    """How much is made and asked for; see the command's options."""

    days: int
    events: int
    seconds: float
    requests: int
    pages: int
    rounds: int
    seed: int


def measure(folder: Path, effort: Effort, ros: bool, progress: Progress) -> dict[str, Any]:
    """Runs everything in `folder` and returns the figures."""
    days, events = effort.days, effort.events
    rows = events * (1 + TRAIL) + len(NAMES) * (CHECK_INS + FACTS) + days * OCCURRENCES
    bar = progress.add_task("a year", total=rows)
    year = furnish(folder, SystemClock(), days, events, effort.seed, lambda rows: progress.advance(bar, rows))
    progress.remove_task(bar)
    command = ["dolbom_nodes.host", "web", "--nodes", "pages", "--ros-args", "-p", "pages:port:=0"]
    with (
        started(command if ros else ["dolbom.bench.pages_server"], folder) as server,
        started(["dolbom.bench.bare_page"], folder) as bare,
    ):
        assert bare.stdout is not None
        bare_url, url = bare.stdout.readline().strip(), pages_url(folder, server)
        cookie = log_in(url, year.user, PASSWORD)
        paths = serving(Browser(url, cookie), places(year))
        bar = progress.add_task("pages", total=RATE * effort.seconds * 4 / 3)
        took: dict[str, list[float]] = {path: [] for path in paths}
        alone: list[float] = []
        for _ in range(2):
            # Alternating, so that what else the machine does meets both.
            alone += pace(bare_url, "", ["/"], RATE, effort.seconds / 6, lambda: progress.advance(bar))["/"]
            for path, one in pace(url, cookie, paths, RATE, effort.seconds / 2, lambda: progress.advance(bar)).items():
                took[path] += one
        progress.remove_task(bar)
        found = live(url, cookie, year, effort.pages, effort.rounds, progress)
        found |= memory(url, cookie, paths, effort.requests, psutil.Process(server.pid), progress)
    every = {path: percentiles(one) for path, one in took.items()}
    whole, plain = [ms for one in took.values() for ms in one], percentiles(alone)
    return {
        "through": "nodes" if ros else "core",
        "days": days,
        "events": year.events,
        "doses": year.doses,
        "rate": RATE,
        "p95_ms": max(one["p95_ms"] for one in every.values()),
        "p50_ms": percentiles(whole)["p50_ms"],
        "bare_p50_ms": plain["p50_ms"],
        "bare_p95_ms": plain["p95_ms"],
        "ratio": round(percentiles(whole)["p50_ms"] / plain["p50_ms"], 1),
        **found,
        "by_page": {_short(path, year): one for path, one in every.items()},
    }


def _short(path: str, year: Year) -> str:
    """The path without what differs from run to run."""
    return path.replace(year.people[0], "PERSON")


app = typer.Typer()


@app.command()
def command(
    days: Annotated[int, typer.Option(min=2, help="For how many days the robot has been there.")] = 365,
    events: Annotated[int, typer.Option(min=1000, help="How many events the home has had.")] = 200_000,
    seconds: Annotated[float, typer.Option(min=1, help="How long pages are asked for, 20 a second.")] = 60.0,
    requests: Annotated[int, typer.Option(min=100, help="After how many requests memory must be as before.")] = 10_000,
    pages: Annotated[int, typer.Option(min=1, max=90, help="How many pages stand open and live.")] = 50,
    rounds: Annotated[int, typer.Option(min=1, help="How many changes they hear of.")] = 20,
    seed: Annotated[int, typer.Option(help="Of the year.")] = 1,
    core: Annotated[bool, typer.Option("--core", help="Without ROS: the pages alone.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures for programs.")] = False,
) -> None:
    """Measure the care worker's pages with a year of data, in a folder of its own on free ports.

    The real process of the pages, asked over loopback; a year of three people, eight medicines and 200 000 events.

    Examples:  dolbom bench web   dolbom bench web --json   dolbom bench web --core --events 20000 --requests 1000
    """
    logging.getLogger("dolbom").setLevel(logging.ERROR)
    effort = Effort(days, events, seconds, requests, pages, rounds, seed)
    with (
        tempfile.TemporaryDirectory(prefix="dolbom-bench-") as folder,
        Progress(console=Console(stderr=True), transient=True) as progress,
    ):
        figures = measure(Path(folder), effort, not core, progress)
    if as_json:
        typer.echo(json.dumps(figures))
        return
    slowest = max(figures["by_page"], key=lambda path: figures["by_page"][path]["p95_ms"])
    typer.echo(
        f"pages at {RATE:.0f} a second, {figures['events']} events: p50 {figures['p50_ms']:.0f} ms, the slowest page "
        f"({slowest}) p95 {figures['p95_ms']:.0f} ms; a bare page p50 {figures['bare_p50_ms']:.1f} ms, "
        f"ratio {figures['ratio']:.1f}\n"
        f"news at {figures['pages']} open pages: at most {figures['live_ms']:.0f} ms, shown on the last after at most "
        f"{figures['shown_ms']:.0f} ms\n"
        f"memory after {figures['requests']} requests ({figures['requests_per_s']:.0f} a second): "
        f"{figures['memory_mb']:.0f} MB, {figures['grown_mb']:+.1f} MB since the first fifth"
    )
