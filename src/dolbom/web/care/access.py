"""Who may do what at the robot's pages: roles × actions as one table."""

from __future__ import annotations

from enum import StrEnum

from dolbom.staff.access import Permissions, Who


class Role(StrEnum):
    CARE_WORKER = "care_worker"  # looks after the person, day by day
    NURSE = "nurse"  # and answers for what is taken, and for what is kept
    FAMILY = "family"  # talks through the robot
    TECHNICIAN = "technician"  # keeps the robot running; sees nothing of the person
    ADMINISTRATOR = "administrator"


class Action(StrEnum):
    VIEW_DAY = "view_day"  # today, alarms, the routines
    ACKNOWLEDGE = "acknowledge"  # an alarm
    SWITCH_CAMERA = "switch_camera"
    EDIT_ROUTINES = "edit_routines"
    NOTE_DOSE = "note_dose"  # what the robot cannot know of a dose
    VIEW_PEOPLE = "view_people"
    EDIT_PEOPLE = "edit_people"  # how the robot speaks to them
    MANAGE_CONSENT = "manage_consent"
    FORGET = "forget"  # what the robot remembers
    VIEW_EVENTS = "view_events"
    EXPORT_EVENTS = "export_events"
    VIEW_ROBOT = "view_robot"
    RESTART_PART = "restart_part"
    RECORD = "record"  # the graph, without pictures and sound
    TAKE_RECORDING = "take_recording"  # away from the robot: words of the home are in it
    TALK = "talk"
    VIEW_AUDIT = "view_audit"
    MANAGE_USERS = "manage_users"
    MANAGE_TOKENS = "manage_tokens"


_A = Action

PERMISSIONS: dict[Role, frozenset[Action]] = {
    Role.CARE_WORKER: frozenset(
        {
            _A.VIEW_DAY, _A.ACKNOWLEDGE, _A.SWITCH_CAMERA, _A.EDIT_ROUTINES, _A.NOTE_DOSE, _A.VIEW_PEOPLE,
            _A.EDIT_PEOPLE, _A.VIEW_EVENTS, _A.VIEW_ROBOT, _A.TALK,
        }
    ),
    Role.NURSE: frozenset(Action)
    - {_A.MANAGE_USERS, _A.MANAGE_TOKENS, _A.RESTART_PART, _A.RECORD, _A.TAKE_RECORDING},
    Role.FAMILY: frozenset({_A.TALK}),
    Role.TECHNICIAN: frozenset({_A.VIEW_ROBOT, _A.RESTART_PART, _A.RECORD}),
    Role.ADMINISTRATOR: frozenset(Action),
}  # fmt: skip

TABLE = Permissions({str(role): frozenset(map(str, actions)) for role, actions in PERMISSIONS.items()})

ROBOT = Who("robot", "system")
"""What the application does by itself."""


def home_page(role: str) -> str:
    """Where somebody lands after login: on what they may see."""
    return {Role.FAMILY: "/talk", Role.TECHNICIAN: "/robot"}.get(Role(role), "/")
