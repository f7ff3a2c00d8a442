"""Safety's decisions as conversations: each file of golden/ is replayed and must come out as written."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from dolbom.errors import UserError
from dolbom.safety.replay import Replay

GOLDEN = sorted((Path(__file__).parent / "golden").glob("*.md"))
BLOCK = re.compile(r"```\n(.*?)```", re.DOTALL)


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_the_conversation_comes_out_as_it_is_written(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    found = BLOCK.search(text)
    assert found is not None
    replayed = Replay().run(found[1])
    if os.environ.get("DOLBOM_REWRITE_GOLDEN"):  # after a change that was meant; read the diff
        path.write_text(text[: found.start(1)] + replayed + text[found.end(1) :], encoding="utf-8")
    assert replayed == BLOCK.search(path.read_text(encoding="utf-8"))[1]  # type: ignore[index]


@pytest.mark.parametrize("line", ["0 fall", "0 fall b1 flying", "0 dance", "hello", "0 acknowledged"])
def test_a_line_that_cannot_be_read_is_named(line: str) -> None:
    with pytest.raises(UserError, match="line 2 of the replay"):
        Replay().run(f"0 nothing\n{line}\n")
