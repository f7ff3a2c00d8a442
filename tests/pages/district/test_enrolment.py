"""Enrolment over real HTTPS: the key stays on the robot, the code works once, and every trouble is one line."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import uvicorn
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from tests.web.district_pages import NAME, make_district

from dolbom.clock import SystemClock
from dolbom.district.access import SYSTEM
from dolbom.district.authority import Authority, robot_name
from dolbom.district.broker import free_port
from dolbom.district.models import Robot
from dolbom.district.repositories import robots
from dolbom.district.routes.enrolment import create_enrolment_app
from dolbom.district.service import District
from dolbom.errors import UserError
from dolbom.platform.enrolment import enrol, renew, renew_if_due
from dolbom.platform.identity import Identity, is_enrolled, load_identity
from dolbom.platform.invitation import Invitation, read_code


def now() -> datetime:
    """The listener's clock is the machine's own; a time of the module's import would age."""
    return SystemClock().civil()


class Listener:
    """The enrolment listener of a district."""

    def __init__(self, folder: Path) -> None:
        self.district: District = make_district(folder)
        self.admitted = 0
        self.district.robots_changed = self._admit
        port = free_port("127.0.0.1", 0, "any")
        self.district.enrol_url = f"https://127.0.0.1:{port}"
        certificate, key = self.district.authority.server(["127.0.0.1"], now())
        config = uvicorn.Config(
            create_enrolment_app(self.district), port=port, log_level="critical", lifespan="off",
            ssl_certfile=str(certificate), ssl_keyfile=str(key),
        )  # fmt: skip
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()
        while not self._server.started:
            threading.Event().wait(0.01)

    def _admit(self) -> None:
        self.admitted += 1

    def code(self, robot: str = "r1", home: str = "h1") -> str:
        with self.district.database.writing() as session:
            secret = robots.invite(session, robot, home, SYSTEM, self.district.now())
        fingerprint = self.district.authority.fingerprint
        return Invitation(url=self.district.enrol_url, robot=robot, fingerprint=fingerprint, secret=secret).code()

    def close(self) -> None:
        self._server.should_exit = True
        self._thread.join(10)
        self.district.database.close()


@pytest.fixture
def listener(tmp_path: Path) -> Iterator[Listener]:
    listener = Listener(tmp_path / "district")
    yield listener
    listener.close()


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path) -> None:
    (tmp_path / "district").mkdir()


def test_a_robot_gets_its_certificate_and_keeps_its_key_to_itself(listener: Listener, tmp_path: Path) -> None:
    identity = enrol(listener.code(), now(), tmp_path / "identity")
    assert (identity.address.district, identity.address.home, identity.address.robot) == (NAME, "h1", "r1")
    assert identity.certificate.subject == robot_name(NAME, "r1", 1)
    assert identity.certificate.not_valid_after_utc - now() > timedelta(days=360)
    assert {p.name: p.stat().st_mode & 0o077 for p in identity.folder.iterdir()} == dict.fromkeys(
        ("robot.key", "robot.crt", "district-ca.crt", "district.json"), 0
    )
    assert b"PRIVATE" in identity.key_path.read_bytes()
    assert b"PRIVATE" not in Path(listener.district.database.name).read_bytes()
    identity.tls()
    assert listener.admitted == 1


def test_a_code_works_once(listener: Listener, tmp_path: Path) -> None:
    code = listener.code()
    enrol(code, now(), tmp_path / "a")
    with pytest.raises(UserError, match="used already — ask for a new one"):
        enrol(code, now(), tmp_path / "b")
    assert not is_enrolled(tmp_path / "b")


def test_a_newer_code_ends_an_older_one_and_a_wrong_one_is_refused(listener: Listener, tmp_path: Path) -> None:
    older = listener.code()
    listener.code()
    with pytest.raises(UserError, match="does not know this code"):
        enrol(older, now(), tmp_path / "a")


def test_a_code_expires_after_a_day(listener: Listener, tmp_path: Path) -> None:
    code = listener.code()
    with listener.district.database.writing() as session:
        robot = session.get(Robot, "r1")
        assert robot is not None
        robot.code_expires = now() - timedelta(seconds=1)
    with pytest.raises(UserError, match="expired"):
        enrol(code, now(), tmp_path / "a")


def test_a_code_that_was_not_copied_whole_is_said_to_be_none(tmp_path: Path) -> None:
    for wrong in ("", "dolbom1.", "dolbom1.abc", "hello", "dolbom1." + "A" * 200):
        with pytest.raises(UserError, match="not an enrolment code"):
            read_code(wrong)


def test_a_code_survives_line_breaks(listener: Listener) -> None:
    code = listener.code()
    assert read_code(code[:40] + "\n  " + code[40:] + "\n") == read_code(code)


def test_a_district_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    port = free_port("127.0.0.1", 0, "any")
    code = Invitation(url=f"https://127.0.0.1:{port}", robot="r1", fingerprint="0" * 64, secret="s" * 20).code()
    with pytest.raises(UserError, match="cannot be reached") as raised:
        enrol(code, now(), tmp_path / "a")
    assert "\n" not in str(raised.value)


def test_a_false_district_is_found_out_before_it_learns_the_secret(listener: Listener, tmp_path: Path) -> None:
    code = Invitation(url=listener.district.enrol_url, robot="r1", fingerprint="0" * 64, secret="s" * 20).code()
    with pytest.raises(UserError, match="not the district that made this code"):
        enrol(code, now(), tmp_path / "a")


def test_a_wrong_clock_is_named_with_its_cure(listener: Listener, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"clock is 12\d minutes behind — set it"):
        enrol(listener.code(), now() - timedelta(hours=2), tmp_path / "a")


def enrolled(listener: Listener, folder: Path) -> Identity:
    return enrol(listener.code(), now(), folder)


def test_a_certificate_is_renewed_when_a_third_of_its_life_is_left(listener: Listener, tmp_path: Path) -> None:
    identity = enrolled(listener, tmp_path / "a")
    assert not identity.renewal_due(now() + timedelta(days=200))
    assert identity.renewal_due(now() + timedelta(days=250))
    assert not renew_if_due(now(), tmp_path / "a")
    assert not renew_if_due(now(), tmp_path / "nobody")
    renewed = renew(identity, now())
    assert renewed.certificate.subject == identity.certificate.subject
    assert renewed.certificate.public_key() != identity.certificate.public_key()
    renew(renewed, now())


def test_a_robot_that_missed_the_answer_to_its_renewal_can_renew_with_what_it_has(
    listener: Listener, tmp_path: Path
) -> None:
    identity = enrolled(listener, tmp_path / "a")
    kept = {p.name: p.read_bytes() for p in identity.folder.iterdir()}
    renew(identity, now())
    for name, content in kept.items():
        (identity.folder / name).write_bytes(content)
    renew(load_identity(identity.folder), now())


def test_a_certificate_of_an_earlier_enrolment_cannot_be_renewed(listener: Listener, tmp_path: Path) -> None:
    stolen = enrolled(listener, tmp_path / "stolen")
    enrolled(listener, tmp_path / "new")
    with pytest.raises(UserError, match="does not take this certificate"):
        renew(stolen, now())


def test_a_revoked_robot_gets_nothing(listener: Listener, tmp_path: Path) -> None:
    identity = enrolled(listener, tmp_path / "a")
    with listener.district.database.writing() as session:
        robots.revoke(session, "r1", SYSTEM, now())
    with pytest.raises(UserError, match="revoked this robot"):
        renew(identity, now())


def test_a_robot_cannot_move_to_another_home_by_a_code(listener: Listener) -> None:
    listener.code("r1", "h1")
    with pytest.raises(UserError, match="belongs to home 'h1'"):
        listener.code("r1", "h2")


def test_a_damaged_or_missing_identity_says_how_to_get_a_new_one(listener: Listener, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="not enrolled"):
        load_identity(tmp_path / "nobody")
    identity = enrolled(listener, tmp_path / "a")
    identity.certificate_path.unlink()
    with pytest.raises(UserError, match="missing — enrol it again"):
        load_identity(identity.folder)
    (identity.folder / "robot.crt").write_text("nonsense")
    with pytest.raises(UserError, match="damaged"):
        load_identity(identity.folder)


def test_the_authority_signs_only_what_its_sender_has_the_key_of(tmp_path: Path) -> None:
    authority = Authority(tmp_path / "authority", NAME, now())
    name = x509.Name([])
    good = (
        x509.CertificateSigningRequestBuilder()
        .subject_name(name)
        .sign(ec.generate_private_key(ec.SECP256R1()), SHA256())
    )
    wire = good.public_bytes(Encoding.DER)
    # The same request with another's signature.
    forged = x509.load_der_x509_csr(wire[:-3] + bytes(3)).public_bytes(Encoding.PEM)
    with pytest.raises(ValueError, match="own key"):
        authority.robot(forged, "r1", 1, now())
    weak = rsa.generate_private_key(65537, 1024)
    old = x509.CertificateSigningRequestBuilder().subject_name(name).sign(weak, SHA256()).public_bytes(Encoding.PEM)
    with pytest.raises(ValueError, match="P-256"):
        authority.robot(old, "r1", 1, now())
    with pytest.raises(ValueError):
        authority.robot(b"nonsense", "r1", 1, now())
    certificate = authority.robot(good.public_bytes(Encoding.PEM), "r1", 3, now())
    assert certificate.subject == robot_name(NAME, "r1", 3), "the names are the district's to give"
    with pytest.raises(x509.ExtensionNotFound):
        certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)


def test_an_authority_that_lost_its_key_says_so(tmp_path: Path) -> None:
    Authority(tmp_path / "authority", NAME, now())
    (tmp_path / "authority" / "ca.key").write_text("")
    with pytest.raises(UserError, match="restore it from the backup"):
        Authority(tmp_path / "authority", NAME, now())
