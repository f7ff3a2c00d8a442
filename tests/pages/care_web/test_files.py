"""Pictures and recordings that people send: kept without what they need not say, played, removed."""

from __future__ import annotations

import io
import os
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile
from PIL import Image
from tests.pages.care_web.conftest import Browser, ClientFor, LogIn
from tests.web.care_pages import robot_of

from dolbom.clock import ManualClock
from dolbom.errors import UserError
from dolbom.speech.own_sounds import find_sound
from dolbom.web.care import photos, recordings
from dolbom.web.care.access import Role
from dolbom.web.care.home import CareHome
from dolbom.web.pictures import find_picture


def sound(seconds: float = 0.5, loud: float = 0.3) -> bytes:
    file = io.BytesIO()
    wave = np.sin(np.arange(round(44_100 * seconds)) / 9) * loud
    soundfile.write(file, np.stack([wave, wave], axis=1), 44_100, format="OGG")
    return file.getvalue()


def photo(size: tuple[int, int] = (40, 20)) -> bytes:
    """A picture that says where it was taken, and lies on its side."""
    file, image = io.BytesIO(), Image.new("RGB", size, "red")
    exif = image.getexif()
    exif[0x0112] = 6  # turned by a quarter
    exif.get_ifd(0x8825)[1] = "N"
    exif[0x010F] = "PhoneOfSomebody"
    image.save(file, "JPEG", exif=exif)
    return file.getvalue()


def send(
    browser: Browser, path: str, content: bytes, file: str, field: str = "files", **fields: str
) -> tuple[int, str]:
    answer = browser.client.post(
        path, data={"csrf": browser.csrf, **fields}, files={field: (file, content, "application/octet-stream")}
    )
    return answer.status_code, answer.headers.get("location", answer.text)


def test_a_picture_of_a_medicine_is_kept_upright_and_says_nothing_of_place_or_phone(
    log_in: LogIn, client_for: ClientFor
) -> None:
    worker = log_in("sunhee")
    assert send(worker, "/files/pictures", photo(), "IMG 0001.JPG", name="심장약 반 알") == (303, "/files")
    assert send(worker, "/files/pictures", photo(), "심장약-반-알.jpg") == (303, "/files"), "none is overwritten"
    found = find_picture("심장약-반-알")
    assert found is not None
    kept = found[0].read_bytes()
    assert Image.open(io.BytesIO(kept)).size == (20, 40)
    assert b"PhoneOfSomebody" not in kept
    assert not Image.open(io.BytesIO(kept)).getexif()
    assert "심장약-반-알-2" in client_for(Role.CARE_WORKER).get("/api/files").json()["pictures"]
    assert "심장약-반-알</option>" in worker.get("/routines/heart")
    answer = worker.client.get("/api/pictures/심장약-반-알")
    assert answer.headers["content-type"] == "image/jpeg"
    assert worker.post("/files/pictures/심장약-반-알/remove")[0] == 303
    assert find_picture("심장약-반-알") is None
    shipped = client_for(Role.CARE_WORKER).get("/api/files").json()["shipped"][0]
    assert worker.post(f"/files/pictures/{shipped}/remove")[0] == 404


@pytest.mark.parametrize("content", [b"", b"<svg/>", b"\xff\xd8\xff\xe0broken", b"GIF89a" + b"\0" * 40])
def test_what_is_no_picture_is_not_kept(log_in: LogIn, tmp_path: Path, content: bytes) -> None:
    code, _ = send(log_in("sunhee"), "/files/pictures", content, "x.jpg")
    assert code in (409, 422)
    assert not list(tmp_path.glob("pictures/*"))


def test_a_picture_that_says_to_be_huge_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(photos, "MOST_PIXELS", 100)
    with pytest.raises(UserError, match="too large"):
        photos.opened(photo())


def test_a_familiar_voice_is_kept_as_what_the_robot_plays_and_can_be_heard_and_chosen(
    log_in: LogIn, home: CareHome
) -> None:
    worker = log_in("sunhee")
    assert send(worker, "/files/recordings", sound(), "../../딸의 목소리.ogg")[0] == 303
    [name] = recordings.recording_names()
    assert name == "딸의 목소리.wav"
    file = find_sound(name)
    assert file is not None
    assert soundfile.info(file).samplerate == 16_000
    assert soundfile.info(file).channels == 1
    page = worker.get("/files")
    assert "딸의 목소리.wav" in page
    assert worker.client.get("/api/recordings/딸의 목소리.wav").content[:4] == b"RIFF"
    assert "딸의 목소리.wav</option>" in worker.get("/routines/lunch")
    assert send(worker, "/files/recordings", sound(loud=0.0), "silence.ogg")[0] == 409
    assert send(worker, "/files/recordings", b"no sound", "x.wav")[0] == 409
    assert worker.post("/files/recordings/딸의 목소리.wav/remove")[0] == 303
    assert recordings.recording_names() == []
    assert worker.post("/files/recordings/..%2Fhome.db/remove")[0] in (404, 405)


def test_what_was_removed_is_put_back_for_a_month_and_then_erased(
    log_in: LogIn, home: CareHome, tmp_path: Path
) -> None:
    worker = log_in("sunhee")
    send(worker, "/files/recordings", sound(), "딸.ogg")
    assert worker.post("/files/recordings/딸.wav/remove")[0] == 303
    assert "지운 목소리 (1)" in worker.get("/files")
    assert worker.post("/files/removed/recordings/딸.wav/back")[0] == 303
    assert find_sound("딸.wav") is not None
    assert worker.post("/files/removed/recordings/딸.wav/back")[0] == 404
    worker.post("/files/recordings/딸.wav/remove")
    assert isinstance(home.clock, ManualClock)
    home.clock.advance(31 * 86_400)
    assert "지운 목소리" not in log_in("sunhee").get("/files")
    assert not [file for file in tmp_path.rglob("*.wav") if file.is_file()]


def test_family_sends_its_voice_which_is_played_once_and_not_kept(log_in: LogIn, home: CareHome) -> None:
    son = log_in("minsu")
    page = son.client.get("/talk")
    assert "microphone=(self)" in page.headers["permissions-policy"]
    assert "microphone=()" in log_in("hana").client.get("/").headers["permissions-policy"]
    code, said = send(son, "/talk/message", sound(), "voice.ogg", "message")
    assert code == 200
    assert "목소리를 전했습니다" in said
    [(_, what, name)] = robot_of(home).did
    assert what == "message"
    assert find_sound(name) is not None
    assert recordings.recording_names() == [], "it is no recording that a routine can choose"
    recordings.forget_message(name)
    assert find_sound(name) is None
    assert send(son, "/talk/message", b"noise", "x.wav", "message")[0] == 422
    assert son.client.get("/files").status_code == 403


def test_a_message_that_cannot_be_played_now_is_erased_at_once(log_in: LogIn, home: CareHome, tmp_path: Path) -> None:
    robot_of(home).lost = {"voice"}
    assert send(log_in("minsu"), "/talk/message", sound(), "voice.ogg", "message")[0] == 503
    assert not list((tmp_path / "sounds").glob("*.wav"))


def test_a_message_that_was_never_played_is_erased_after_an_hour(home: CareHome) -> None:
    name = recordings.keep_message(sound())
    file = find_sound(name)
    assert file is not None
    os.utime(file, (home.now().timestamp(), home.now().timestamp()))
    home.tidy()
    assert find_sound(name) is not None
    assert isinstance(home.clock, ManualClock)
    home.clock.advance(3601)
    home.tidy()
    assert find_sound(name) is None


def wav(samples: np.ndarray, rate: int) -> bytes:
    file = io.BytesIO()
    soundfile.write(file, samples, rate, format="WAV", subtype="FLOAT")
    return file.getvalue()


def m4a(seconds: float, rate: int = 44_100, form: str = "mp4", codec: str = "aac") -> bytes:
    """What a phone's recorder makes."""
    file = io.BytesIO()
    wave = (np.sin(np.arange(round(seconds * rate)) / 9) * 0.4).astype(np.float32)
    with av.open(file, "w", format=form) as container:
        stream = container.add_stream(codec, rate=rate, layout="mono")
        for begin in range(0, len(wave), 960):
            frame = av.AudioFrame.from_ndarray(wave[None, begin : begin + 960], format="fltp", layout="mono")
            frame.rate = rate
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return file.getvalue()


@pytest.mark.parametrize("content", [m4a(2), m4a(2, 48_000, "webm", "libopus")], ids=["m4a", "webm"])
def test_a_phones_recording_is_read(content: bytes) -> None:
    heard = recordings.read(content)
    assert abs(len(heard) / 16_000 - 2) < 0.15
    assert 0.2 < float(np.abs(heard).max()) < 0.6


def test_a_film_without_sound_a_broken_one_and_a_list_of_addresses_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    listed = b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n"
    for content in (m4a(1)[:300], b"\0\0\0\x18ftypM4A " + b"\xff" * 200, b"\x1a\x45\xdf\xa3" + b"\0" * 99, listed):
        with pytest.raises(UserError, match="no recording"):
            recordings.read(content)
    monkeypatch.setattr(recordings, "LONGEST_S", 0.5)
    with pytest.raises(UserError, match="longer"):
        recordings.read(m4a(2))


NOISE = np.sin(np.arange(8_000) / 9).astype(np.float32)


@pytest.mark.parametrize(
    "content",
    [wav(NOISE, 1), wav(NOISE, 2_000_000_011), wav(np.stack([NOISE] * 32, axis=1), 16_000), wav(NOISE[:0], 16_000),
     wav(np.full(8_000, np.nan, np.float32), 16_000), wav(NOISE, 16_000)[:60],
     b"RIFF" + b"\xff" * 400, b"ID3" + b"\0" * 99],
    ids=["one-hertz", "gigahertz", "channels", "empty", "no-numbers", "cut-off", "wav-noise", "mp3-noise"],
)  # fmt: skip
def test_a_recording_that_would_fill_the_memory_or_says_nothing_is_refused(content: bytes) -> None:
    with pytest.raises(UserError):
        recordings.read(content)


def test_a_recording_that_is_too_long_is_refused_while_it_is_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recordings, "LONGEST_S", 0.25)
    with pytest.raises(UserError, match="longer"):
        recordings.read(wav(NOISE, 16_000))
    assert len(recordings.read(wav(NOISE[:3000], 16_000))) == 3000
