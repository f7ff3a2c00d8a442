"""Takes docs/pictures/robot_game_odd.png: python -m tests.web.picture_of_the_drawn_difference [PATH [LANG]]"""

from __future__ import annotations

import sys
from pathlib import Path

from tests.web.picture_of_the_robot_page import pictured
from tests.web.test_robot_page import Served

from dolbom.i18n import catalogue
from dolbom.web.board import Line


def main() -> None:
    path = Path(sys.argv[1] if len(sys.argv) > 1 else "docs/pictures/robot_game_odd.png")
    lang = sys.argv[2] if len(sys.argv) > 2 else "ko"
    words = catalogue(lang, "games")["pictures"]
    served = Served()
    board = served.board
    board.time("2026-11-25T14:20")
    board.microphone("on")
    board.doing("listening")
    question, at = words["differs"][0], "2026-11-25T14:19:48+09:00"
    board.said(Line("robot", question, at, True, lang, "row-house-house__less-house", tuple(words["places"])))
    pictured(served, lang, path)
    served.stop()


if __name__ == "__main__":
    main()
