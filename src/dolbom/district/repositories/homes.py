"""The names of homes and people: opaque ids everywhere else, names only here."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from dolbom.district.access import Who
from dolbom.district.models import Home, Person
from dolbom.district.repositories import changes
from dolbom.staff import audit


class NoSuchHome(LookupError):
    """There is no home with this id."""


def get(session: Session, home_id: str) -> Home:
    """One home.

    Raises:
        NoSuchHome
    """
    home = session.get(Home, home_id)
    if home is None:
        raise NoSuchHome(home_id)
    return home


def describe(session: Session, home_id: str, label: str, phone: str, who: Who, now: datetime) -> Home:
    """What the desk calls a home, and whom to ring there."""
    home = get(session, home_id)
    home.label, home.phone = label, phone
    audit.record(session, who, "describe_home", now, home_id)
    changes.record(session, "home", now, home=home_id)
    return home


def name_person(
    session: Session, home_id: str, person_id: str, name: str, remark: str, who: Who, now: datetime
) -> Person:
    """The name that the desk shows for a robot's opaque person id."""
    get(session, home_id)
    person = session.get(Person, (home_id, person_id))
    if person is None:
        person = Person(home_id=home_id, id=person_id, name=name, remark=remark)
        session.add(person)
    else:
        person.name, person.remark = name, remark
    audit.record(session, who, "name_person", now, f"{home_id}/{person_id}")
    changes.record(session, "home", now, home=home_id)
    return person


def people(session: Session) -> dict[str, list[Person]]:
    """Everybody who has a name, by home."""
    found: dict[str, list[Person]] = {}
    for person in session.scalars(select(Person).order_by(Person.home_id, Person.id)):
        found.setdefault(person.home_id, []).append(person)
    return found
