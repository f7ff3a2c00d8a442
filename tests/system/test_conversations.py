"""Golden conversations: each file of tests/conversations is replayed and must come out as written.

They run on the cores of the companion, the voice and safety together, with the understanding of the product.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from dolbom.companion.replay import Replay
from dolbom.dialog.intents import Understanding
from dolbom.errors import UserError

GOLDEN = sorted((Path(__file__).parents[1] / "conversations").glob("*/*.md"))
BLOCK = re.compile(r"```\n(.*?)```", re.DOTALL)


@pytest.fixture(scope="module")
def understanding() -> Understanding:
    return Understanding()


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_the_conversation_comes_out_as_it_is_written(path: Path, understanding: Understanding) -> None:
    text = path.read_text(encoding="utf-8")
    found = BLOCK.search(text)
    assert found is not None
    replayed = Replay(path.parent.name, understanding).run(found[1])
    if os.environ.get("DOLBOM_REWRITE_GOLDEN"):  # after a change that was meant; read the diff
        path.write_text(text[: found.start(1)] + replayed + text[found.end(1) :], encoding="utf-8")
    assert replayed == BLOCK.search(path.read_text(encoding="utf-8"))[1]  # type: ignore[index]


def test_the_same_conversation_gives_the_same_decisions(understanding: Understanding) -> None:
    lines = '0 says "돌봄아 카메라 꺼 줘"\n4 says "네"\n20 remind medicine "약이에요." "드셨어요?" yes no\n60 nothing\n'
    assert Replay("ko", understanding).run(lines) == Replay("ko", understanding).run(lines)


@pytest.mark.parametrize("line", ["0 dances", "hello", "0 says", "0 fall up"])
def test_a_line_that_cannot_be_read_is_named(line: str, understanding: Understanding) -> None:
    with pytest.raises(UserError, match="line 2 of the conversation"):
        Replay("ko", understanding).run(f"0 nothing\n{line}\n")
