"""`dolbom …`: one command line for everything; each command lives beside what it commands and is loaded when used."""

from __future__ import annotations

import importlib
import os
import sys
from typing import Any, ClassVar

import typer
import typer.core
import typer.main

from dolbom import __version__
from dolbom.errors import UserError


class LazyGroup(typer.core.TyperGroup):
    """A command group that imports a command's module only when it is asked for, so that `dolbom` starts fast."""

    modules: ClassVar[dict[str, str]] = {}

    def list_commands(self, ctx: Any) -> list[str]:
        return [*self.modules, *super().list_commands(ctx)]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        module = self.modules.get(cmd_name)
        if module is None:
            return super().get_command(ctx, cmd_name)
        leaf = importlib.import_module(module).app
        leaf._add_completion = False  # shells complete the whole line; only the root offers to install that
        command = typer.main.get_command(leaf)
        command.name = cmd_name
        return command


class EvalGroup(LazyGroup):
    modules: ClassVar[dict[str, str]] = {
        "falls": "dolbom.evaluation.falls",
        "faces": "dolbom.evaluation.faces",
        "speech": "dolbom.evaluation.speech",
        "intents": "dolbom.evaluation.intents",
        "rest": "dolbom.evaluation.rest",
        "exercise": "dolbom.evaluation.exercise",
    }


class BenchGroup(LazyGroup):
    modules: ClassVar[dict[str, str]] = {
        "perception": "dolbom_nodes.bench_perception",
        "alarm": "dolbom.bench.alarm",
        "voice": "dolbom_nodes.bench_voice",
        "web": "dolbom.bench.web",
        "sim": "dolbom.bench.sim",
    }


class RootGroup(LazyGroup):
    # Commands that talk to the running robot need ROS and live in dolbom_nodes; the core only knows their names.
    modules: ClassVar[dict[str, str]] = {
        "demo": "dolbom.runtime.demo",
        "up": "dolbom.runtime.up",
        "doctor": "dolbom.doctor",
        "weights": "dolbom.weights",
        "district": "dolbom.district.cli",
        "enrol": "dolbom.platform.enrolment",
        "events": "dolbom.platform.cli",
        "audio": "dolbom.speech.audio_cli",
        "voices": "dolbom.speech.voices_cli",
        "speech": "dolbom.speech.settings_cli",
        "faces": "dolbom.perception.faces_cli",
        "consent": "dolbom.store.consent_cli",
        "memory": "dolbom.dialog.memory_cli",
        "checkin": "dolbom.companion.checkin_cli",
        "activity": "dolbom.sensors.cli",
        "day": "dolbom.routines.day_cli",
        "routines": "dolbom.routines.cli",
        "exercise": "dolbom.exercise.cli",
        "report": "dolbom.reports.cli",
        "pages": "dolbom.web.care.cli",
        "logs": "dolbom.runtime.logs_cli",
        "simulate": "dolbom.routines.simulate_cli",
        "sim": "dolbom.simulation.cli",
        "parameters": "dolbom.runtime.parameters",
        "understand": "dolbom.dialog.understand_command",
        "say": "dolbom_nodes.say_command",
        "answer": "dolbom_nodes.answer_command",
        "chat": "dolbom_nodes.chat_command",
        "play": "dolbom_nodes.play_command",
        "sos": "dolbom_nodes.sos_command",
        "camera": "dolbom_nodes.camera_command",
        "record": "dolbom_nodes.record_command",
        "dose": "dolbom_nodes.dose_command",
        "drive": "dolbom_nodes.drive_command",
    }


app = typer.Typer(
    cls=RootGroup,
    no_args_is_help=True,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Examples:  [bold]dolbom demo[/]   [bold]dolbom doctor[/]   [bold]dolbom eval falls DIR --json[/]",
)
app.add_typer(
    typer.Typer(
        cls=EvalGroup,
        no_args_is_help=True,
        help="Measure perception and understanding on labelled footage and sentences.",
    ),
    name="eval",
)
app.add_typer(
    typer.Typer(
        cls=BenchGroup,
        no_args_is_help=True,
        help="Measure speed against a bare baseline in the same run.",
    ),
    name="bench",
)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"dolbom {__version__}")
        raise typer.Exit()


@app.callback()
def root(
    version: bool = typer.Option(False, "--version", callback=_version, is_eager=True, help="Print the version."),
) -> None:
    """dolbom (돌봄): a companion runtime for a dementia-care robot."""


def _check_words(words: list[str]) -> None:
    """Refuses what Python could not read as text (bytes that are not of the terminal's encoding)."""
    for word in words:
        try:
            word.encode()
        except UnicodeEncodeError:
            shown = word.encode("ascii", "backslashreplace").decode()
            raise UserError(f"{shown} is not UTF-8 text", "set the locale to UTF-8: LANG=C.UTF-8") from None


def main() -> None:
    """Entry point. What a person can mend (bad input, full disk, no permission) is one line, not a trace."""
    try:
        _check_words(sys.argv[1:])
        app(prog_name="dolbom")
    except (UserError, OSError) as error:
        if os.environ.get("DOLBOM_DEBUG"):
            raise
        said = str(error)
        if isinstance(error, OSError) and error.strerror:
            said = f"{error.strerror}: {error.filename}" if error.filename else error.strerror
        typer.secho(f"dolbom: {said}", fg=typer.colors.RED, err=True)
        sys.exit(2)


if __name__ == "__main__":
    main()
