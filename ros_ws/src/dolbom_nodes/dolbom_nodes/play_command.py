"""`dolbom play`: a game, in the terminal alone or by the running robot."""

from __future__ import annotations

import json
import sys
from datetime import datetime
from random import SystemRandom
from typing import Annotated, Any

import typer

from dolbom.clock import SEOUL
from dolbom.errors import UserError
from dolbom.i18n import LANGUAGES, phrase
from dolbom_nodes.commanding import Domain, Namespace, conversation

app = typer.Typer()

SCRIPTED = "happy, slow, silent or rambling"


@app.command(
    epilog="Examples:  dolbom play list   dolbom play proverbs --text   dolbom play market --text --as slow"
    "   dolbom play melody --text --speaker default   dolbom play word_chain --person 김순자"
)
def play(
    game: Annotated[str, typer.Argument(metavar="GAME", help="Which game; list: names them all.")],
    text: Annotated[bool, typer.Option("--text", help="In this terminal, without the robot.")] = False,
    person: Annotated[str, typer.Option(help="Name or id of who plays; what is known of them counts.")] = "",
    seed: Annotated[int | None, typer.Option(help="Of everything left to chance; else a new one each time.")] = None,
    lang: Annotated[str, typer.Option(help="ko or en.")] = "ko",
    rounds: Annotated[int, typer.Option(min=0, max=40, help="So many rounds; 0: as many as the game has.")] = 0,
    scripted: Annotated[str, typer.Option("--as", help=f"With --text: {SCRIPTED} plays instead of you.")] = "",
    speaker: Annotated[
        str,
        typer.Option(help="With --text: sound the tunes on this speaker (default, a part of its name, a WAV file)."),
    ] = "",
    namespace: Namespace = "",
    domain: Domain = None,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Play a game. With --text here, by typing (an empty line: silence; Ctrl-D: the end); else the running robot plays
    it with whoever is there, and this shows how it goes."""
    from dolbom.games.catalogue import game as game_of

    if lang not in LANGUAGES:
        raise UserError(f"no language {lang!r}", f"there are {', '.join(LANGUAGES)}")
    if game == "list":
        _list(lang, as_json)
        return
    game_of(game)
    if scripted and not text:
        raise UserError("--as plays in the terminal only", "add --text")
    if speaker and not text:
        raise UserError("--speaker is for the terminal", "the robot sounds through its own; add --text")
    if scripted and person:
        raise UserError("a scripted player is nobody whose games are kept", "leave --person or --as out")
    chosen = SystemRandom().randrange(2**31) if seed is None else seed
    if text:
        _in_terminal(game, person, chosen, lang, rounds, scripted, speaker, as_json)
    else:
        _by_robot(game, person, chosen if seed is not None else 0, rounds, namespace, domain, as_json)


def _list(lang: str, as_json: bool) -> None:
    from dolbom.games.catalogue import games, items

    found = [
        {"game": name, "title": phrase(lang, f"games.names.{name}"), "domain": one.domain,
         "items": len(items(name, lang)), "rounds": one.rounds}
        for name, one in games().items()
    ]  # fmt: skip
    if as_json:
        print(json.dumps(found, ensure_ascii=False))
        return
    for row in found:
        kind = phrase(lang, f"games.domains.{row['domain']}")
        print(f"{row['game']:13} {row['title']}  ({kind}; {row['items']})")


def _in_terminal(
    game: str, person: str, seed: int, lang: str, rounds: int, scripted: str, speaker: str, as_json: bool
) -> None:
    from dolbom.clock import SystemClock
    from dolbom.dialog.intents import Understanding
    from dolbom.games.at_table import PERSONAS, AtTable, Reply, at_the_table, persona
    from dolbom.games.playing import Playing
    from dolbom.speech.tune_player import TunePlayer

    if scripted and scripted not in PERSONAS:
        raise UserError(f"nobody is called {scripted!r}", f"there are {', '.join(PERSONAS)}")
    # Somebody scripted plays at a time of their own, so that the same seed gives the same words on any day.
    at = datetime(2026, 11, 26, 10, 30, tzinfo=SEOUL) if scripted else SystemClock().civil()

    def typed(question: str) -> str | None:  # noqa: ARG001
        return input("> " if sys.stdin.isatty() else "").strip() or None

    def replies(playing: Playing, question: str) -> str | None:  # noqa: ARG001
        return typed(question)

    def shown(who: str, words: str) -> None:
        if as_json:
            print(json.dumps({"who": who, "text": words}, ensure_ascii=False), flush=True)
        elif who != "person":
            print(phrase(lang, "voice.robot_line", text=words), flush=True)
        elif scripted or not sys.stdin.isatty():
            print(phrase(lang, "voice.person_line", text=words), flush=True)

    reply: Reply = persona(scripted, lang, seed) if scripted else replies
    player = TunePlayer(speaker)
    table: AtTable = at_the_table(
        game, reply, Understanding(), at, lang, seed=seed, rounds=rounds or None, person=person, shown=shown,
        sounded=player.play, to_safety=None if scripted else typed,
    )  # fmt: skip
    player.check()
    try:
        table.play()
    except (EOFError, KeyboardInterrupt):
        table.leave()
    finally:
        player.close()
    if as_json:
        for data in table.told:
            print(json.dumps({"who": "district", "kind": data.kind, "data": data.model_dump(mode="json")}), flush=True)


def _by_robot(
    game: str, person: str, seed: int, rounds: int, namespace: str, domain: int | None, as_json: bool
) -> None:
    from dolbom_msgs.action import Play

    from dolbom.store.base import open_store
    from dolbom.store.people import People
    from dolbom_nodes.play_client import ask_robot

    who = People(open_store()).find(person) if person else ""

    def progress(feedback: Any) -> None:
        told = {"stage": feedback.stage, "round": feedback.round, "of": feedback.of, "grade": feedback.grade}
        if as_json:
            print(json.dumps(told), flush=True)
        elif feedback.stage == "round":
            print(f"{feedback.round}/{feedback.of}  {feedback.grade}", flush=True)
        else:
            print(feedback.stage, flush=True)

    with conversation(namespace, domain) as robot:
        goal = Play.Goal(kind="game", name=game, person=who, seed=seed, rounds=rounds)
        result = ask_robot(robot, goal, progress)
    if as_json:
        print(json.dumps(result))
    else:
        print(f"{result['ended']}, {result['rounds']} rounds, enjoyed: {result['enjoyed']}")
