"""`dolbom chat`: talking with the robot in the terminal, without sound."""

from __future__ import annotations

import contextlib
import json
import queue
import sys
import threading
from typing import Annotated

import typer

from dolbom.errors import UserError
from dolbom.i18n import LANGUAGES, phrase
from dolbom_nodes.commanding import Domain, Namespace, conversation

PROMPT = "> "

app = typer.Typer()


class Keyboard:
    """Lines from the terminal or a pipe, read in a thread of their own."""

    def __init__(self, *, asks: bool) -> None:
        self.lines: queue.Queue[str | None] = queue.Queue()
        self._asks = asks
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        if self._asks:
            with contextlib.suppress(ImportError):
                import readline  # noqa: F401 (line editing and history for input())
        while True:
            try:
                line = input(PROMPT) if self._asks else next(sys.stdin)
            except (EOFError, StopIteration, ValueError):
                self.lines.put(None)
                return
            self.lines.put(line.strip())


@app.command(epilog="Examples:  dolbom chat   dolbom chat --lang en   echo '지금 몇 시야' | dolbom chat --json")
def chat(
    lang: Annotated[str, typer.Option(help="ko or en: the language that is typed.")] = "ko",
    wait: Annotated[float, typer.Option(min=0, max=120, help="Of a pipe: wait this long for a reply, seconds.")] = 8.0,
    namespace: Namespace = "",
    domain: Domain = None,
    humans: Annotated[str, typer.Option(help="Where the robot's voices are (its parameter `humans`).")] = "/humans",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object a line for all that is said.")] = False,
) -> None:
    """Talk with the running robot by typing; end with Ctrl-D. What is typed counts as said to the robot."""
    if lang not in LANGUAGES:
        raise UserError(f"no language {lang!r}", f"there are {', '.join(LANGUAGES)}")

    from dolbom_nodes.typist import TYPED, Typist

    asks = sys.stdin.isatty() and not as_json
    with conversation(namespace, domain) as robot, contextlib.suppress(KeyboardInterrupt):
        typist = Typist(robot, humans)
        shown = replies = 0

        def show() -> None:
            nonlocal shown, replies
            for said in typist.said[shown:]:
                shown += 1
                replies += said.speaker == "robot"
                if as_json:
                    line = {"speaker": said.speaker, "text": said.text, "lang": said.lang, "question": said.question}
                    print(json.dumps(line, ensure_ascii=False), flush=True)
                elif said.speaker == "robot":
                    _print(phrase(lang, "voice.robot_line", text=said.text), asks)
                elif said.speaker != TYPED:
                    _print(phrase(lang, "voice.person_line", text=said.text), asks)

        keyboard = Keyboard(asks=asks)
        while True:
            robot.wait(lambda: not keyboard.lines.empty() or len(typist.said) > shown, 0.2)
            show()
            if keyboard.lines.empty():
                continue
            if (text := keyboard.lines.get()) is None:
                break
            if not text:
                continue
            before = replies
            typist.type(text, lang)
            show()
            if not asks:
                # A program's next line follows the reply, as a person's would.
                robot.wait(lambda: show() or replies > before, wait)  # noqa: B023 (called before the next turn)
        if asks:
            print()


def _print(line: str, asks: bool) -> None:
    if not asks:
        print(line, flush=True)
        return
    import readline

    # Over the prompt, which comes back below with whatever was typed so far.
    print(f"\r\x1b[K{line}\n{PROMPT}{readline.get_line_buffer()}", end="", flush=True)
