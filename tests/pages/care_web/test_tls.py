"""The pages in the home's network: over TLS, with the robot's own certificate or one that was given."""

from __future__ import annotations

import json
import ssl
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from tests.web.care_pages import make_home
from typer.testing import CliRunner

from dolbom import doctor
from dolbom.clock import SystemClock
from dolbom.errors import UserError
from dolbom.platform.authority import SERVER_LIFE, Authority
from dolbom.web.care import cli
from dolbom.web.care.home import CareHome
from dolbom.web.care.server import CareServer, CareWebParameters
from dolbom.web.tls import certified, public_name, reached_under, shown

NOW = SystemClock().civil()
OPEN = {"host": "0.0.0.0", "port": 0, "allow_network": True}


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CareHome:
    monkeypatch.setenv("DOLBOM_HOME", str(tmp_path))
    return make_home(tmp_path, SystemClock())


@contextmanager
def served(home: CareHome, **parameters: object) -> Iterator[CareServer]:
    server, stopping = CareServer(CareWebParameters.model_validate(OPEN | parameters), home), threading.Event()
    thread = threading.Thread(target=server.run, args=(stopping,), daemon=True)
    thread.start()
    yield server
    stopping.set()
    thread.join(10)


def test_in_the_network_they_speak_tls_that_is_good_for_whoever_trusts_the_robots_own_authority(
    own: CareHome, tmp_path: Path
) -> None:
    with served(own) as server:
        assert server.url.startswith("https://")
        trusted = Path(json.loads(CliRunner().invoke(cli.app, ["certificate", "--json"]).output)["file"])
        context = ssl.create_default_context(cafile=trusted)
        with urllib.request.urlopen(server.url + "/login", timeout=10, context=context) as answer:
            assert answer.headers["Strict-Transport-Security"]
        with pytest.raises(OSError, match="certificate verify failed"):
            urllib.request.urlopen(server.url + "/login", timeout=10)
        [finding] = doctor.certificates()
        assert finding.ok
        printed = CliRunner().invoke(cli.app, ["certificate"]).output
        assert "BEGIN CERTIFICATE" in printed
        assert (tmp_path / "tls" / "server.key").stat().st_mode & 0o077 == 0
    assert own.secure, "a cookie that is sent over TLS only"


def test_bound_to_this_machine_they_need_none(own: CareHome) -> None:
    with served(own, host="127.0.0.1", allow_network=False) as server:
        assert server.url.startswith("http://")
    assert not own.secure
    assert list(doctor.certificates()) == []
    with pytest.raises(UserError, match="not served over TLS"):
        CliRunner().invoke(cli.app, ["certificate"], catch_exceptions=False)


def test_the_own_certificate_stays_the_same_until_it_ends_or_the_names_change(tmp_path: Path) -> None:
    authority = Authority(tmp_path, "dolbom robot", NOW)
    first = authority.server({"robot.local", "192.168.0.7"}, NOW)[0].read_bytes()
    assert authority.server({"192.168.0.7", "robot.local"}, NOW + timedelta(days=1))[0].read_bytes() == first
    other = authority.server({"robot.local", "192.168.0.8"}, NOW)[0].read_bytes()
    assert other != first
    late = NOW + SERVER_LIFE - timedelta(days=30)
    assert authority.server({"robot.local", "192.168.0.8"}, late)[0].read_bytes() != other
    (tmp_path / "server.key").unlink()
    renewed = Authority(tmp_path, "dolbom robot", NOW).server({"robot.local"}, NOW)
    assert shown(renewed[0]).names == ("robot.local",)


def test_a_certificate_that_was_given_is_used_and_one_without_its_key_is_one_line(tmp_path: Path) -> None:
    authority = Authority(tmp_path / "ca", "somebody", NOW)
    certificate, key = map(str, authority.server({"care.example.org"}, NOW))
    given = certified("0.0.0.0", (), certificate, key, tmp_path, NOW)
    assert given is not None
    assert given.authority is None
    for wrong, said in (
        ((certificate, ""), "without its key"),
        ((certificate, str(tmp_path / "none")), "none is not there"),
        ((certificate, certificate), "no certificate with its key"),
    ):
        with pytest.raises(UserError, match=said) as error:
            certified("127.0.0.1", (), *wrong, tmp_path, NOW)
        assert "\n" not in str(error.value)


def test_the_doctor_says_when_a_certificate_ends_or_is_for_another_name(tmp_path: Path) -> None:
    authority = Authority(tmp_path, "somebody", NOW)
    told = shown(authority.server({"care.example.org", "*.home.example"}, NOW)[0])
    assert told.troubles("care.example.org", NOW) == told.troubles("robot.home.example", NOW) == ""
    assert "is not for 192.168.0.7" in told.troubles("192.168.0.7", NOW)
    assert "ends on" in told.troubles("care.example.org", NOW + SERVER_LIFE - timedelta(days=3))
    assert "ended on" in told.troubles("care.example.org", NOW + SERVER_LIFE + timedelta(days=1))


def test_the_names_of_the_machine_are_those_under_which_it_is_reached() -> None:
    assert {"localhost", "127.0.0.1"} <= reached_under("0.0.0.0")
    assert reached_under("192.168.0.7") >= {"192.168.0.7", "localhost"}
    assert public_name("192.168.0.7") == "192.168.0.7"
    assert public_name("0.0.0.0") not in ("", "0.0.0.0")
