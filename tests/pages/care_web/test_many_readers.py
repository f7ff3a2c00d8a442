"""What many ask for is made once, and nobody is shown what is no longer so."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

from tests.pages.care_web.conftest import LogIn
from tests.web.care_pages import add_person, add_routine, settle

from dolbom.routines.decisions import Decisions
from dolbom.routines.due import State
from dolbom.routines.history import Entry
from dolbom.routines.persistence import Ledger
from dolbom.store.people import Consent, Purpose
from dolbom.web.care.home import CareHome
from dolbom.web.care.shared import Shared

FRAGMENT = {"HX-Request": "true"}


def test_who_comes_while_it_is_made_waits_for_it_and_a_change_makes_it_anew() -> None:
    made: list[int] = []
    state, begun = [0], threading.Event()
    shared = Shared[int](lambda: state[0], fresh_s=60)

    def make() -> int:
        begun.wait(5)
        made.append(state[0])
        return state[0]

    with ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(shared.get, "key", make) for _ in range(8)]
        begun.set()
        assert [one.result() for one in asked] == [0] * 8
    assert made == [0]
    state[0] = 1
    assert shared.get("key", make) == 1
    assert shared.get("other", make) == 1
    assert made == [0, 1, 1]
    assert Shared[int](lambda: 0, fresh_s=0).get("key", lambda: 7) == 7


def test_two_open_pages_get_the_same_day_each_with_the_token_of_its_own_login(log_in: LogIn, home: CareHome) -> None:
    sunhee, hana = log_in("sunhee"), log_in("hana")
    other = log_in("sunhee")
    pages = [one.client.get("/", headers=FRAGMENT).text for one in (sunhee, other, hana)]
    for browser, page in zip((sunhee, other, hana), pages, strict=True):
        assert f'value="{browser.csrf}"' in page
    assert pages[0].replace(sunhee.csrf, "") == pages[1].replace(other.csrf, "")
    assert sunhee.post("/camera", to="off")[0] == 303
    settle(home, "check", "2026-11-25T10:30", State.REFUSED, home.routines.people.ids()[0])
    assert "안 하신다고 함" in other.client.get("/", headers=FRAGMENT).text, "what changed shows at once"


def count(home: CareHome, what: str, person: str, **fields: object) -> None:
    entry = Entry.model_validate({"at": home.now(), "what": what, "medicine": "heart", "person": person} | fields)
    Ledger(home.store, lambda _event, _session: None, lambda: False).write(Decisions(entries=[entry]))


def test_what_is_left_is_read_on_and_counted_anew_when_somebody_was_forgotten(home: CareHome) -> None:
    first = home.routines.people.ids()[0]
    second = add_person(home, "박영수 님")
    count(home, "supplied", first, count=30)
    assert home.supplies.left() == {"heart": 30}
    for number, person in enumerate((first, first, second)):
        due = f"heart@2026-11-2{number}T09:00@{person}"
        count(home, "settled", person, due=due, state=State.TAKEN, count=1, local=datetime(2026, 11, 20, 9))  # noqa: DTZ001
        assert home.supplies.left() == {"heart": 29 - number}
    home.routines.people.forget([second], "test", home.now())
    assert home.supplies.left() == {"heart": 28}


def test_a_new_name_and_a_changed_routine_are_seen_at_once(home: CareHome) -> None:
    person = home.routines.people.ids()[0]
    assert home.names() == {person: "김순자 님"}
    home.routines.people.rename(person, "순자 할머니")
    assert home.names() == {person: "순자 할머니"}
    home.routines.people.consent(person, Consent(Purpose.MOOD, "herself", home.now() - timedelta(days=1)))
    today = home.today()
    before = len(home.occurrences(today, today))
    add_routine(home, id="walk", kind="exercise", title="산책", schedule={"at": ["15:00", "16:00"]})
    assert len(home.occurrences(today, today)) == before + 2
    assert "walk" in [one.id for one in home.listed()]
    home.routines.remove("walk", home.now(), "hana")
    assert "walk" not in [one.id for one in home.listed()]
    assert "walk" in [one.id for one in home.listed(removed=True)]
