"""What is said to a robot that drives."""

from __future__ import annotations

import pytest

from dolbom.drives.words import order

ORDERS = {
    "away": {
        "ko": ["오지 마", "가까이 오지 마세요", "저리 가", "저리 좀 가", "저쪽으로 가", "비켜", "따라오지 마",
               "나 혼자 있고 싶어", "다가오지 말아", "물러나"],
        "en": ["go away", "stay away", "Don't come", "do not come any closer", "leave me alone", "keep off", "get back",
               "don't you come near me", "out of my way"],
    },
    "stop": {
        "ko": ["멈춰", "멈춰!", "서라", "거기 서", "가만히 있어", "움직이지 마", "그만", "그만 와",
               "가지 마", "스톱", "정지"],
        "en": ["stop", "Stop right there!", "halt", "stay there", "wait there", "don't move", "freeze"],
    },
    "come": {
        "ko": ["이리 와", "이리 좀 와 봐", "일로 와", "내 옆으로 와", "가까이 와", "이리 온나"],
        "en": ["come here", "come over here please", "come closer", "come to me"],
    },
    "": {
        "ko": ["밥 먹었어", "오늘 비가 오지", "딸이 온대", "약 먹을게", "저기 가게가 있어", "살려줘", "도와줘",
               "누구세요", "", "네"],
        "en": ["I had lunch", "is it raining", "my daughter is coming", "help me", "what time is it", "", "yes"],
    },
}  # fmt: skip


@pytest.mark.parametrize(
    ("meant", "lang", "text"),
    [(meant, lang, text) for meant, by_lang in ORDERS.items() for lang, texts in by_lang.items() for text in texts],
)
def test_an_order_is_taken_as_it_is_meant(meant: str, lang: str, text: str) -> None:
    assert order(text, lang) == meant


def test_what_sends_it_away_goes_before_what_calls_it() -> None:
    assert order("이리 와 아니 오지 마", "ko") == "away"
    assert order("come here, no, stop", "en") == "stop"
