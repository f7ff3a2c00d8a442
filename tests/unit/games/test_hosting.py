"""Games in a home: begun when asked for, due or offered; kept only with consent; a change told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from dolbom.clock import SEOUL
from dolbom.companion.decisions import Emit, Say
from dolbom.companion.observations import Answered, Moment, Outcome, Seen, Tick
from dolbom.companion.replies import Turn
from dolbom.dialog.intents import Understanding, Understood
from dolbom.errors import UserError
from dolbom.events import GameChanged
from dolbom.games.catalogue import games, items
from dolbom.games.hosting import Games, Wish, named_game
from dolbom.games.offering import is_welcome, learn, may_offer, offered, pick
from dolbom.games.parameters import GameParameters
from dolbom.games.player import Attempt, Played, Player, Sitting, Tally
from dolbom.games.playing import Playing
from dolbom.games.spacing import Spaced
from dolbom.games.usual import efforts
from dolbom.store.base import open_store
from dolbom.store.diary import KEPT
from dolbom.store.games import GameStore
from dolbom.store.memory import MemoryStore
from dolbom.store.people import Consent, Purpose

AT = datetime(2026, 11, 26, 14, 0, tzinfo=SEOUL)


@dataclass
class Home:
    memory: MemoryStore
    store: GameStore
    person: str
    now: float = 0.0

    def at(self) -> Moment:
        return Moment(self.now, AT + timedelta(seconds=self.now))

    def games(self, **more: object) -> Games:
        understanding = Understanding(morphemes=None)
        return Games(
            self.store,
            lambda: understanding,
            lambda person: "어르신",
            "ko",
            chance=Random(1),
            **more,  # type: ignore[arg-type]
        )

    def tick(self, source: Games, seconds: float = 0.0, *, seen: bool = True) -> Playing | None:
        self.now += seconds
        if seen:
            source(Seen(self.at(), self.person))
        found = source(Tick(self.at()))
        assert found is None or isinstance(found, Playing)
        return found


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    store = open_store(tmp_path / "home.db")
    memory = MemoryStore(store, tmp_path / "keys" / "faces.key")
    person = memory.people.add("김순자", Consent(Purpose.GAMES, "herself", AT - timedelta(days=1)), AT)
    yield Home(memory, GameStore(memory), person)
    store.close()


def sitting(
    person: str | None, begun: datetime, grades: list[float], game: str = "proverbs", **more: object
) -> Sitting:
    item = items(game, "ko")[0].id
    rounds = [
        Played(
            item=item, at=begun, grade="right" if one else "told", difficulty=0.0, tries=[Attempt(help=0, share=one)]
        )
        for one in grades
    ]
    made = Sitting(id=f"{begun.isoformat()}", person=person, game=game, begun=begun, rounds=rounds, ended="complete")
    return made.model_copy(update=more)


# --- kept -------------------------------------------------------------------------------------------------------------


def test_what_is_kept_is_sealed_read_back_and_goes_with_the_consent(home: Home, tmp_path: Path) -> None:
    player = Player(own={"고향이 어디시지요?": "전라도 남원"}, facts={"a": Spaced(gap=2)})
    assert home.store.keep(player, home.person, AT, sitting(home.person, AT, [1, 0]))
    assert home.store.choose(home.person, AT, None, [], {"고향이 어디시지요?": "전라도 남원"})
    assert home.store.state(home.person, AT).own == player.own
    assert [len(one.rounds) for one in home.store.entries(home.person, AT)] == [2]
    raw = (tmp_path / "home.db").read_bytes() + (tmp_path / "home.db-wal").read_bytes()
    assert "남원".encode() not in raw
    home.memory.people.new_key()
    assert home.store.state(home.person, AT).facts["a"].gap == 2
    home.memory.people.withdraw(home.person, AT, Purpose.GAMES)
    assert home.store.state(home.person, AT) == Player()
    assert home.store.entries(home.person, AT) == []
    assert not home.store.keep(player, home.person, AT)
    assert home.store.purge(AT) == 2
    assert home.store.purge(AT) == 0


def test_who_is_forgotten_takes_their_games_along(home: Home) -> None:
    home.store.keep(Player(), home.person, AT, sitting(home.person, AT, [1]))
    home.memory.people.forget([home.person], "nurse", AT)
    assert home.store.purge(AT) == 0


def test_old_sittings_end(home: Home) -> None:
    home.store.keep(Player(), home.person, AT, sitting(home.person, AT, [1]))
    home.memory.people.consent(home.person, Consent(Purpose.GAMES, "herself", AT))
    assert home.store.purge(AT + KEPT + timedelta(days=1)) == 1


def test_what_staff_chose_meanwhile_is_not_written_over_by_a_game_that_goes_on(home: Home) -> None:
    player = home.store.state(home.person, AT)
    assert home.store.choose(home.person, AT, ["proverbs"], ["바다"], {})
    player.lately = ["proverbs/x"]
    home.store.keep(player, home.person, AT)
    kept = home.store.state(home.person, AT)
    assert (kept.chosen, kept.avoid, kept.lately) == (["proverbs"], ["바다"], ["proverbs/x"])


def test_what_was_kept_before_nobody_could_be_kept_from_playing_means_the_same_now(home: Home) -> None:
    old = Player().model_dump(mode="json", exclude={"chosen"})
    assert Player.model_validate(old | {"games": []}).chosen is None, "an empty list was everything"
    assert Player.model_validate(old | {"games": ["melody"]}).chosen == ["melody"]
    assert home.store.choose(home.person, AT, [], [], {})
    assert home.store.state(home.person, AT).chosen == [], "and now it is nothing"
    assert not any(home.store.state(home.person, AT).may_play(game) for game in games())


# --- begun ------------------------------------------------------------------------------------------------------------


def test_a_wish_is_begun_at_the_next_tick_and_only_one_game_at_a_time(home: Home) -> None:
    source = home.games()
    source.want(Wish("proverbs", home.person, seed=1, rounds=1))
    source.want(Wish("market", home.person))
    playing = home.tick(source)
    assert playing is not None
    assert playing.sitting.game == "proverbs"
    assert home.tick(source, 60) is None
    playing.done = True
    second = home.tick(source, 1)
    assert second is not None
    assert second.sitting.game == "market"


def test_a_game_that_there_is_not_is_refused(home: Home) -> None:
    with pytest.raises(UserError, match="no game 'chess'"):
        home.games().want(Wish("chess"))


def test_who_asks_for_a_game_by_name_gets_it_and_after_many_a_rest_is_proposed(home: Home) -> None:
    source = home.games(parameters=GameParameters(a_day=1))
    turn = Turn(home.at(), Understood("끝말잇기 하자", "ko", "play_game", 0.9, "act"), home.person)
    assert source.replies()["play_game"](turn) == []
    playing = home.tick(source)
    assert playing is not None
    assert (playing.sitting.game, playing.sitting.wanted) == ("word_chain", True)
    home.store.keep(Player(), home.person, AT, sitting(home.person, home.at().civil, [1]))
    [said] = source.replies()["play_game"](turn)
    assert isinstance(said, Say)


def ask_for(source: Games, home: Home, said: str) -> list[object]:
    turn = Turn(home.at(), Understood(said, "ko", "play_game", 0.9, "act"), home.person)
    return list(source.replies()["play_game"](turn))


def test_who_asks_for_a_game_that_they_may_not_play_is_kindly_given_another(home: Home) -> None:
    home.store.choose(home.person, AT, ["melody"], [], {})
    source = home.games()
    [said] = ask_for(source, home, "장보기 놀이 하자")
    assert isinstance(said, Say)
    assert said.text == "그 놀이는 쉬고, 저랑 노래와 추억 해 봐요."
    playing = home.tick(source)
    assert playing is not None
    assert playing.sitting.game == "melody"
    assert ask_for(source, home, "노래와 추억 하자") == []


@pytest.mark.parametrize(
    ("said", "next"), [("끝말잇기 하자", {"word_chain"}), ("다른 놀이 하자", set(games()) - {"market"})]
)
def test_who_wants_another_game_gets_it_when_this_one_has_ended(home: Home, said: str, next: set[str]) -> None:
    source = home.games()
    source.want(Wish("market", home.person))
    playing = home.tick(source)
    assert playing is not None
    playing.start(home.at())
    done = playing.answered(Answered(home.at(), "c", Outcome.ANSWERED, heard=said))
    assert [one.text for one in done if isinstance(one, Say)] == ["네, 그럼 다른 놀이를 해요."]
    after = home.tick(source)
    assert after is not None and after.sitting.game in next


def test_who_may_play_nothing_is_offered_a_chat_and_a_wish_of_others_ends(home: Home) -> None:
    home.store.choose(home.person, AT, [], [], {})
    source = home.games()
    for words in ("끝말잇기 하자", "놀이하자"):
        [said] = ask_for(source, home, words)
        assert isinstance(said, Say)
        assert said.text == "놀이는 쉬고, 저랑 이야기해요."
    ended: list[Sitting] = []
    source.want(Wish("market", home.person, offer=True, ended=ended.append))
    assert home.tick(source) is None
    assert [one.ended for one in ended] == ["nothing"]
    assert offers_in(home, 4, source) == []


def test_a_routine_or_a_command_does_not_play_what_somebody_may_not(home: Home) -> None:
    home.store.choose(home.person, AT, ["proverbs"], [], {})
    source = home.games()
    source.want(Wish("market", home.person, offer=True))
    playing = home.tick(source)
    assert playing is not None
    assert playing.sitting.game == "proverbs"


def test_a_broken_off_game_that_was_taken_from_the_list_meanwhile_is_not_taken_up(home: Home) -> None:
    home.store.keep(Player(), home.person, AT, sitting(home.person, AT - timedelta(minutes=5), [1, 1], ended=""))
    home.store.choose(home.person, AT, ["melody"], [], {})
    source = home.games()
    assert [home.tick(source, 31) for _ in range(2)] == [None, None]


@pytest.mark.parametrize(
    ("said", "game"),
    [("속담 놀이 하자", "proverbs"), ("끝말 잇기 할까", "word_chain"), ("장보기 놀이", "market"), ("심심해", "")],
)
def test_a_game_is_known_by_its_name(said: str, game: str) -> None:
    assert named_game(said, "ko") == game


def test_of_several_who_are_there_nobody_is_guessed(home: Home) -> None:
    source = home.games()
    other = home.memory.people.add("박영수", Consent(Purpose.GAMES, "himself", AT - timedelta(days=1)), AT)
    source(Seen(home.at(), other))
    source.want(Wish("proverbs"))
    playing = home.tick(source)
    assert playing is not None
    assert playing.person is None


def test_a_game_that_a_restart_broke_off_is_offered_again_and_an_old_one_has_ended(home: Home) -> None:
    fresh = sitting(home.person, AT - timedelta(minutes=5), [1, 1], ended="")
    home.store.keep(Player(), home.person, AT, fresh)
    source = home.games()
    assert home.tick(source) is None, "whoever is there is greeted first"
    playing = home.tick(source, 31)
    assert playing is not None
    [asked] = playing.start(home.at())
    assert "아까 하던 속담 잇기" in asked.text  # type: ignore[union-attr]
    assert len(playing.sitting.rounds) == 2
    old = sitting(home.person, AT - timedelta(hours=3), [1], ended="")
    fresh.ended = "complete"
    for one in (fresh, old):
        home.store.keep(Player(), home.person, AT, one)
    source = home.games()
    assert [home.tick(source, 31) for _ in range(2)] == [None, None]
    assert {one.ended for one in home.store.entries(home.person, AT)} == {"complete", "broken_off"}


# --- offered ----------------------------------------------------------------------------------------------------------


def offers_in(home: Home, hours: float, source: Games) -> list[Playing]:
    found = []
    for _ in range(int(hours * 120)):
        playing = home.tick(source, 30)
        if playing is not None:
            found.append(playing)
            playing.done = True
    return found


def test_a_game_is_offered_to_who_is_there_and_consents_and_not_too_often(home: Home) -> None:
    found = offers_in(home, 4, home.games())
    assert 1 <= len(found) <= 2
    assert all(not one.sitting.wanted and one.person == home.person for one in found)


def test_nothing_is_offered_to_who_is_not_there_does_not_consent_or_at_night(home: Home) -> None:
    source = home.games()
    for _ in range(240):
        assert home.tick(source, 60, seen=False) is None
    home.now = 8 * 3600.0
    assert offers_in(home, 3, source) == []
    home.memory.people.withdraw(home.person, AT, Purpose.GAMES)
    home.now = 0
    assert offers_in(home, 3, home.games()) == []


def test_whoever_just_came_in_is_offered_nothing_yet(home: Home) -> None:
    source = home.games()
    for _ in range(60):
        home.tick(source, 60, seen=False)
    assert [home.tick(source, 10) for _ in range(6)] == [None] * 6


def test_after_a_no_nothing_is_offered_until_the_next_day() -> None:
    parameters, player = GameParameters(), Player()
    assert may_offer(player, parameters, AT, 0)
    learn(player, sitting("p", AT, [], ended="declined", wanted=False), AT)
    assert not may_offer(player, parameters, AT + timedelta(hours=2), 0)
    assert may_offer(player, parameters, AT + timedelta(hours=21), 0)


def test_offers_keep_their_distance_and_their_number() -> None:
    parameters, player = GameParameters(), Player()
    offered(player, AT)
    assert not may_offer(player, parameters, AT + timedelta(hours=1), 0)
    offered(player, AT + timedelta(hours=2))
    assert not may_offer(player, parameters, AT + timedelta(hours=3, minutes=50), 0)
    assert may_offer(player, parameters, AT + timedelta(days=1), 0)
    assert not may_offer(Player(), parameters, AT, parameters.a_day)
    assert not may_offer(Player(), parameters.model_copy(update={"offers": 0}), AT, 0)


def test_what_is_enjoyed_is_offered_more_often_and_nothing_is_given_up_for_good() -> None:
    player, rng = Player(), Random(3)
    for number in range(30):
        good = number % 2 == 0
        learn(player, sitting("p", AT, [1] * 5, "melody" if good else "market", enjoyed="good" if good else "bad"), AT)
    picked = [pick(player, ["melody", "market", "proverbs"], rng) for _ in range(300)]
    assert picked.count("melody") > 3 * picked.count("market")
    assert picked.count("proverbs") >= 1, "what was never played is tried"
    for _ in range(40):
        learn(player, sitting("p", AT, [1] * 5, "melody", enjoyed="good"), AT)
    picked = [pick(player, ["melody", "market"], rng) for _ in range(300)]
    assert picked.count("market") >= 1, "what was not liked long ago is tried again"
    assert pick(player, ["melody", "market"], rng, mood="bad") == "melody"
    assert pick(Player(chosen=["market"]), list(games()), rng) == "market"
    assert pick(Player(chosen=["nothing"]), list(games()), rng) is None


def test_a_part_of_the_day_that_is_never_welcome_is_rarely_tried() -> None:
    shy, keen = Player(welcomed={"midday": Tally(no=15)}), Player(welcomed={"midday": Tally(yes=15)})
    at = AT.replace(hour=12)
    tries = {name: sum(is_welcome(who, at, Random(seed)) for seed in range(300)) for name, who in
             (("shy", shy), ("keen", keen))}  # fmt: skip
    assert tries["keen"] > 4 * tries["shy"] > 0


# --- changed ----------------------------------------------------------------------------------------------------------


def test_a_lasting_change_is_told_with_what_else_was_worse_and_never_a_score(home: Home) -> None:
    source = home.games(worse=lambda person, at: ["sleep"])
    shares = [[1, 1, 1, 0, 1, 1, 1, 1]] * 12 + [[0, 0, 1, 0, 0, 1, 0, 0]] * 8
    told: list[GameChanged] = []
    for day, one in enumerate(shares):
        begun = AT - timedelta(days=30 - day)
        made = sitting(home.person, begun, [float(x) for x in one])
        home.store.keep(Player(), home.person, AT, made)
        for decision in source._changed(made, home.person, AT):
            assert isinstance(decision, Emit)
            assert isinstance(decision.data, GameChanged)
            told.append(decision.data)
    assert len(told) == 1
    assert (told[0].domain, told[0].beside) == ("language", ["sleep"])
    assert told[0].lower == told[0].sittings >= 3
    assert "score" not in told[0].model_dump()


def test_sittings_of_one_day_count_as_one_and_are_told_of_once(home: Home) -> None:
    source = home.games()
    told: list[object] = []
    for day in range(20):
        for hour in (0, 2):
            begun = AT - timedelta(days=30 - day, hours=4 - hour)
            made = sitting(home.person, begun, [1, 1, 1, 1] if day < 12 else [0, 0, 0, 0])
            home.store.keep(Player(), home.person, AT, made)
            told += source._changed(made, home.person, AT)
    assert len(efforts(home.store.entries(home.person, AT), "language", AT)) == 20
    assert len(told) == 1
