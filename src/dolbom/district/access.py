"""Who may do what: roles × actions as one table."""

from __future__ import annotations

from enum import StrEnum

from dolbom.staff.access import Permissions, Who

__all__ = ["PERMISSIONS", "SYSTEM", "TABLE", "Action", "Role", "Who", "may"]


class Role(StrEnum):
    OPERATOR = "operator"  # answers alarms
    SUPERVISOR = "supervisor"  # leads a shift
    TECHNICIAN = "technician"  # keeps the robots running; sees no alarms and no names
    ADMINISTRATOR = "administrator"


class Action(StrEnum):
    VIEW_DESK = "view_desk"  # alarms, homes, people's names
    ANSWER_ALARM = "answer_alarm"  # acknowledge, note, close
    REASSIGN_ALARM = "reassign_alarm"  # take over an alarm that somebody else owns, reopen nothing
    SPEAK = "speak"  # say something through a robot
    RUN_CAMPAIGN = "run_campaign"  # start and withdraw a check-in of many homes
    GIVE_NOTICE = "give_notice"  # the notice of the day
    NAME_PEOPLE = "name_people"  # names of people and homes
    VIEW_ROBOTS = "view_robots"
    MANAGE_ROBOTS = "manage_robots"  # enrol, revoke
    PING_ROBOT = "ping_robot"
    SETTLE_QUARANTINE = "settle_quarantine"
    VIEW_AUDIT = "view_audit"
    MANAGE_USERS = "manage_users"
    MANAGE_TOKENS = "manage_tokens"


_A = Action

PERMISSIONS: dict[Role, frozenset[Action]] = {
    Role.OPERATOR: frozenset({_A.VIEW_DESK, _A.ANSWER_ALARM, _A.SPEAK, _A.VIEW_ROBOTS, _A.PING_ROBOT}),
    Role.SUPERVISOR: frozenset(
        {
            _A.VIEW_DESK, _A.ANSWER_ALARM, _A.REASSIGN_ALARM, _A.SPEAK, _A.RUN_CAMPAIGN,
            _A.GIVE_NOTICE, _A.NAME_PEOPLE, _A.VIEW_ROBOTS, _A.PING_ROBOT, _A.SETTLE_QUARANTINE, _A.VIEW_AUDIT,
        }
    ),
    Role.TECHNICIAN: frozenset({_A.VIEW_ROBOTS, _A.MANAGE_ROBOTS, _A.PING_ROBOT, _A.SETTLE_QUARANTINE}),
    Role.ADMINISTRATOR: frozenset(Action),
}  # fmt: skip

TABLE = Permissions({str(role): frozenset(map(str, actions)) for role, actions in PERMISSIONS.items()})


def may(role: str, action: Action) -> bool:
    """Whether a role may do this; an unknown role may nothing."""
    return TABLE.may(role, action)


SYSTEM = Who("district", "system")
