"""Small talk with a server that speaks the OpenAI protocol, on this machine: what is said, and what never is."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from dolbom.dialog.smalltalk import SmallTalk, SmallTalkParameters, flaw_of
from dolbom.errors import UserError
from dolbom.i18n import phrase

FIXED = phrase("ko", "smalltalk.fixed")


class Server:
    """Answers every request with `answer`, after `delay` seconds; keeps what it was asked."""

    def __init__(self) -> None:
        self.answer: Any = "오늘 햇볕이 참 좋지요."
        self.status, self.delay, self.location = 200, 0.0, ""
        self.asked: list[dict[str, Any]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                outer.asked.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                outer.paths.append(self.path)
                time.sleep(outer.delay)
                body = json.dumps({"choices": [{"message": {"content": outer.answer}}]}).encode()
                self.send_response(outer.status)
                if outer.location:
                    self.send_header("Location", outer.location)
                self.send_header("Content-Length", str(len(body)))
                with contextlib.suppress(BrokenPipeError):  # whoever asked waits no longer
                    self.end_headers()
                    self.wfile.write(body)

            def log_message(self, *args: Any) -> None:
                pass

        self.paths: list[str] = []
        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.http.serve_forever, args=(0.01,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.http.server_port}/v1"


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.http.shutdown()
    server.http.server_close()


def test_the_servers_words_are_said_with_what_was_said_before(server: Server) -> None:
    talk = SmallTalk(SmallTalkParameters(url=server.url, model="small"))
    reply = talk.reply("심심해", "ko", turns=[("안녕", "안녕하세요")])
    assert (reply.text, reply.refused) == (server.answer, "")
    assert server.paths == ["/v1/chat/completions"]
    assert [one["role"] for one in server.asked[0]["messages"]] == ["system", "user", "assistant", "user"]
    assert server.asked[0]["messages"][-1]["content"] == "심심해"


def test_without_a_server_it_is_off() -> None:
    assert SmallTalk().reply("심심해", "ko").text == FIXED


@pytest.mark.parametrize(
    "answer",
    [
        "약을 두 알 드세요.",
        "혈압이 높으신가 봐요.",
        "병원에 가 보세요.",
        "119에 전화할게요.",
        "제가 도와줄 사람을 보내 드릴게요.",
        "010-1234-5678로 연락 주세요.",
        "https://example.org 를 보세요",
        "It is a lovely day.",
        "",
        "가" * 400,
        "그 말씀은 틀렸어요.",
        "저는 언어 모델이라 몰라요.",
        "약 을 끊 으 세 요",
        None,
        ["오늘"],
    ],
)
def test_words_that_must_not_be_spoken_are_replaced(server: Server, answer: Any) -> None:
    server.answer = answer
    reply = SmallTalk(SmallTalkParameters(url=server.url)).reply("심심해", "ko")
    assert reply.text == FIXED
    assert reply.refused


@pytest.mark.parametrize("answer", ["그 노래 참 좋지요. 어릴 때도 들으셨어요?", "손주가 오면 뭘 하고 노세요?"])
def test_harmless_words_pass(answer: str) -> None:
    assert flaw_of(answer, "ko", 160) == ""


@pytest.mark.parametrize(
    "answer", ["Take two pills.", "Your blood pressure is high.", "I'll call someone.", "Ring 555 1234.", "안녕하세요"]
)
def test_english_words_are_checked_too(answer: str) -> None:
    assert flaw_of(answer, "en", 160)


def test_a_slow_server_is_not_waited_for(server: Server) -> None:
    server.delay = 1.0
    began = time.monotonic()
    reply = SmallTalk(SmallTalkParameters(url=server.url, time_limit_s=0.2)).reply("심심해", "ko")
    assert reply.text == FIXED
    assert time.monotonic() - began < 0.9


@pytest.mark.parametrize(("status", "location"), [(500, ""), (302, "http://127.0.0.1:9/v1/chat/completions")])
def test_errors_and_redirects_are_no_answer(server: Server, status: int, location: str) -> None:
    server.status, server.location = status, location
    reply = SmallTalk(SmallTalkParameters(url=server.url)).reply("심심해", "ko")
    assert reply.text == FIXED
    assert f"status {status}" in reply.refused


def test_a_call_for_help_is_never_sent(server: Server) -> None:
    assert SmallTalk(SmallTalkParameters(url=server.url)).reply("살려 주세요", "ko").text == FIXED
    assert server.asked == []


def test_a_proxy_of_the_environment_is_not_used(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    assert SmallTalk(SmallTalkParameters(url=server.url)).reply("심심해", "ko").refused == ""


@pytest.mark.parametrize("url", ["http://8.8.8.8/v1", "http://[2001:4860:4860::8888]/v1", "https://0.0.0.0/v1"])
def test_a_server_outside_the_home_is_refused_unless_allowed(url: str) -> None:
    with pytest.raises(UserError, match="outside this home"):
        SmallTalk(SmallTalkParameters(url=url))
    SmallTalk(SmallTalkParameters(url=url, anywhere=True))


@pytest.mark.parametrize("url", ["127.0.0.1:8080", "ftp://127.0.0.1/x", "http://", "http://[::1"])
def test_an_address_that_is_none_is_told(url: str) -> None:
    with pytest.raises(UserError, match="is no address"):
        SmallTalk(SmallTalkParameters(url=url))


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/v1", "http://192.168.0.9/v1", "http://[::1]:8080/v1"])
def test_the_homes_own_network_is_allowed(url: str) -> None:
    SmallTalk(SmallTalkParameters(url=url))
