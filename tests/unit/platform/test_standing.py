"""What the district wants of the home: kept once, over a restart, withdrawn for good, refused when it is nonsense."""

from __future__ import annotations

import itertools
import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from tests.unit.platform.conftest import NOW

from dolbom.events import new_id
from dolbom.platform import standing
from dolbom.platform.messages import COMMAND, Campaign, Notice
from dolbom.store.base import Store, open_store

TEXTS = {"ko": {"what": "지진이 났어요.", "instruction": "식탁 아래로 들어가세요."}}


def campaign(**other: Any) -> Campaign:
    said = {
        "id": new_id(), "kind": "campaign", "campaign_id": new_id(), "texts": TEXTS, "made_at": NOW,
        "deadline": NOW + timedelta(minutes=30),
    }  # fmt: skip
    return Campaign.model_validate({**said, **other})


def notice(made_at: datetime = NOW, **other: Any) -> Notice:
    said = {
        "id": new_id(), "kind": "notice", "notice_id": new_id(), "texts": {"ko": "오늘은 비가 와요."},
        "made_at": made_at, "until": NOW + timedelta(hours=9),
    }  # fmt: skip
    return Notice.model_validate({**said, **other})


def keep(store: Store, message: Campaign | Notice, now: datetime = NOW) -> str:
    with store.writing() as session:
        return standing.keep(session, message, now)


def test_a_campaign_stands_over_a_restart_until_its_deadline(store: Store, tmp_path: Path) -> None:
    asked = campaign()
    assert keep(store, asked) == ""
    store.close()
    again = open_store(tmp_path / "home.db")
    assert standing.campaigns(again, NOW) == [asked]
    assert standing.campaigns(again, asked.deadline) == []
    again.close()


def test_a_withdrawal_wins_whatever_the_order_of_coming(store: Store) -> None:
    for order in itertools.permutations((False, True, False)):
        id = new_id()
        for withdrawn in order:
            assert keep(store, campaign(campaign_id=id, withdrawn=withdrawn)) == ""
        assert standing.campaigns(store, NOW) == []


def test_the_talk_about_a_campaign_is_kept_and_no_copy_of_it_begins_anew(store: Store) -> None:
    asked = campaign()
    keep(store, asked)
    standing.set_talk(store, asked.campaign_id, {"stage": "told"})
    keep(store, asked.model_copy(update={"id": new_id()}))
    assert standing.talk(store, asked.campaign_id) == {"stage": "told"}
    standing.set_talk(store, new_id(), {"stage": "told"})


def test_what_comes_after_its_deadline_or_in_a_flood_is_refused(store: Store) -> None:
    assert "deadline has passed" in keep(store, campaign(deadline=NOW))
    for _ in range(standing.MOST):
        assert keep(store, campaign()) == ""
    assert "stand already" in keep(store, campaign())


def test_the_last_notice_stands_until_it_is_over_or_withdrawn(store: Store) -> None:
    morning, noon = notice(), notice(NOW + timedelta(hours=3))
    keep(store, noon)
    keep(store, morning)
    assert standing.notice(store, NOW) == noon, "whichever comes first"
    assert standing.notice(store, noon.until) is None
    keep(store, noon.model_copy(update={"id": new_id(), "withdrawn": True}))
    assert standing.notice(store, NOW) is None, "an older one does not come back"


@pytest.mark.parametrize(
    "words", ["", "   ", "가" * 201, "a\nb", "a\x00b", "a\x1b[2Jb", "abc\u202edcba", "\u200bhidden", "a\u2028b"]
)
def test_text_that_is_empty_too_long_or_hides_something_is_refused(words: str) -> None:
    with pytest.raises(ValidationError):
        campaign(texts={"ko": {"what": words, "instruction": "나가세요."}})
    with pytest.raises(ValidationError):
        notice(texts={"en": words})


@pytest.mark.parametrize(
    "wrong",
    [
        {"texts": {}}, {"texts": {"fr": {"what": "x", "instruction": "y"}}}, {"deadline": "2026-11-22T03:00:00"},
        {"campaign_id": "1"}, {"area": "가" * 81}, {"more": 1},
    ],
)  # fmt: skip
def test_a_malformed_campaign_is_refused_on_the_wire(wrong: dict[str, Any]) -> None:
    wire = json.loads(campaign().to_json())
    assert isinstance(COMMAND.validate_json(json.dumps(wire)), Campaign)
    with pytest.raises(ValidationError):
        COMMAND.validate_json(json.dumps({**wire, **wrong}))
