"""Homes and their robots: invited with a one-time code, enrolled, heard, silent, revoked."""

from __future__ import annotations

import hmac
import secrets
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from dolbom.district.access import SYSTEM, Who
from dolbom.district.models import Home, Robot, RobotState
from dolbom.district.repositories import alarms, changes
from dolbom.errors import UserError
from dolbom.staff import audit
from dolbom.staff.accounts import hashed

CODE_LIFE = timedelta(hours=24)
HEARD_STEP = timedelta(seconds=1)


class CodeRefused(Exception):
    """A one-time code is not accepted; says why."""


def invite(session: Session, robot_id: str, home_id: str, who: Who, now: datetime, label: str = "") -> str:
    """Makes a one-time code with which a robot can enrol, for a new robot or one whose disk was lost.

    Raises:
        UserError: if the robot stands in another home.
    """
    home = session.get(Home, home_id)
    if home is None:
        home = Home(id=home_id, label=label, phone="")
        session.add(home)
    elif label:
        home.label = label
    robot = session.get(Robot, robot_id)
    if robot is None:
        robot = Robot(id=robot_id, home_id=home_id, state=RobotState.INVITED, status={}, generation=0)
        session.add(robot)
    elif robot.home_id != home_id:
        raise UserError(
            f"robot {robot_id!r} belongs to home {robot.home_id!r}", "give it another name, or name that home"
        )
    elif robot.state == RobotState.REVOKED:
        robot.state = RobotState.INVITED
    code = secrets.token_urlsafe(24)
    robot.code_hash, robot.code_expires, robot.code_used = hashed(code), now + CODE_LIFE, False
    audit.record(session, who, "invite_robot", now, robot_id, home_id)
    changes.record(session, "home", now, home=home_id)
    return code


def redeem(session: Session, robot_id: str, code: str, now: datetime) -> Robot:
    """The robot with this id, if the code is good; the code is used up by this.

    Raises:
        CodeRefused
    """
    robot = session.get(Robot, robot_id)
    if robot is None or robot.code_hash is None or not hmac.compare_digest(robot.code_hash, hashed(code)):
        raise CodeRefused("wrong")
    if robot.code_used:
        raise CodeRefused("used")
    if robot.code_expires is None or now > robot.code_expires:
        raise CodeRefused("expired")
    robot.code_used = True
    robot.generation += 1
    return robot


def certified(session: Session, robot: Robot, expires: datetime, action: str, now: datetime) -> None:
    """The robot has its certificate and may connect."""
    robot.state, robot.certificate_expires = RobotState.ENROLLED, expires
    audit.record(session, Who(f"robot:{robot.id}", "robot"), action, now, robot.id)
    changes.record(session, "home", now, home=robot.home_id)


def revoke(session: Session, robot_id: str, who: Who, now: datetime) -> None:
    """The robot may not connect any more; what it sent stays, and an alarm about its silence ends.

    Raises:
        UserError: if there is no such robot.
    """
    robot = session.get(Robot, robot_id)
    if robot is None:
        raise UserError(f"there is no robot {robot_id!r}", "`dolbom district robots` lists them")
    robot.state, robot.online, robot.code_hash = RobotState.REVOKED, False, None
    alarms.end_silence(session, robot, now)
    audit.record(session, who, "revoke_robot", now, robot_id)
    changes.record(session, "home", now, home=robot.home_id)


def admitted(session: Session) -> dict[str, int]:
    """The robots that may connect, with the generation of their certificates."""
    rows = session.execute(select(Robot.id, Robot.generation).where(Robot.state == RobotState.ENROLLED))
    return {row.id: row.generation for row in rows}


def heard(session: Session, robot: Robot, now: datetime, status: dict[str, Any] | None = None) -> None:
    """Something came from the robot: it lives."""
    was_online = robot.online
    alarms.end_silence(session, robot, now)
    if robot.heard_at is None or now - robot.heard_at >= HEARD_STEP or not was_online:
        robot.heard_at = now
    robot.online = True
    if status is not None:
        robot.status = status
    if status is not None or not was_online:
        changes.record(session, "home", now, home=robot.home_id)


def gone(session: Session, robot: Robot, now: datetime) -> None:
    """The robot's connection ended; it is silent from when it was last heard."""
    if robot.online:
        robot.online = False
        changes.record(session, "home", now, home=robot.home_id)


def watch(session: Session, now: datetime, silence: timedelta, watching_since: datetime) -> list[str]:
    """Raises an alarm for each robot that was not heard for `silence`. Returns the robots.

    Args:
        watching_since: when the district began to listen: what it could not hear is not the robot's silence.
    """
    silent = []
    enrolled = select(Robot).where(Robot.state == RobotState.ENROLLED, Robot.heard_at.is_not(None))
    for robot in session.scalars(enrolled):
        assert robot.heard_at is not None
        if now - max(robot.heard_at, watching_since) >= silence:
            robot.online = False
            if alarms.raise_silence(session, robot, now):
                audit.record(session, SYSTEM, "silent_robot", now, robot.id)
                silent.append(robot.id)
    return silent


def homes(session: Session) -> list[Home]:
    """Every home with its robots."""
    return list(session.scalars(select(Home).options(joinedload(Home.robots)).order_by(Home.id)).unique())
