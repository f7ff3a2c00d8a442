"""What tests of the care worker's pages share: a home without a robot, programs with tokens, browsers that log in."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from tests.web.care_pages import PASSWORD, awaken, furnish, make_home

from dolbom.staff import accounts
from dolbom.web.care.access import ROBOT, Role
from dolbom.web.care.app import create_app
from dolbom.web.care.home import CareHome

ClientFor = Callable[[Role | None], TestClient]
LogIn = Callable[[str], "Browser"]


@pytest.fixture(scope="package")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a furnished home, to be copied: making one anew takes ten times as long."""
    folder = tmp_path_factory.mktemp("furnished")
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setenv("DOLBOM_HOME", str(folder))
        home = make_home(folder)
        furnish(home)
        home.database.close()
        home.store.close()
    return folder


@pytest.fixture
def home(tmp_path: Path, furnished: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[CareHome]:
    """A furnished home, 09:30 on a Wednesday."""
    monkeypatch.setenv("DOLBOM_HOME", str(tmp_path))
    shutil.copytree(furnished, tmp_path, dirs_exist_ok=True)
    home = make_home(tmp_path)
    awaken(home)
    yield home
    home.database.close()
    home.store.close()


@pytest.fixture(scope="package")
def built(furnished: Path) -> FastAPI:
    """The application, made once: reading what its hundred routes ask for takes a tenth of a second."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setenv("DOLBOM_HOME", str(furnished))
        home = make_home(furnished)
        app = create_app(home)
        home.database.close()
        home.store.close()
    return app


@pytest.fixture
def app(built: FastAPI, home: CareHome) -> FastAPI:
    """The application of this test's home."""
    built.state.home = home
    built.state.gate = replace(built.state.gate, database=home.database, now=home.now)
    return built


@pytest.fixture
def client_for(app: FastAPI, home: CareHome) -> ClientFor:
    """`client_for(role)`: a program with a token of that role; None for nobody."""

    def make(role: Role | None) -> TestClient:
        headers = {}
        if role is not None:
            with home.database.writing() as session:
                _, secret = accounts.add_token(session, f"test-{role}", role, 30, ROBOT, home.now())
            headers = {"Authorization": f"Bearer {secret}"}
        return TestClient(app, headers=headers, follow_redirects=False)

    return make


class Browser:
    """Somebody who is logged in, as browsers do it."""

    def __init__(self, client: TestClient) -> None:
        self.client = client
        self.csrf = client.get("/staff").text.split('"X-CSRF-Token":"')[1].split('"')[0]

    def post(self, path: str, **fields: object) -> tuple[int, str]:
        """Sends a form with its token; the status, and the page or where it leads."""
        response = self.client.post(path, data={"csrf": self.csrf, **fields})
        return response.status_code, response.headers.get("location", response.text)

    def get(self, path: str) -> str:
        """A page."""
        response = self.client.get(path)
        assert response.status_code == 200, response.text
        return response.text


@pytest.fixture
def log_in(app: FastAPI) -> LogIn:
    """`log_in(name)`: a browser that is logged in."""

    def make(name: str) -> Browser:
        client = TestClient(app, follow_redirects=False)
        assert client.post("/login", data={"name": name, "password": PASSWORD}).status_code == 303
        return Browser(client)

    return make
