"""What people tell is remembered under a consent, changed by what they tell later, told back, and forgotten."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from dolbom.dialog.intents import Understanding
from dolbom.dialog.memory import Change, Memory, MemoryParameters, Operation, Topic, facts_in, follow_up
from dolbom.errors import UserError
from dolbom.store.base import Store, open_store
from dolbom.store.memory import MemoryStore
from dolbom.store.people import Consent, Purpose

SEOUL = ZoneInfo("Asia/Seoul")
NOW = datetime(2026, 11, 24, 10, 0, tzinfo=SEOUL)


@pytest.fixture(scope="module")
def understanding() -> Understanding:
    return Understanding(morphemes=None)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(tmp_path / "home" / "home.db")
    yield opened
    opened.close()


@pytest.fixture
def kept(store: Store, tmp_path: Path) -> MemoryStore:
    return MemoryStore(store, tmp_path / "keys" / "faces.key")


@pytest.fixture
def person(kept: MemoryStore) -> str:
    return kept.people.add("김순자", Consent(Purpose.MEMORY, "daughter", NOW - timedelta(days=99)), NOW)


@pytest.fixture
def memory(kept: MemoryStore, understanding: Understanding) -> Memory:
    return Memory(kept, understanding)


def tell(memory: Memory, said: str, at: datetime = NOW, lang: str = "ko", who: str | None = None) -> list[Change]:
    return memory.told(memory._understanding.of(said, lang), who, at)


def known(memory: Memory, person: str, at: datetime = NOW) -> list[tuple[str, str]]:
    return [(one.fact.kind, one.fact.value) for one in memory.store.facts(person, at)]


@pytest.mark.parametrize(
    ("lang", "said", "kind", "value", "days"),
    [
        ("ko", "딸 이름은 미경이야", "name_of", "딸|미경", 0),
        ("ko", "우리 아들 이름은 영수예요", "name_of", "아들|영수", 0),
        ("ko", "어제 무릎이 아팠어", "pain", "knee", -1),
        ("ko", "허리가 뻐근해", "pain", "back", 0),
        ("ko", "무릎은 이제 안 아파", "better", "knee", 0),
        ("ko", "잠을 설쳤네", "slept_badly", "", 0),
        ("ko", "점심 먹었어요", "meal_eaten", "lunch", 0),
        ("ko", "시장 갔다 왔어", "been_out", "market", 0),
        ("ko", "병원에 다녀올게", "going_out", "hospital", 0),
        ("ko", "오늘 체조 좀 했어", "exercised", "", 0),
        ("ko", "어제 딸이 왔다 갔어", "visit", "딸", -1),
        ("ko", "강아지 이름은 초코야", "pet_name", "초코", 0),
        ("ko", "나는 커피를 좋아해", "likes", "커피", 0),
        ("ko", "커피는 이제 안 좋아해", "dislikes", "커피", 0),
        ("ko", "고향은 목포야", "born", "목포", 0),
        ("en", "My daughter's name is Mary", "name_of", "daughter|mary", 0),
        ("en", "my knee doesn't hurt any more", "better", "knee", 0),
        ("en", "I slept badly", "slept_badly", "", 0),
        ("en", "my son came yesterday", "visit", "son", -1),
        ("en", "I like coffee", "likes", "coffee", 0),
    ],
)
def test_a_fact_is_found_in_what_people_say(
    understanding: Understanding, lang: str, said: str, kind: str, value: str, days: int
) -> None:
    found = facts_in(understanding.of(said, lang), understanding)
    assert [(one.kind, one.value, one.days) for one in found] == [(kind, value, days)]


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        ("ko", "딸 이름이 뭐야"),
        ("ko", "너 커피 좋아해?"),
        ("ko", "그 집 할머니 무릎이 쑤신대"),
        ("ko", "영감이 무릎이 쑤셔"),
        ("ko", "운동 안 했어"),
        ("ko", "오늘 날씨 좋네"),
        ("ko", "지금 몇 시야"),
        ("en", "do you like coffee"),
        ("en", "what is my daughter's name"),
        ("en", "my neighbour says his knee hurts"),
    ],
)
def test_questions_hearsay_and_the_state_of_others_are_no_facts(
    understanding: Understanding, lang: str, said: str
) -> None:
    assert facts_in(understanding.of(said, lang), understanding) == []


def test_without_consent_nothing_is_remembered_and_it_is_said(memory: Memory) -> None:
    somebody = memory.store.people.add("김순자", Consent(Purpose.CHECK_IN, "daughter", NOW), NOW)
    assert tell(memory, "무릎이 쑤셔") == [] == tell(memory, "무릎이 쑤셔", who=somebody)
    assert "허락" in memory.tell(None, "ko", NOW)


def test_what_is_told_again_passes_what_is_told_anew_replaces_and_the_rest_is_appended(
    memory: Memory, person: str
) -> None:
    told = ["무릎이 쑤셔", "무릎이 쑤셔", "허리가 뻐근해", "딸 이름은 미경이야", "딸 이름은 미영이야"]
    assert [one.operation for said in told for one in tell(memory, said)] == ["append", "pass", "append", "append",
                                                                              "replace"]  # fmt: skip
    assert known(memory, person) == [("pain", "knee"), ("pain", "back"), ("name_of", "딸|미영")]


def test_it_no_longer_hurts_is_about_what_hurt_last(memory: Memory, person: str) -> None:
    tell(memory, "허리가 뻐근해", NOW - timedelta(days=2))
    tell(memory, "무릎이 쑤셔", NOW - timedelta(days=1))
    assert tell(memory, "이제 안 아파")[0].operation is Operation.REPLACE
    assert known(memory, person) == [("pain", "back"), ("better", "knee")]


def test_what_is_told_otherwise_is_deleted(memory: Memory, person: str) -> None:
    for said in ("강아지 키우고 있어", "강아지 이름은 초코야", "딸 이름은 미경이야"):
        tell(memory, said)
    assert tell(memory, "딸 이름은 영희가 아니야")[0].operation is Operation.PASS
    assert tell(memory, "딸 이름은 미경이가 아니야")[0].operation is Operation.DELETE
    assert tell(memory, "강아지는 이제 없어")[0].operation is Operation.DELETE
    assert known(memory, person) == []


def test_words_of_somebody_unknown_are_less_sure_and_in_a_home_of_two_nobodys(memory: Memory, person: str) -> None:
    assert tell(memory, "무릎이 쑤셔")[0].fact.confidence < tell(memory, "허리가 뻐근해", who=person)[0].fact.confidence
    memory.store.people.add("박영수", Consent(Purpose.MEMORY, "himself", NOW), NOW)
    assert tell(memory, "어깨가 결려") == []
    assert tell(memory, "어깨가 결려", who=person)


def test_words_half_heard_are_not_remembered(memory: Memory, person: str) -> None:
    assert memory.told(memory._understanding.of("무릎이 쑤셔"), None, NOW, heard=0.6) == []
    assert known(memory, person) == []


def test_a_call_for_help_is_no_fact(memory: Memory, person: str) -> None:
    assert tell(memory, "아파, 도와줘") == []
    assert known(memory, person) == []


@pytest.mark.parametrize(
    ("said", "topic", "days"),
    [("무릎이 쑤셔", Topic.HEALTH, 90), ("잠을 설쳤네", Topic.SLEEP, 30), ("딸 이름은 미경이야", Topic.FAMILY, 730)],
)
def test_every_topic_is_kept_only_so_long_and_then_wiped_from_the_file(
    memory: Memory, store: Store, person: str, said: str, topic: Topic, days: int
) -> None:
    tell(memory, said)
    assert memory.parameters.days(topic) == days
    end = NOW + timedelta(days=days)
    assert memory.store.purge(end - timedelta(minutes=1)) == 0
    assert len(known(memory, person, end - timedelta(minutes=1))) == 1
    assert known(memory, person, end) == []  # not told any more, whether or not it was purged yet
    assert memory.store.purge(end) == 1
    assert memory.store.purge(end) == 0
    with store.reading() as session:
        assert session.execute(text("SELECT count(*) FROM memory_fact")).scalar() == 0


def test_a_consent_that_is_taken_back_takes_the_memory_with_it(memory: Memory, store: Store, person: str) -> None:
    tell(memory, "무릎이 쑤셔")
    memory.store.people.withdraw(person, NOW, Purpose.MEMORY)
    assert known(memory, person) == []
    assert memory.store.purge(NOW + timedelta(seconds=1)) == 1


def test_nothing_that_was_told_can_be_read_in_the_files(memory: Memory, store: Store, person: str) -> None:
    tell(memory, "딸 이름은 미경이야")
    disk = b"".join(file.read_bytes() for file in store.path.parent.iterdir())
    assert not any(word.encode() in disk for word in ("미경", "name_of", "family", "딸"))


def test_a_fact_moved_to_somebody_else_does_not_open(memory: Memory, store: Store, person: str) -> None:
    other = memory.store.people.add("박영수", Consent(Purpose.MEMORY, "himself", NOW), NOW)
    tell(memory, "무릎이 쑤셔", who=person)
    with store.writing() as session:
        session.execute(text("UPDATE memory_fact SET person = :other"), {"other": other})
    with pytest.raises(UserError, match="changed or damaged"):
        memory.store.facts(other, NOW)


def test_forgetting_a_person_forgets_what_they_told_and_how_they_were(
    memory: Memory, store: Store, person: str
) -> None:
    tell(memory, "무릎이 쑤셔")
    memory.store.keep_check_in(person, NOW.date(), b"{}", NOW + timedelta(days=9), open=True)
    memory.store.people.forget([person], "daughter", NOW)
    with store.reading() as session:
        for table in ("memory_fact", "check_in", "consent", "person"):
            assert session.execute(text(f"SELECT count(*) FROM {table}")).scalar() == 0


def test_a_new_key_opens_what_was_told_before(memory: Memory, person: str) -> None:
    tell(memory, "무릎이 쑤셔")
    memory.store.keep_check_in(person, NOW.date(), b"{}", NOW + timedelta(days=9), open=True)
    memory.store.people.new_key()
    assert known(memory, person) == [("pain", "knee")]
    assert memory.store.check_ins(person) == [(NOW.date(), b"{}")]


def test_it_tells_what_it_remembers_the_newest_first(memory: Memory, person: str) -> None:
    assert memory.tell(None, "ko", NOW) == "아직 기억해 둔 이야기가 없어요."
    tell(memory, "딸 이름은 미경이야", NOW - timedelta(hours=3))
    tell(memory, "어제 무릎이 아팠어", NOW - timedelta(hours=2))
    assert memory.tell(None, "ko", NOW) == "어제 무릎이 아프다고 하셨어요. 딸 이름은 미경이라고 하셨어요."
    assert memory.tell(None, "ko", NOW, most=1) == "어제 무릎이 아프다고 하셨어요. 그 밖에 1가지를 더 기억해요."


def test_forget_that_is_what_was_told_last_or_what_is_named_or_everything(memory: Memory, person: str) -> None:
    of = memory._understanding.of
    for said in ("딸 이름은 미경이야", "허리가 뻐근해", "무릎이 쑤셔"):
        tell(memory, said)
    assert memory.forget(of("그 얘기는 잊어 줘"), None, NOW) == "네, 그 이야기는 잊었어요."
    assert known(memory, person) == [("name_of", "딸|미경"), ("pain", "back")]
    later = NOW + timedelta(hours=1)
    assert memory.forget(of("그 얘기는 잊어 줘"), None, later).startswith("어느 이야기를 잊을까요?")
    memory.forget(of("허리 얘기는 잊어 줘"), None, later)
    assert known(memory, person) == [("name_of", "딸|미경")]
    tell(memory, "무릎이 쑤셔")
    assert "모두" in memory.forget(of("내가 한 말 다 지워"), None, later)
    assert known(memory, person) == []


def test_it_asks_after_what_was_told_on_an_earlier_day_until_it_is_well(memory: Memory, person: str) -> None:
    tell(memory, "무릎이 쑤셔", NOW - timedelta(days=1))
    waiting = memory.to_follow_up(person, Topic.HEALTH, NOW)
    assert waiting is not None
    assert follow_up(waiting.fact, "ko") == "무릎은 좀 어떠세요?"
    assert follow_up(waiting.fact, "en") == "How is your knee now?"
    assert memory.to_follow_up(person, Topic.HEALTH, NOW + timedelta(days=15)) is None
    tell(memory, "이제 안 아파")
    assert memory.to_follow_up(person, Topic.HEALTH, NOW) is None


def test_a_plan_is_asked_after_once(memory: Memory, person: str) -> None:
    tell(memory, "병원에 다녀올게", NOW - timedelta(days=1))
    waiting = memory.to_follow_up(person, Topic.OUTINGS, NOW)
    assert waiting is not None
    assert follow_up(waiting.fact, "ko") == "병원에는 잘 다녀오셨어요?"
    memory.asked(waiting, NOW)
    assert memory.to_follow_up(person, Topic.OUTINGS, NOW) is None


def test_what_was_told_today_is_known_for_the_check_in(memory: Memory, person: str) -> None:
    tell(memory, "잠을 설쳤네")
    found = memory.of_day(person, Topic.SLEEP, NOW.date(), NOW)
    assert found is not None and found.kind == "slept_badly"
    assert memory.of_day(person, Topic.SLEEP, NOW.date() - timedelta(days=1), NOW) is None


def test_the_times_of_keeping_are_parameters(kept: MemoryStore, understanding: Understanding, person: str) -> None:
    memory = Memory(kept, understanding, MemoryParameters(health_days=1))
    tell(memory, "무릎이 쑤셔")
    assert memory.store.purge((NOW + timedelta(days=1)).astimezone(UTC)) == 1


@pytest.mark.parametrize(
    ("lang", "said", "kind", "value"),
    [
        ("ko", "지갑은 서랍에 뒀다고 기억해 둬", "note", "지갑은 서랍에 뒀다"),
        ("ko", "안경은 서랍에 있다고 적어 줘.", "note", "안경은 서랍에 있다"),
        ("ko", "내 딸 이름은 영희라고 기억해 줘", "name_of", "딸|영희"),
        ("en", "please remember that my purse is in the drawer", "note", "my purse is in the drawer"),
        ("en", "remember that my daughter's name is Mary", "name_of", "daughter|mary"),
    ],
)
def test_what_it_is_asked_to_remember_it_notes(
    memory: Memory, person: str, lang: str, said: str, kind: str, value: str
) -> None:
    answer = memory.note(memory._understanding.of(said, lang), person, NOW)
    assert answer == ("네, 기억해 둘게요." if lang == "ko" else "All right, I will remember that.")
    assert known(memory, person) == [(kind, value)]


@pytest.mark.parametrize("said", ["꼭 기억해 둬", "이거 기억해 줘"])
def test_a_wish_to_remember_nothing_in_particular_is_asked_about(memory: Memory, person: str, said: str) -> None:
    assert memory.note(memory._understanding.of(said), person, NOW).startswith("무엇을 기억해 둘까요?")
    assert known(memory, person) == []


def test_before_it_forgets_it_says_what(memory: Memory, person: str) -> None:
    ask = lambda said: memory.ask_to_forget(memory._understanding.of(said), person, NOW)  # noqa: E731
    assert ask("무릎 얘기는 잊어 줘") == "", "there is nothing to forget"
    tell(memory, "무릎이 쑤셔")
    tell(memory, "딸 이름은 미경이야")
    assert ask("무릎 얘기는 잊어 줘") == "오늘 무릎이 아프다고 하셨어요. 이 이야기를 잊을까요?"
    assert ask("내가 한 말 다 잊어 줘") == "들려주신 이야기를 모두 잊을까요?"
    assert ask("다음에 그 얘기는 잊어 줘").startswith("딸 이름은 미경"), "a word that only begins like “all” is not it"


@pytest.mark.parametrize(
    ("said", "grade", "left"),
    [
        ("응 괜찮아", "good", ("better", "knee")),
        ("아직 아파", "bad", ("pain", "knee")),
        ("이제 안 아파", "good", ("better", "knee")),
        ("그냥 그래", None, ("pain", "knee")),
    ],
)
def test_the_answer_to_what_it_asks_after_changes_that_fact_and_makes_no_other(
    memory: Memory, person: str, said: str, grade: str | None, left: tuple[str, str]
) -> None:
    tell(memory, "무릎이 쑤셔", NOW - timedelta(days=1))
    kept = memory.newest_to_follow_up(person, NOW)
    assert kept is not None
    memory.asked(kept, NOW)
    assert memory.newest_to_follow_up(person, NOW) is None, "not twice a day"
    memory.followed(kept, grade, memory._understanding.of(said), NOW)
    assert known(memory, person) == [left]
    again = memory.newest_to_follow_up(person, NOW + timedelta(days=1))
    assert (again is not None) == (left[0] == "pain")


def test_to_somebody_unknown_in_a_home_of_two_nothing_is_told(memory: Memory, person: str) -> None:
    tell(memory, "무릎이 쑤셔", who=person)
    memory.store.people.add("박영수", Consent(Purpose.MEMORY, "himself", NOW), NOW)
    assert memory.tell(None, "ko", NOW) == "누구신지 몰라서 말씀드릴 수가 없어요."
    assert memory.tell(person, "ko", NOW) == "오늘 무릎이 아프다고 하셨어요."
