"""Names and faces are kept sealed, with a consent, and forgotten to the last byte."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import select, text

from dolbom.errors import UserError
from dolbom.store import base
from dolbom.store.base import Store, open_store
from dolbom.store.people import Consent, People, PersonRow, Purpose, TemplateRow, View
from dolbom.store.sealing import KeyRing, default_key_file

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
MODEL = "sface"
NAME = "김순자할머니"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(tmp_path / "home" / "home.db")
    yield opened
    opened.close()


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    return tmp_path / "keys" / "faces.key"


@pytest.fixture
def people(store: Store, key_file: Path) -> People:
    return People(store, key_file)


def views(seed: int, n: int = 3) -> list[View]:
    random = np.random.default_rng(seed)
    made = [random.normal(size=128).astype(np.float32) for _ in range(n)]
    return [View(side, v / np.linalg.norm(v), MODEL) for side, v in zip(("front", "left", "right"), made, strict=False)]


def consent(days: int | None = 365, given_by: str = "daughter 김영희") -> Consent:
    return Consent(Purpose.FACE, given_by, NOW, None if days is None else NOW + timedelta(days=days))


def enrol(people: People, name: str = NAME, seed: int = 1) -> str:
    return people.enrol(name, views(seed), consent(), NOW)


def on_disk(store: Store) -> bytes:
    """Every byte of the database, its log and whatever lies beside it."""
    return b"".join(file.read_bytes() for file in store.path.parent.iterdir() if file.is_file())


def sealed_bytes(store: Store) -> list[bytes]:
    with store.reading() as session:
        return [*session.scalars(select(TemplateRow.template)), *session.scalars(select(PersonRow.name))]


def test_what_is_enrolled_comes_back_by_an_opaque_id(people: People) -> None:
    person = enrol(people)
    assert NAME not in person and person.startswith("p") and person.isalnum()
    found = people.templates(NOW, MODEL)[person]
    assert {tuple(v.tolist()) for v in found} == {tuple(v.template.tolist()) for v in views(1)}
    assert people.name_of(person) == NAME and people.find(NAME) == person and people.find(person) == person
    (listed,) = people.everybody()
    assert listed.views == ("front", "left", "right") and listed.consents[0].given_by == "daughter 김영희"


def test_neither_name_nor_template_stands_readable_in_the_database(people: People, store: Store) -> None:
    enrol(people)
    disk = on_disk(store)
    assert all(sealed in disk for sealed in sealed_bytes(store))  # the search would find them
    for secret in (NAME.encode(), "김영희".encode(), *(v.template.tobytes()[:32] for v in views(1))):
        assert secret not in disk


def test_whoever_is_forgotten_leaves_no_byte(people: People, store: Store) -> None:
    others = [enrol(people, f"이웃{i}", seed=10 + i) for i in range(5)]
    person = enrol(people)
    with store.reading() as session:
        gone = list(session.scalars(select(TemplateRow.template).where(TemplateRow.person == person)))
        gone.append(session.scalars(select(PersonRow.name).where(PersonRow.id == person)).one())
    people.forget([person], "care worker 7", NOW)
    disk = on_disk(store)
    assert person.encode() not in disk and NAME.encode() not in disk
    for sealed in gone:
        # not even a part of it that a rearranged page could have kept
        assert not any(sealed[i : i + 16] in disk for i in range(0, len(sealed) - 16, 16))
    assert set(people.templates(NOW, MODEL)) == set(others)
    assert people.forgettings() == [(NOW, "care worker 7", 1)]
    with pytest.raises(UserError, match="nobody is enrolled"):
        people.find(person)


def test_forgetting_somebody_unknown_forgets_nobody(people: People) -> None:
    person = enrol(people)
    with pytest.raises(UserError, match="nobody is enrolled"):
        people.forget([person, "p00000000"], "x", NOW)
    assert people.ids() == [person] and people.forgettings() == []


def test_a_reader_that_holds_the_file_delays_the_wiping_and_it_is_said(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, key_file: Path
) -> None:
    monkeypatch.setattr(base, "BUSY_MS", 300)
    store = open_store(tmp_path / "home" / "home.db")
    people = People(store, key_file)
    person = enrol(people)
    with store.engine.connect() as reader:
        reader.execution_options(dolbom_reading=True)
        reader.execute(text("SELECT count(*) FROM person")).scalar()
        with pytest.raises(UserError, match=r"held|not all gone|busy"):
            people.forget([person], "daughter", NOW)
        assert people.ids() == []
    people.finish_wiping()
    assert person.encode() not in on_disk(store)
    store.close()


def test_without_a_consent_that_holds_nothing_is_stored(people: People) -> None:
    for wrong in (
        Consent(Purpose.FACE, "x", NOW, NOW),
        Consent(Purpose.FACE, "x", NOW + timedelta(days=1)),
        Consent(Purpose.FACE, "x", NOW, None, withdrawn=NOW),
    ):
        with pytest.raises(UserError, match="no consent"):
            people.enrol(NAME, views(1), wrong, NOW)
    for name, some in (("  ", views(1)), ("x" * 61, views(1)), (NAME, [])):
        with pytest.raises(UserError):
            people.enrol(name, some, consent(), NOW)
    assert people.ids() == []


def test_an_ended_consent_ends_recognition_and_then_erases_the_templates(people: People, store: Store) -> None:
    person = enrol(people)
    later = NOW + timedelta(days=366)
    sealed = sealed_bytes(store)
    assert people.templates(later, MODEL) == {}
    assert people.erase_expired(NOW) == 0
    assert people.erase_expired(later) == 1 and people.erase_expired(later) == 0
    assert people.everybody()[0].views == ()
    assert not any(template in on_disk(store) for template in sealed[:3])
    people.consent(person, consent(days=None))  # a new consent does not bring a face back
    assert people.templates(later, MODEL) == {}


def test_a_consent_that_is_prolonged_in_time_keeps_the_face(people: People) -> None:
    person = enrol(people)
    people.consent(person, Consent(Purpose.FACE, "son", NOW, NOW + timedelta(days=1000)))
    later = NOW + timedelta(days=400)
    assert people.erase_expired(later) == 0 and list(people.templates(later, MODEL)) == [person]


def test_a_withdrawn_consent_erases_the_templates_and_keeps_the_record(people: People) -> None:
    person = enrol(people)
    people.withdraw(person, NOW + timedelta(days=2))
    (listed,) = people.everybody()
    assert listed.views == () and listed.consents[0].withdrawn == NOW + timedelta(days=2)
    assert people.templates(NOW + timedelta(days=3), MODEL) == {}


def test_enrolling_again_replaces_the_face_of_the_same_person(people: People) -> None:
    person = enrol(people)
    assert people.enrol("어머니", views(2), consent(), NOW, person) == person
    assert people.name_of(person) == "어머니" and len(people.templates(NOW, MODEL)[person]) == 3
    with pytest.raises(UserError, match="nobody is enrolled"):
        people.enrol("x", views(2), consent(), NOW, "pnobody")


def test_two_of_one_name_must_be_told_apart_by_id(people: People) -> None:
    enrol(people)
    enrol(people, seed=2)
    with pytest.raises(UserError, match="2 people"):
        people.find(NAME)


def test_templates_of_another_model_are_not_compared(people: People) -> None:
    enrol(people)
    assert people.templates(NOW, "another") == {}


def test_the_key_is_the_owners_alone_and_not_in_the_database(people: People, key_file: Path, store: Store) -> None:
    enrol(people)
    assert key_file.stat().st_mode & 0o777 == 0o600
    assert key_file.parent != store.path.parent
    assert key_file.read_bytes().strip() not in on_disk(store)
    key_file.chmod(0o644)
    with pytest.raises(UserError, match="others can read"):
        people.everybody()


def test_a_lost_key_is_said_and_never_replaced_in_silence(people: People, key_file: Path) -> None:
    person = enrol(people)
    key_file.unlink()
    for use in (people.everybody, lambda: people.templates(NOW, MODEL), lambda: enrol(people, seed=3)):
        with pytest.raises(UserError, match=r"is not at .*faces.key"):
            use()
    assert not key_file.exists()
    people.forget([person], "daughter", NOW)  # what nobody can read can still go
    enrol(people)
    assert key_file.exists()


@pytest.mark.parametrize("content", ["", "not base64!", "QUJD", "한글"])
def test_a_damaged_key_file_is_said(people: People, key_file: Path, content: str) -> None:
    enrol(people)
    key_file.write_text(content, encoding="utf-8")
    with pytest.raises(UserError, match=r"does not hold keys|is empty"):
        people.everybody()


def test_another_homes_key_opens_nothing(people: People, key_file: Path) -> None:
    enrol(people)
    key_file.unlink()
    KeyRing.new(key_file)
    with pytest.raises(UserError, match="another key"):
        people.everybody()


def test_a_template_moved_to_another_person_or_changed_does_not_open(people: People, store: Store) -> None:
    first, second = enrol(people), enrol(people, "아들", seed=2)
    with store.writing() as session:
        rows = {row.person: row for row in session.scalars(select(TemplateRow))}
        rows[first].template = rows[second].template
    with pytest.raises(UserError, match="changed or damaged"):
        people.templates(NOW, MODEL)


def test_a_new_key_seals_everything_anew_and_the_old_one_opens_nothing(
    people: People, key_file: Path, store: Store
) -> None:
    person = enrol(people)
    old_key, old_sealed = key_file.read_bytes(), sealed_bytes(store)
    people.new_key()
    assert people.name_of(person) == NAME and len(people.templates(NOW, MODEL)[person]) == 3
    assert len(key_file.read_text().split()) == 1 and key_file.read_bytes() != old_key
    assert not set(old_sealed) & set(sealed_bytes(store))


def test_stopped_between_two_keys_everything_still_opens(people: People, key_file: Path) -> None:
    person = enrol(people)
    KeyRing(key_file).add_key()
    assert people.name_of(person) == NAME
    people.new_key()
    assert people.name_of(person) == NAME


def test_the_key_files_place_can_be_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DOLBOM_FACES_KEY", str(tmp_path / "elsewhere.key"))
    assert default_key_file() == tmp_path / "elsewhere.key"
    monkeypatch.delenv("DOLBOM_FACES_KEY")
    monkeypatch.setenv("DOLBOM_HOME", str(tmp_path))
    assert default_key_file() == tmp_path / "keys" / "faces.key"
    KeyRing.new(tmp_path / "elsewhere.key")
    with pytest.raises(FileExistsError):
        KeyRing.new(tmp_path / "elsewhere.key")
