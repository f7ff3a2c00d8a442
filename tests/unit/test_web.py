"""The robot's page without a browser: who may come in, what it answers, and what it shows."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient
from starlette.types import Message
from tests.examples import examples

from dolbom.errors import UserError
from dolbom.web.app import NotNowError, PageServer, WebParameters, create_app
from dolbom.web.board import Board, Line
from dolbom.web.doors import open_door
from dolbom.web.pictures import LARGEST, SHIPPED, find_picture
from dolbom.web.wire import BEHIND

SITE = "http://127.0.0.1:8090"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOLBOM_HOME", str(tmp_path / "home"))


class Notes:
    """A robot that notes what is done to it."""

    def __init__(self) -> None:
        self.done: list[object] = []
        self.trouble = ""

    def _do(self, what: object) -> None:
        if self.trouble:
            raise NotNowError(self.trouble)
        self.done.append(what)

    def answer(self, text: str, lang: str) -> None:
        self._do((text, lang))

    def call(self) -> None:
        self._do("call")

    def switch_camera(self, on: bool) -> None:
        self._do(on)


@pytest.fixture
def board() -> Board:
    board = Board()
    board.guarded(True)
    return board


@pytest.fixture
def robot() -> Notes:
    return Notes()


@pytest.fixture
def client(board: Board, robot: Notes) -> TestClient:
    return TestClient(create_app(board, robot), base_url=SITE, headers={"Origin": SITE})


def test_what_is_pressed_reaches_the_robot(client: TestClient, robot: Notes) -> None:
    assert client.post("/answer", json={"text": "괜찮아요"}).status_code == 204
    assert client.post("/answer", json={"text": "help", "lang": "en"}).status_code == 204
    assert client.post("/call").status_code == 204
    assert client.post("/camera", json={"on": False}).status_code == 204
    assert robot.done == [("괜찮아요", "ko"), ("help", "en"), "call", False]


@pytest.mark.parametrize("trouble", ["voice", "guard", "camera"])
def test_a_robot_that_cannot_says_which_part_cannot(client: TestClient, robot: Notes, trouble: str) -> None:
    robot.trouble = trouble
    answer = client.post("/call")
    assert (answer.status_code, answer.json()) == (503, {"error": trouble})


@pytest.mark.parametrize(
    "what", [{}, {"text": ""}, {"text": "x" * 501}, {"text": "x", "lang": "fr"}, {"text": "x", "y": 1}]
)
def test_an_answer_that_is_none_is_refused(client: TestClient, robot: Notes, what: dict[str, object]) -> None:
    assert client.post("/answer", json=what).status_code == 422
    assert robot.done == []


@pytest.mark.parametrize(
    ("typed", "heard"),
    [
        ("  괜찮아요 \n", "괜찮아요"),
        ("a\x00b\x1b[31m", "a b [31m"),
        ("\u202egnp.exe", "gnp.exe"),
        ("👩\u200d⚕\ufe0f", "👩\u200d⚕\ufe0f"),
        ("<b>네</b>", "<b>네</b>"),
        ("가" * 500, "가" * 500),
    ],
)
def test_what_is_typed_comes_as_one_line_of_words(client: TestClient, robot: Notes, typed: str, heard: str) -> None:
    assert client.post("/answer", json={"text": typed}).status_code == 204
    assert robot.done == [(heard, "ko")]


@pytest.mark.parametrize("text", [" \n\t", "\x00", "\u202e", "가" * 501, 7, None, ["네"]])
def test_what_holds_no_words_is_refused(client: TestClient, robot: Notes, text: object) -> None:
    assert client.post("/answer", json={"text": text}).status_code == 422
    assert robot.done == []


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda one: st.lists(one) | st.dictionaries(st.text(), one),
)
HOSTILE = [
    b'{"on": NaN}',
    b'{"on": 1e999}',
    b'{"text": "\\ud800"}',
    b'{"text": "\\u0000"}',
    b"[" * 9000,
    b'{"text":' * 1500,
    b"\xff\xfe{\x00}\x00",
    b"1" * 9000,
]
BODIES = st.one_of(
    st.binary(max_size=200),
    JSON.map(lambda value: json.dumps(value).encode()),
    st.fixed_dictionaries({"text": JSON, "lang": JSON, "on": JSON}).map(lambda value: json.dumps(value).encode()),
    st.fixed_dictionaries({"text": st.text(max_size=600)}).map(lambda value: json.dumps(value).encode()),
    st.sampled_from(HOSTILE),
)
KINDS = ["application/json", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "a;b"]


@settings(max_examples=examples(200), deadline=None)
@given(
    path=st.sampled_from(["/answer", "/call", "/camera", "/pictures/x", "/state", "/live", "/nothing"]),
    method=st.sampled_from(["POST", "PUT", "DELETE", "PATCH"]),
    body=BODIES,
    kind=st.sampled_from(KINDS),
)
def test_no_body_whatever_breaks_the_page_or_is_heard_without_words(
    path: str, method: str, body: bytes, kind: str
) -> None:
    robot = Notes()
    client = TestClient(create_app(Board(), robot), base_url=SITE, headers={"Origin": SITE})
    answer = client.request(method, path, content=body, headers={"Content-Type": kind})
    assert answer.status_code in (204, 400, 404, 405, 413, 422)
    for done in robot.done:
        assert done == "call" or isinstance(done, bool) or (isinstance(done, tuple) and 0 < len(done[0]) <= 500)


@pytest.mark.parametrize("body", HOSTILE)
@pytest.mark.parametrize("path", ["/answer", "/camera"])
def test_bodies_that_are_known_to_break_servers_are_refused(
    client: TestClient, robot: Notes, path: str, body: bytes
) -> None:
    answer = client.post(path, content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code in (400, 422)
    assert robot.done == []


@settings(max_examples=examples(200), deadline=None)
@given(name=st.text(max_size=80), query=st.text(max_size=40))
def test_no_address_whatever_breaks_the_page(name: str, query: str) -> None:
    client = TestClient(create_app(Board(), Notes()), base_url=SITE)
    assert client.get(f"/pictures/{quote(name, safe='')}").status_code in (200, 404)
    assert client.get(f"/?lang={quote(query)}").status_code == 200


def test_a_body_without_end_is_refused_before_it_is_read(client: TestClient, robot: Notes) -> None:
    def endless() -> Iterator[bytes]:
        while True:
            yield b" " * 1000

    async def read() -> tuple[int, int]:
        taken, status = 0, 0
        chunks = endless()

        async def receive() -> Message:
            nonlocal taken
            taken += 1
            return {"type": "http.request", "body": next(chunks), "more_body": True}

        async def send(message: Message) -> None:
            nonlocal status
            status = message.get("status", status)

        headers = [(b"host", b"127.0.0.1:8090"), (b"origin", SITE.encode())]
        scope = {"type": "http", "method": "POST", "path": "/answer", "headers": headers, "query_string": b""}
        await create_app(Board(), robot)(scope, receive, send)
        return status, taken

    status, taken = asyncio.run(read())
    assert status == 413
    assert taken <= 20
    assert client.post("/answer", content=b" " * 20_000).status_code == 413
    assert robot.done == []


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8090", "127.0.0.1.evil.example", "", "[::2]:8090"])
def test_a_foreign_name_for_this_machine_is_refused(client: TestClient, host: str) -> None:
    answer = client.get("/state", headers={"Host": host})
    assert (answer.status_code, answer.text) == (403, "this page is not served under that name")


@pytest.mark.parametrize("host", ["localhost:8090", "127.0.0.1", "[::1]:8090", "LOCALHOST"])
def test_this_machine_comes_in_by_its_own_names(client: TestClient, host: str) -> None:
    assert client.get("/state", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "origin", [None, "null", "http://evil.example", "http://127.0.0.1:9999", SITE + ".evil.example"]
)
def test_a_foreign_page_cannot_answer_for_the_person(board: Board, robot: Notes, origin: str | None) -> None:
    client = TestClient(create_app(board, robot), base_url=SITE)
    headers = {} if origin is None else {"Origin": origin}
    for path in ("/answer", "/call", "/camera"):
        assert client.post(path, json={"text": "괜찮아", "on": False}, headers=headers).status_code == 403
    assert robot.done == []


def test_every_answer_keeps_the_page_to_itself(client: TestClient) -> None:
    for path in ("/", "/state", "/static/page.js", "/nothing"):
        headers = client.get(path).headers
        assert "default-src 'none'; script-src 'self'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
    assert "no-store" in client.get("/").headers["cache-control"]
    for path in ("/docs", "/openapi.json"):
        assert client.get(path).status_code == 404


@pytest.mark.parametrize(
    ("query", "lang", "words"),
    [("", "ko", "모두 괜찮아요"), ("?lang=en", "en", "All is well"), ("?lang=xx", "ko", "모두")],
)
def test_the_page_is_whole_before_any_script_ran(client: TestClient, query: str, lang: str, words: str) -> None:
    page = client.get(f"/{query}").text
    assert f'<html lang="{lang}"' in page
    assert words in page
    assert "http://" not in page.replace(SITE, "")
    assert "https://" not in page


def test_the_worst_of_several_is_shown_until_it_ends() -> None:
    board = Board()
    assert board.state()["care"] == "unguarded"
    board.guarded(True)
    assert board.state()["care"] == "well"
    board.distress("a", "watching")
    board.distress("b", "asking")
    board.distress("c", "acknowledged")
    assert board.state()["care"] == "acknowledged"
    board.distress("d", "raised")
    assert board.state()["care"] == "raised"
    board.guarded(False)
    assert board.state()["care"] == "raised"
    for id in "dcb":
        board.distress(id, "well")
    assert board.state()["care"] == "unguarded"
    board.guarded(True)
    assert board.state()["care"] == "watching"
    board.distress("", "well")
    assert board.state()["care"] == "well"


def test_what_was_due_today_is_shown_from_when_the_robot_said_it(board: Board) -> None:
    board.time("2026-11-25T08:01")
    board.due("a", "혈압약", "2026-11-25T08:00", "due")
    assert board.state()["due"] == ""
    board.due("a", "혈압약", "2026-11-25T08:00", "reminded")
    assert [board.state()[name] for name in ("due_at", "due_title", "due")] == ["08:00", "혈압약", "reminded"]
    board.due("b", "안과", "2026-11-25T08:30", "done")
    board.due("a", "혈압약", "2026-11-25T08:00", "void")
    assert board.state()["due_title"] == "안과", "another one that is no more changes nothing"
    board.time("2026-11-26T00:00")
    assert board.state()["due"] == "", "the next day it is no news"
    board.due("b", "안과", "2026-11-26T08:30", "void")
    assert board.state()["due_title"] == ""


def test_a_page_gets_the_present_and_then_every_change(board: Board) -> None:
    async def read() -> list[str]:
        board.said(Line("robot", "안녕하세요", "2026-11-22T09:00:00+09:00"))
        stream = board.follow()
        got = [await anext(stream), await anext(stream), await anext(stream)]
        board.camera("off", "switched off")
        board.camera("off", "switched off")
        board.said(Line("person", "그래", "2026-11-22T09:00:05+09:00"))
        got += [await anext(stream), await anext(stream)]
        board.close()
        return got + [message async for message in stream]

    messages = [message.split("\n")[:2] for message in asyncio.run(read())]
    events = ["state", "lines", "exercise", "state", "said"]
    assert [event for event, _ in messages] == [f"event: {name}" for name in events]
    data = [json.loads(line.removeprefix("data: ")) for _, line in messages]
    assert data[1][0]["text"] == "안녕하세요"
    assert data[2]["state"] == ""
    assert data[3]["camera"] == "off"
    assert data[4]["speaker"] == "person"


def test_a_quiet_wire_is_kept_alive_and_a_page_that_sleeps_is_let_go(
    board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dolbom.web.wire.IDLE_S", 0.01)

    async def read() -> tuple[str, list[str]]:
        stream = board.follow()
        for _ in range(3):
            await anext(stream)
        idle = await anext(stream)
        for number in range(BEHIND + 2):
            board.said(Line("robot", str(number), ""))
        await asyncio.sleep(0)
        return idle, [message async for message in stream]

    assert asyncio.run(read()) == (": still here\n\n", [])


def test_the_page_is_served_and_stopped(board: Board, robot: Notes) -> None:
    server = PageServer(WebParameters(port=0), board, robot)
    stopping = threading.Event()
    thread = threading.Thread(target=server.run, args=(stopping,))
    thread.start()
    try:
        live = urllib.request.urlopen(server.url + "live", timeout=10)
        assert live.readline() == b"event: state\n"
        with pytest.raises(urllib.error.HTTPError, match="404"):
            urllib.request.urlopen(server.url + "nothing", timeout=10)
    finally:
        stopping.set()
        thread.join(10)
    assert not thread.is_alive()


@pytest.mark.parametrize(
    ("host", "line"),
    [
        ("0.0.0.0", "the robot's page is not opened on 0.0.0.0: it has no login"),
        ("::", "the robot's page is not opened on ::: it has no login"),
        ("192.0.2.1", "the robot's page is not opened on 192.0.2.1"),
        ("robot.local", "'robot.local' is no address to bind the page to"),
    ],
)
def test_the_page_is_not_opened_to_the_network_without_leave(host: str, line: str) -> None:
    with pytest.raises(UserError) as caught:
        open_door(host, 0, allow_network=False)
    assert str(caught.value).startswith(line)


def test_with_leave_it_is_open_under_the_names_that_were_given(board: Board, robot: Notes) -> None:
    open_door("0.0.0.0", 0, allow_network=True).close()
    client = TestClient(create_app(board, robot, names=("robot.local",)), base_url="http://robot.local:8090")
    assert client.get("/state").status_code == 200
    assert client.post("/call", headers={"Origin": "http://robot.local:8090"}).status_code == 204


def test_a_port_that_is_taken_is_one_line() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(UserError, match=f"cannot use port {port} on localhost: .* — choose another"):
            open_door("localhost", port, allow_network=False)


PNG = b"\x89PNG\r\n\x1a\nrest"


def test_a_picture_is_found_by_name_the_homes_own_first(client: TestClient, tmp_path: Path) -> None:
    assert len(list(SHIPPED.glob("*.svg"))) >= 10
    answer = client.get("/pictures/medicine")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/svg+xml")
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    (tmp_path / "medicine.png").write_bytes(PNG)
    (tmp_path / "혈압약.png").write_bytes(PNG)
    assert find_picture("medicine", tmp_path) == (tmp_path / "medicine.png", "image/png")
    assert find_picture("혈압약", tmp_path) == (tmp_path / "혈압약.png", "image/png")
    assert find_picture("water", tmp_path) == (SHIPPED / "water.svg", "image/svg+xml")


NO_NAMES = [
    "",
    ".",
    "..",
    "../water",
    "a/b",
    "a\\b",
    "water.svg",
    "https://evil.example/x.png",
    "a\x00",
    "a" * 65,
    "a\n",
]


@pytest.mark.parametrize("name", NO_NAMES)
def test_what_is_no_name_is_no_picture(client: TestClient, tmp_path: Path, name: str) -> None:
    assert find_picture(name, tmp_path) is None
    answer = client.get(f"/pictures/{quote(name, safe='')}")  # a client makes /pictures/.. the page itself
    assert answer.status_code == 404 or answer.headers["content-type"].startswith("text/html")


def test_what_leads_out_of_the_folder_or_is_no_picture_is_not_shown(tmp_path: Path) -> None:
    folder, outside = tmp_path / "pictures", tmp_path / "home.png"
    folder.mkdir()
    outside.write_bytes(PNG)
    (folder / "link.png").symlink_to(outside)
    (folder / "folder.png").mkdir()
    (folder / "empty.png").write_bytes(b"")
    (folder / "page.png").write_bytes(b"<html><script>")
    (folder / "drawn.svg").write_text("<svg onload='x'/>")
    with (folder / "huge.png").open("wb") as huge:
        huge.write(PNG)
        huge.truncate(LARGEST + 1)
    for name in ("link", "folder", "empty", "page", "drawn", "huge"):
        assert find_picture(name, folder) is None
    assert find_picture("x", tmp_path / "nowhere") is None


@pytest.mark.parametrize("drawn", sorted(SHIPPED.glob("*.svg")), ids=lambda file: file.stem)
def test_a_shipped_picture_is_a_drawing_and_nothing_else(drawn: Path) -> None:
    text = drawn.read_text(encoding="utf-8")
    tags = {node.tag.partition("}")[2] for node in ElementTree.fromstring(text).iter()}
    # Exercises are drawn moving; `animate` changes numbers and nothing else.
    assert tags <= {"svg", "g", "path", "circle", "rect", "ellipse", "animate"}
    for animate in ElementTree.fromstring(text).iter("{http://www.w3.org/2000/svg}animate"):
        assert animate.get("attributeName") in ("d", "cx", "cy")
    assert "href" not in text


def test_what_it_does_and_hears_is_told_when_it_changes(board: Board) -> None:
    async def read() -> list[str]:
        stream = board.follow()
        for _ in range(3):
            await anext(stream)
        for _ in range(2):
            board.doing("speaking")
            board.microphone("on")
            board.time("2026-11-22T09:00")
        await asyncio.sleep(0)
        told = [await anext(stream) for _ in range(3)]
        board.close()
        return told + [message async for message in stream]

    states = [json.loads(message.split("data: ")[1]) for message in asyncio.run(read())]
    assert [(one["doing"], one["microphone"], one["time"]) for one in states] == [
        ("speaking", "unknown", ""),
        ("speaking", "on", ""),
        ("speaking", "on", "2026-11-22T09:00"),
    ]
