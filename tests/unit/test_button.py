"""The help button: what counts as a call."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dolbom.safety.button import HOLD_S, HeldButton


def test_held_for_three_seconds_is_one_call_however_long_it_lasts() -> None:
    button = HeldButton()
    button.told("", True, 0.0)
    assert button.calls(2.9) == []
    button.told("", True, 2.9)  # it says again that it is pressed
    assert button.calls(3.0) == [""]
    assert button.calls(8.0) == []


def test_a_short_touch_is_no_call() -> None:
    button = HeldButton()
    button.told("", True, 0.0)
    button.told("", False, 1.0)
    assert button.calls(10.0) == []


def test_released_and_held_again_is_another_call() -> None:
    button = HeldButton()
    for start in (0.0, 20.0):
        button.told("halmoni", True, start)
        assert button.calls(start + HOLD_S) == ["halmoni"]
        button.told("halmoni", False, start + 5.0)


def test_a_lost_release_does_not_block_the_next_call() -> None:
    button = HeldButton()
    button.told("", True, 0.0)
    assert button.calls(4.0) == [""]
    assert button.calls(100.0) == []
    button.told("", True, 101.0)
    assert button.calls(104.0) == [""]


@given(st.lists(st.tuples(st.booleans(), st.floats(0.01, 2.99)), max_size=30))
def test_touches_that_are_all_shorter_than_the_hold_never_call(touches: list[tuple[bool, float]]) -> None:
    button, now = HeldButton(), 0.0
    for pressed, seconds in touches:
        button.told("", True, now) if pressed else button.told("", False, now)
        now += seconds
        assert button.calls(now) == []
        button.told("", False, now)
