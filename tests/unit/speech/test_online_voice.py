"""The online voice against a real server on this machine that answers as the service does, or does not."""

from __future__ import annotations

import base64
import io
import json
import ssl
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote_plus

import numpy as np
import pytest
import soundfile

from dolbom.district.authority import Authority
from dolbom.speech.kept import Kept
from dolbom.speech.online_voice import OnlineVoice
from dolbom.speech.prompts import fixed_prompts, keep_prompts
from dolbom.speech.synthesis import NotThisSentenceError, SynthesisError

TONE = (0.3 * np.sin(2 * np.pi * 220 * np.arange(24_000) / 24_000)).astype(np.float32)
NEVER = threading.Event()


class Service(ThreadingHTTPServer):
    """Answers with a second of sound."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[str] = []
        self.status, self.wait_s, self.body = 200, 0.0, b""
        buffer = io.BytesIO()
        soundfile.write(buffer, TONE, 24_000, format="MP3")
        self.sound = base64.b64encode(buffer.getvalue()).decode()


class Handler(BaseHTTPRequestHandler):
    server: Service

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.server.asked.append(unquote_plus(body))
        time.sleep(self.server.wait_s)
        answer = self.server.body or rf')]}}\'[["wrb.fr","jQ1olc","[\"{self.server.sound}\"]",null]]'.encode()
        self.send_response(self.server.status)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    service = Service()
    threading.Thread(target=service.serve_forever, args=(0.01,), daemon=True).start()
    url = f"http://127.0.0.1:{service.server_port}/"
    monkeypatch.setattr("gtts.tts._translate_url", lambda tld, path: url)
    yield service
    service.shutdown()
    service.server_close()


@pytest.fixture
def kept(tmp_path: Path) -> Kept:
    return Kept(tmp_path / "spoken")


def test_a_sentence_is_fetched_once_and_kept(service: Service, kept: Kept) -> None:
    voice = OnlineVoice(kept, online=True, limit_s=20)
    first = voice.render("괜찮으세요?", "ko", 1.0, NEVER)
    assert 0.9 < len(first) / 16_000 < 1.2
    assert json.dumps("괜찮으세요?")[1:-1] in service.asked[0].replace("\\\\", "\\")
    again = OnlineVoice(kept, online=False).render("괜찮으세요?", "ko", 1.0, NEVER)
    assert np.array_equal(first, again)
    assert len(service.asked) == 1
    slower = voice.render("괜찮으세요?", "ko", 0.8, NEVER)
    assert len(slower) == pytest.approx(len(first) / 0.8, rel=0.05)
    assert len(service.asked) == 1


def test_without_leave_nothing_is_sent(service: Service, kept: Kept) -> None:
    voice = OnlineVoice(kept, online=False)
    assert "not allowed" in voice.unready("ko")
    with pytest.raises(NotThisSentenceError, match="not allowed"):
        voice.render("괜찮으세요?", "ko", 1.0, NEVER)
    assert service.asked == []


def test_an_answer_that_comes_too_late_is_not_waited_for_but_kept(
    service: Service, kept: Kept, wait_until: Any
) -> None:
    service.wait_s = 0.5
    voice = OnlineVoice(kept, online=True, limit_s=0.2)
    begin = time.monotonic()
    with pytest.raises(SynthesisError, match=r"within 0\.2 s"):
        voice.render("네", "ko", 1.0, NEVER)
    assert time.monotonic() - begin < 0.45
    wait_until(lambda: kept.count() == 1)
    assert len(voice.render("네", "ko", 1.0, NEVER)) > 0
    assert len(service.asked) == 1


def test_whoever_cancels_does_not_wait(service: Service, kept: Kept) -> None:
    service.wait_s = 2.0
    cancel = threading.Event()
    threading.Timer(0.05, cancel.set).start()
    begin = time.monotonic()
    assert len(OnlineVoice(kept, online=True).render("네", "ko", 1.0, cancel)) == 0
    assert time.monotonic() - begin < 1.5


@pytest.mark.parametrize(
    ("status", "body", "why"),
    [
        (500, b"", "HTTPError"),
        (200, b"<html>log in to this network</html>", "gave no sound"),
        (200, rb'"jQ1olc","[\"bm8gbXAz\"]"', "gave no sound"),
    ],
)
def test_an_answer_that_is_no_sound_is_one_line(
    service: Service, kept: Kept, status: int, body: bytes, why: str
) -> None:
    service.status, service.body = status, body
    with pytest.raises(SynthesisError, match=why):
        OnlineVoice(kept, online=True).render("네", "ko", 1.0, NEVER)
    assert kept.count() == 0


def test_whoever_only_pretends_to_be_the_service_gets_no_words(
    service: Service, kept: Kept, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = datetime.now(UTC)
    certificate, key = Authority(tmp_path / "authority", "mapo", now).server(["127.0.0.1"], now)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    service.socket = context.wrap_socket(service.socket, server_side=True)
    monkeypatch.setattr("gtts.tts._translate_url", lambda tld, path: f"https://127.0.0.1:{service.server_port}/")
    with pytest.raises(SynthesisError, match="SSLError"):
        OnlineVoice(kept, online=True).render("네", "ko", 1.0, NEVER)
    assert service.asked == []


def test_the_fixed_prompts_are_fetched_ahead_and_then_said_without_a_network(
    service: Service, kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    prompts = fixed_prompts("ko")[:4]
    monkeypatch.setattr("dolbom.speech.prompts.fixed_prompts", lambda _: prompts)
    voice = OnlineVoice(kept, online=True)
    service.status = 500
    with pytest.raises(SynthesisError):
        list(keep_prompts(voice, kept, "ko", NEVER, 0.0))
    service.status = 200
    asked = len(service.asked)
    assert list(keep_prompts(voice, kept, "ko", NEVER, 0.0)) == [4, 3, 2, 1, 0]
    assert len(service.asked) - asked == 4
    assert list(keep_prompts(voice, kept, "ko", NEVER, 0.0)) == [0]
    service.shutdown()
    offline = OnlineVoice(kept, online=False)
    assert all(len(offline.render(prompt, "ko", 0.9, NEVER)) for prompt in prompts)
    assert all(file.parent.name == "fixed" for file in kept.folder.rglob("*.flac"))
