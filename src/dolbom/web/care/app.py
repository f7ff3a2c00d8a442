"""The care worker's web application on the robot."""

from __future__ import annotations

from pathlib import Path

from fastapi import FastAPI

from dolbom.staff.application import begin, furnish, tell
from dolbom.staff.gate import Gate
from dolbom.staff.pages import Pages
from dolbom.web.app import NotNowError
from dolbom.web.care.access import TABLE, home_page
from dolbom.web.care.home import CareHome
from dolbom.web.care.routes import (
    calendar_api,
    calendar_pages,
    enrolment_api,
    enrolment_pages,
    events_api,
    events_pages,
    exercise_api,
    exercise_pages,
    files_api,
    files_pages,
    games_api,
    games_pages,
    medicine_pages,
    message_api,
    message_pages,
    people_api,
    people_pages,
    reports_api,
    reports_pages,
    rest_api,
    rest_pages,
    robot_api,
    robot_pages,
    routines_api,
    routines_pages,
    today_api,
    today_pages,
)

TEMPLATES = Path(__file__).parent / "templates"
COOKIE = "dolbom_care"
MENU = (
    ("today", "/", "view_day"),
    ("routines", "/routines", "view_day"),
    ("calendar", "/calendar", "view_day"),
    ("people", "/people", "view_people"),
    ("games", "/games", "view_people"),
    ("exercise", "/exercise", "view_people"),
    ("events", "/events", "view_events"),
    ("reports", "/reports", "view_events"),
    ("talk", "/talk", "talk"),
    ("robot", "/robot", "view_robot"),
    ("audit", "/audit", "view_audit"),
    ("staff", "/staff", "manage_users"),
)
WORDS = ("care", "enrolment", "report", "routines", "desk", "faces", "activity", "games", "exercise")
"""Where the words of its pages are, in the order in which they are looked for."""
PARTS = (
    routines_api, today_api, people_api, enrolment_api, events_api, reports_api, robot_api, rest_api, message_api,
    files_api, routines_pages, today_pages, people_pages, enrolment_pages, events_pages, reports_pages, robot_pages,
    rest_pages, message_pages, files_pages, medicine_pages, calendar_api, calendar_pages,
    games_api, games_pages, exercise_api, exercise_pages,
)  # fmt: skip


def create_app(home: CareHome) -> FastAPI:
    """The web application of a home."""
    about = "A robot in a home: its day, its routines, its alarms."
    app = begin("dolbom robot", about, (part.router for part in PARTS))
    app.state.home = home
    gate = Gate(home.database, home.now, TABLE, COOKIE, home.secure, home_page)
    shown = {"place": "", "sounds": "view_day", "sheets": ("care/care.css", "care/report.css", "care/files.css")}
    furnish(app, gate, Pages(TEMPLATES, WORDS, lambda: home.clock.zone, MENU, shown))

    tell(app, NotNowError, 503, lambda error: f"not_now_{error}")
    return app
