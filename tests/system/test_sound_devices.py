"""Real device calls, through PortAudio and ALSA to a PulseAudio server whose only devices are null sinks."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from dolbom.speech.sound import RATE


class SoundServer:
    """PulseAudio of one test: what is played on its only sink is what its only microphone hears."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        for name in ("run", "state", "home"):
            (folder / name).mkdir(mode=0o700)
        self.environment = dict(os.environ) | {
            "PULSE_RUNTIME_PATH": str(folder / "run"),
            "PULSE_STATE_PATH": str(folder / "state"),
            "PULSE_SERVER": f"unix:{folder / 'run' / 'native'}",
            "HOME": str(folder / "home"),
            "XDG_CONFIG_HOME": str(folder / "home"),
        }
        (folder / "home" / ".asoundrc").write_text(
            "pcm.!default { type pulse }\nctl.!default { type pulse }\npcm.pulse { type pulse }\n"
        )
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    def start(self) -> None:
        script = self._folder / "default.pa"
        script.write_text(
            "load-module module-native-protocol-unix\n"
            "load-module module-null-sink sink_name=room rate=48000 channels=1\n"
            "load-module module-remap-source master=room.monitor source_name=microphone channels=1\n"
            "set-default-sink room\nset-default-source microphone\n"
        )
        self._process = subprocess.Popen(
            ["pulseaudio", "-n", "--daemonize=no", "--exit-idle-time=-1", "-F", str(script)],
            env=self.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        socket = self._folder / "run" / "native"
        deadline = time.monotonic() + 15
        while not socket.exists():
            assert self._process.poll() is None, "pulseaudio ended"
            assert time.monotonic() < deadline, "pulseaudio does not listen"
            time.sleep(0.05)

    def stop(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait(10)
            self._process = None
        with suppress(OSError):
            (self._folder / "run" / "native").unlink()
        with suppress(OSError):
            (self._folder / "run" / "pid").unlink()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[SoundServer]:
    server = SoundServer(tmp_path)
    yield server
    server.stop()


def dolbom(server: SoundServer, *arguments: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "dolbom", *map(str, arguments)],
        env=server.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def ended(process: subprocess.Popen[str], deadline_s: float = 30.0) -> tuple[int, str, str]:
    out, err = process.communicate(timeout=deadline_s)
    return process.returncode, out, err


def test_what_is_played_on_a_device_is_what_a_device_hears(
    server: SoundServer, tmp_path: Path, wait_until: Callable[..., Any]
) -> None:
    code, out, err = ended(dolbom(server, "audio", "devices", "--json"))
    assert code == 0, err
    assert any(one["default_input"] and one["default_output"] for one in json.loads(out)), out
    said = (8000 * np.sin(2 * np.pi * 440 * np.arange(RATE) / RATE)).astype(np.int16)
    soundfile.write(tmp_path / "said.wav", said, RATE)
    file = tmp_path / "heard.wav"

    def heard() -> Any:
        return np.frombuffer(file.read_bytes()[44:], np.int16) if file.exists() else np.zeros(0, np.int16)

    def sounding() -> Any:
        samples = heard()
        return samples[np.abs(samples) > 500]

    recording = dolbom(server, "audio", "record", file, "--seconds", "60")
    try:
        wait_until(lambda: len(heard()), 30, "the recording's begin")

        def play() -> bool:
            code, _, err = ended(dolbom(server, "audio", "play", tmp_path / "said.wav"))
            assert code == 0, err
            return len(sounding()) > 0.5 * RATE

        # A machine that is busy with other tests loses some of it, and plays it again.
        wait_until(play, 60, "what was played")
        tone = sounding()
        assert np.sqrt(np.mean(tone.astype(float) ** 2)) == pytest.approx(8000 / np.sqrt(2), rel=0.1)
    finally:
        recording.kill()
        recording.wait(10)
    assert ended(dolbom(server, "audio", "record", file, "--seconds", "0.5"))[0] == 0
    found, rate = soundfile.read(file, dtype="int16")
    assert (rate, len(found)) == (RATE, pytest.approx(RATE / 2, abs=RATE // 20))


PROGRAM = """
import json, sys, threading, time
import numpy as np
from dolbom.speech.ports import AudioParameters, PortLostError, open_sink, open_source
from dolbom.speech.echo import EchoCanceller
source = open_source(AudioParameters())
while True:
    try:
        source.open()
        print(json.dumps({"open": source.name}), flush=True)
        while True:
            source.read()
    except PortLostError as error:
        print(json.dumps({"lost": str(error)}), flush=True)
        source.close()
        time.sleep(0.3)
"""


def test_a_microphone_that_goes_away_is_told_and_one_that_comes_back_is_used(
    server: SoundServer, wait_until: Callable[..., Any]
) -> None:
    program = subprocess.Popen(
        [sys.executable, "-c", PROGRAM],
        env=server.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert program.stdout is not None
        assert "open" in json.loads(program.stdout.readline())
        server.stop()
        assert "lost" in json.loads(program.stdout.readline())
        server.start()
        for line in program.stdout:
            if "open" in json.loads(line):
                break
        else:
            pytest.fail("it was not opened again")
    finally:
        program.kill()
        program.wait(10)


def test_without_a_device_it_is_one_line_and_a_cure(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    environment = dict(os.environ) | {"PULSE_SERVER": f"unix:{tmp_path}/none", "HOME": str(tmp_path / "home")}
    for arguments in (["record", str(tmp_path / "a.wav"), "--microphone", "Jabra"], ["level", "--microphone", "none"]):
        ran = subprocess.run(
            [sys.executable, "-m", "dolbom", "audio", *arguments], env=environment, capture_output=True, text=True,
            timeout=30, check=False,
        )  # fmt: skip
        assert (ran.returncode, len(ran.stderr.strip().splitlines())) == (2, 1), ran.stderr
        assert "dolbom audio devices" in ran.stderr
