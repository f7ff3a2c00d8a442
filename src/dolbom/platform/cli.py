"""`dolbom events`: what is in this home's outbox, and how far each event has come."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

if TYPE_CHECKING:
    from dolbom.platform.outbox import Entry

app = typer.Typer()

POLL_S = 0.5
_COLOURS = {"alarm": "bold red", "warning": "yellow", "notice": "cyan", "info": "dim"}
_STATES = {"pending": "waits", "sent": "sent, no receipt yet", "received": "received by the district"}


@app.command()
def events(
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="How many of the newest.")] = 50,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on with what comes, until Ctrl-C.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """List this home's care events and how far each has come: pending, sent, received, acknowledged, closed.

    Examples:  dolbom events   dolbom events --json --limit 1000   dolbom events --follow
    """
    from dolbom.platform.outbox import Outbox
    from dolbom.store.base import open_store

    store = open_store()
    try:
        outbox = Outbox(store)
        shown = {entry.seq: entry for entry in outbox.entries(limit=limit)}
        for entry in shown.values():
            _show(entry, as_json)
        if not shown and not as_json and not follow:
            typer.echo("no events yet", err=True)
        while follow:
            time.sleep(POLL_S)
            # What is new, and what came further since it was shown.
            for entry in outbox.entries(limit=limit):
                if shown.get(entry.seq) != entry:
                    _show(entry, as_json)
                shown[entry.seq] = entry
    except KeyboardInterrupt:
        pass
    finally:
        store.close()


def _show(entry: Entry, as_json: bool) -> None:
    if as_json:
        line: dict[str, Any] = {
            "id": str(entry.id),
            "kind": entry.kind,
            "severity": entry.severity.value,
            "time": entry.at.isoformat(),
            "state": entry.state.value,
            "tries": entry.tries,
            "received_at": entry.received_at.isoformat() if entry.received_at else None,
            "by": entry.by,
            "note": entry.note,
        }
        typer.echo(json.dumps(line, ensure_ascii=False))
        return
    state = _STATES.get(entry.state.value, f"{entry.state.value} by {entry.by}")
    line_text = Text.assemble(
        (f"{entry.at.astimezone():%m-%d %H:%M:%S}  ", "dim"),
        (f"{entry.severity.value:8}", _COLOURS[entry.severity.value]),
        f"{entry.kind:22}",
        (state, "green" if entry.received_at else "yellow"),
        (f"  {entry.tries} tries" if entry.tries > 1 else "", "dim"),
        (f"  {entry.id}", "dim"),
    )
    Console().print(line_text, soft_wrap=True)
