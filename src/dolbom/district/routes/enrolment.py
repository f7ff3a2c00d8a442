"""Where robots enrol and renew: an HTTPS listener of its own, known to nobody but robots with a code."""

from __future__ import annotations

import base64
import binascii
from datetime import datetime
from typing import Annotated

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from fastapi import FastAPI, HTTPException, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from dolbom.district.models import Robot, RobotState
from dolbom.district.repositories import robots
from dolbom.district.service import District
from dolbom.events import Name
from dolbom.platform.enrolment import Enrolled
from dolbom.platform.identity import Membership
from dolbom.platform.messages import Address

Pem = Annotated[str, Field(max_length=8192)]


class EnrolmentRequest(BaseModel):
    model_config = ConfigDict(extra="forbid")

    robot: Name
    code: Annotated[str, Field(max_length=128)]
    request: Pem


class RenewalRequest(BaseModel):
    model_config = ConfigDict(extra="forbid")

    robot: Name
    certificate: Pem
    request: Pem
    signature: Annotated[str, Field(max_length=512)]


def create_enrolment_app(district: District) -> FastAPI:
    """The application of the enrolment listener."""
    app = FastAPI(title="dolbom enrolment", openapi_url=None, docs_url=None, redoc_url=None)

    @app.get("/authority")
    def authority() -> Response:
        return Response(district.authority.pem, media_type="application/x-pem-file")

    @app.post("/enrol", response_model=Enrolled)
    def enrol(asked: EnrolmentRequest) -> Enrolled | JSONResponse:
        now = district.now()
        try:
            with district.database.writing() as session:
                robot = robots.redeem(session, asked.robot, asked.code, now)
                answer = _certify(robot, asked.request.encode())
                robots.certified(session, robot, _expires(answer.certificate), "enrol_robot", now)
        except robots.CodeRefused as refused:
            return JSONResponse({"reason": str(refused)}, 403)
        district.robots_changed()
        district.touched()
        return answer

    @app.post("/renew", response_model=Enrolled)
    def renew(asked: RenewalRequest) -> Enrolled | JSONResponse:
        now = district.now()
        request = asked.request.encode()
        with district.database.writing() as session:
            robot = session.get(Robot, asked.robot)
            if robot is None or robot.state != RobotState.ENROLLED:
                return JSONResponse({"reason": "revoked"}, 403)
            try:
                signature = base64.b64decode(asked.signature, validate=True)
            except (binascii.Error, ValueError):
                signature = b""
            held = asked.certificate.encode()
            if not district.authority.may_renew(held, request, signature, robot.id, robot.generation, now):
                return JSONResponse({"reason": "stranger"}, 403)
            answer = _certify(robot, request)
            robots.certified(session, robot, _expires(answer.certificate), "renew_robot", now)
        return answer

    def _certify(robot: Robot, request: bytes) -> Enrolled:
        try:
            certificate = district.authority.robot(request, robot.id, robot.generation, district.now())
        except ValueError as error:
            raise HTTPException(422, f"request: {error}") from error
        return Enrolled(
            membership=Membership(
                address=Address(district=district.name, home=robot.home_id, robot=robot.id),
                broker_host=district.broker_host, broker_port=district.broker_port, enrol_url=district.enrol_url,
            ),
            certificate=certificate.public_bytes(serialization.Encoding.PEM).decode(),
            now=district.now(),
        )  # fmt: skip

    return app


def _expires(certificate: str) -> datetime:
    return x509.load_pem_x509_certificate(certificate.encode()).not_valid_after_utc
