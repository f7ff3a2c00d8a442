"""Where sound comes from and goes to: a device, a WAV file, or nowhere; each failure told in one clear line."""

from __future__ import annotations

import queue
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from dolbom.errors import UserError
from dolbom.speech.sound import CHUNK, RATE, Samples, floats, pcm, read_sound

SILENT_S = 1.0
"""A microphone that gives nothing for so long is gone."""
FIRST_S = 4.0
"""One that was just opened may take so long; sound servers wake their devices."""
BLOCK = RATE // 50
"""Samples that are handed to the speaker at once, 20 ms: small, so that it falls silent soon."""
STEPS = (1, 3, 2, 6)
"""16, 48, 32, 96 kHz: whole multiples of 16 kHz can be thinned out without a seam."""
NO_PORTAUDIO = "PortAudio is missing"
NOWHERE = ("", "none")


class AudioParameters(BaseModel):
    """What the robot hears with and sounds through."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    microphone: str = Field(
        "default", description="default, none, a part of a device's name (`dolbom audio devices`), or a WAV file."
    )
    speaker: str = Field(
        "default", description="default, none, a part of a device's name, or the WAV file to write what sounds to."
    )
    loop: bool = Field(False, description="A WAV file begins anew at its end; otherwise it is silent then.")
    echo_cancelling: bool = Field(True, description="Take the robot's own voice out of what it hears.")
    gain_db: float = Field(0.0, ge=-40, le=40, description="Of the microphone, dB.")
    retry_longest_s: float = Field(10.0, ge=0.5, le=300, description="Longest pause between tries of a lost device.")
    told_after_s: float = Field(30.0, ge=1, le=3600, description="The district learns of trouble that lasts so long.")


class PortLostError(Exception):
    """A device or file cannot be used now; the message says why in one line."""


class Source(Protocol):
    """Gives sound, in order; used from one thread."""

    name: str

    def open(self) -> None:
        """Begins. Raises PortLostError."""
        ...

    def read(self) -> Samples:
        """The next `CHUNK` samples of 16 kHz, when they are there. Raises PortLostError."""
        ...

    def close(self) -> None:
        """Ends; may be called twice."""
        ...


class Sink(Protocol):
    """Takes sound, at the pace at which it sounds; used from one thread."""

    name: str
    latency_s: float

    def open(self) -> None:
        """Begins. Raises PortLostError."""
        ...

    def write(self, samples: Samples) -> None:
        """Sounds 16 kHz samples; returns when there is room for more. Raises PortLostError."""
        ...

    def close(self) -> None:
        """Ends; may be called twice."""
        ...


@dataclass(frozen=True)
class Device:
    """A sound device as PortAudio names it."""

    index: int
    name: str
    api: str
    inputs: int
    outputs: int
    rate: float
    default_input: bool
    default_output: bool


class PortAudio:
    """PortAudio, started again when a device was lost: only then does it see what was plugged in since.

    One for the process. Streams are counted; it is started again only while none is open.
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._open = 0
        self._stale = False

    def library(self) -> Any:
        """The `sounddevice` module.

        Raises:
            PortLostError: if the PortAudio library is not installed.
        """
        try:
            import sounddevice
        except OSError as error:
            raise PortLostError(f"{NO_PORTAUDIO}: install libportaudio2 ({error})") from None
        return sounddevice

    def refresh(self) -> None:
        """A device was lost: look anew as soon as no stream is open."""
        with self._lock:
            self._stale = True

    def devices(self) -> list[Device]:
        """What there is now.

        Raises:
            PortLostError: if PortAudio is not installed.
        """
        library = self.library()
        with self._lock:
            self._renew(library)
            chosen = library.default.device
            apis = library.query_hostapis()
            return [
                Device(
                    at, one["name"], apis[one["hostapi"]]["name"], one["max_input_channels"],
                    one["max_output_channels"], one["default_samplerate"], at == chosen[0], at == chosen[1],
                )
                for at, one in enumerate(library.query_devices())
            ]  # fmt: skip

    def open(self, device: Device, kind: str, block: int, **options: Any) -> tuple[Any, int]:
        """Opens a stream and starts it.

        Args:
            device: from `devices`.
            kind: the class of `sounddevice`.
            block: samples of 16 kHz at once.
            options: of the class.

        Returns:
            The stream, and how many of its samples are one of 16 kHz.

        Raises:
            PortLostError: if the device takes no rate that is a whole multiple of 16 kHz.
        """
        library = self.library()
        first = ""
        with self._lock:
            for step in STEPS:
                rate, size = RATE * step, block * step
                try:
                    stream = getattr(library, kind)(
                        samplerate=rate, blocksize=size, device=device.index, channels=1, dtype="int16", **options
                    )
                    stream.start()
                except Exception as error:
                    first = first or _line(error)
                    continue
                self._open += 1
                return stream, step
            self._stale = True
        raise PortLostError(f"{device.name} cannot be opened: {first}")

    def close(self, stream: Any) -> None:
        """Closes a stream, however dead its device is."""
        with self._lock:
            self._open -= 1
            with suppress(Exception):
                stream.abort()
            with suppress(Exception):
                stream.close()

    def _renew(self, library: Any) -> None:
        if self._stale and self._open == 0:
            with suppress(Exception):
                library._terminate()
            library._initialize()
            self._stale = False


PORT_AUDIO = PortAudio()


def find_device(wanted: str, *, output: bool) -> Device:
    """The device that a parameter names.

    Args:
        wanted: "default", a device's number, or a part of its name; case does not matter.
        output: a speaker is wanted, not a microphone.

    Raises:
        PortLostError: if there is none; the line names those that there are.
    """
    kind = "speaker" if output else "microphone"
    found = [one for one in PORT_AUDIO.devices() if (one.outputs if output else one.inputs) > 0]
    if wanted == "default":
        chosen = [one for one in found if (one.default_output if output else one.default_input)]
        if chosen:
            return chosen[0]
    elif wanted.isdigit():
        chosen = [one for one in found if one.index == int(wanted)]
        if chosen:
            return chosen[0]
    else:
        # The shortest name that holds the words is the likeliest meant: "USB" before "USB Monitor".
        chosen = sorted((one for one in found if wanted.lower() in one.name.lower()), key=lambda one: len(one.name))
        if chosen:
            return chosen[0]
    there = ", ".join(dict.fromkeys(one.name for one in found)) or "none at all"
    PORT_AUDIO.refresh()
    raise PortLostError(f"no {kind} {wanted!r}: there is {there}" if wanted != "default" else f"no {kind}")


class DeviceSource:
    """A microphone."""

    def __init__(self, wanted: str) -> None:
        self.name = wanted
        self._wanted = wanted
        self._stream: Any = None
        self._heard: queue.Queue[bytes] = queue.Queue(maxsize=200)
        self._step = 1
        self._filter: Any = None
        self._patience_s = FIRST_S
        self.overflows = 0

    def open(self) -> None:
        device = find_device(self._wanted, output=False)
        self.name = device.name
        self._heard, self._patience_s = queue.Queue(maxsize=200), FIRST_S
        self._stream, self._step = PORT_AUDIO.open(device, "RawInputStream", CHUNK, callback=self._take, latency="low")
        self._filter = _Thinning(self._step) if self._step > 1 else None

    def read(self) -> Samples:
        try:
            heard = np.frombuffer(self._heard.get(timeout=self._patience_s), np.int16)
        except queue.Empty:
            PORT_AUDIO.refresh()
            raise PortLostError(f"{self.name} gives no sound") from None
        self._patience_s = SILENT_S
        return self._filter(heard) if self._filter else heard

    def close(self) -> None:
        if self._stream is not None:
            PORT_AUDIO.close(self._stream)
            self._stream = None

    def _take(self, heard: Any, frames: int, when: Any, status: Any) -> None:  # noqa: ARG002 (PortAudio's signature)
        self.overflows += bool(status.input_overflow)
        with suppress(queue.Full):
            self._heard.put_nowait(bytes(heard))


class _Thinning:
    """Every n-th sample of a low-passed stream; remembers its state from block to block."""

    def __init__(self, step: int) -> None:
        from scipy.signal import firwin

        self._step = step
        self._taps = firwin(32 * step + 1, 0.94 / step)
        self._state = np.zeros(len(self._taps) - 1)

    def __call__(self, samples: Samples) -> Samples:
        from scipy.signal import lfilter

        smooth, self._state = lfilter(self._taps, 1.0, samples.astype(np.float64), zi=self._state)
        return np.asarray(np.clip(np.round(smooth[:: self._step]), -32768, 32767), np.int16)


class DeviceSink:
    """A speaker."""

    def __init__(self, wanted: str) -> None:
        self.name = wanted
        self.latency_s = 0.0
        self._wanted = wanted
        self._stream: Any = None
        self._step = 1

    def open(self) -> None:
        device = find_device(self._wanted, output=True)
        self.name = device.name
        self._stream, self._step = PORT_AUDIO.open(device, "RawOutputStream", BLOCK, latency=0.06)
        self.latency_s = float(self._stream.latency)

    def write(self, samples: Samples) -> None:
        try:
            self._stream.write(np.repeat(samples, self._step).tobytes())
        except Exception as error:
            PORT_AUDIO.refresh()
            raise PortLostError(f"{self.name} takes no sound any more: {_line(error)}") from None

    def close(self) -> None:
        if self._stream is not None:
            PORT_AUDIO.close(self._stream)
            self._stream = None


class _Paced:
    """Lets time pass as sound would take."""

    def __init__(self) -> None:
        self._begin = time.monotonic()
        self._samples = 0

    def wait(self, count: int) -> None:
        self._samples += count
        ahead = self._begin + self._samples / RATE - time.monotonic()
        if ahead > 0:
            time.sleep(ahead)
        elif ahead < -1.0:  # the machine slept: no rush to make up for it
            self._begin -= ahead


class FileSource:
    """A sound file as if somebody spoke it now; silence when it has ended.

    Raises:
        UserError: if it is no sound file.
    """

    def __init__(self, path: Path, loop: bool) -> None:
        self.name = path.name
        self._loop = loop
        self._sound = pcm(read_sound(path))
        self._at = 0
        self._pace = _Paced()

    def open(self) -> None:
        self._pace = _Paced()

    def read(self) -> Samples:
        self._pace.wait(CHUNK)
        if self._loop and self._at >= len(self._sound):
            self._at = 0
        piece = self._sound[self._at : self._at + CHUNK]
        self._at += CHUNK
        return piece if len(piece) == CHUNK else np.pad(piece, (0, CHUNK - len(piece)))

    def close(self) -> None:
        pass


class FileSink:
    """A WAV file of all that sounds, silences included.

    Args:
        path: of the file; one that is there is replaced.
        paced: takes as long as it sounds.

    Raises:
        UserError: if it cannot be written.
    """

    latency_s = 0.0

    def __init__(self, path: Path, *, paced: bool = True) -> None:
        self.name = path.name
        self._path = path
        self._paced = paced
        self._file: Any = None
        self._pace = _Paced()
        self._make()

    def _make(self) -> None:
        import soundfile

        try:
            self._file = soundfile.SoundFile(self._path, "w", samplerate=RATE, channels=1, subtype="PCM_16")
        except (soundfile.LibsndfileError, OSError) as error:
            raise UserError(
                f"{self._path} cannot be written: {error}", "name a WAV file in a folder that exists"
            ) from None

    def open(self) -> None:
        if self._file is None:
            self._make()
        self._pace = _Paced()

    def write(self, samples: Samples) -> None:
        try:
            self._file.write(samples)
            self._file.flush()
        except (OSError, RuntimeError) as error:
            raise PortLostError(f"{self.name} cannot be written: {_line(error)}") from None
        if self._paced:
            self._pace.wait(len(samples))

    def close(self) -> None:
        if self._file is not None:
            with suppress(Exception):
                self._file.close()
            self._file = None


def _is_file(wanted: str) -> bool:
    return wanted.lower().endswith((".wav", ".flac", ".ogg", ".mp3"))


def open_source(parameters: AudioParameters) -> Source | None:
    """What the robot hears with; None: it is not to hear.

    Raises:
        UserError: if a file is named that is not there or no sound.
    """
    if parameters.microphone in NOWHERE:
        return None
    if _is_file(parameters.microphone):
        return FileSource(Path(parameters.microphone).expanduser(), parameters.loop)
    return DeviceSource(parameters.microphone)


def open_sink(parameters: AudioParameters) -> Sink | None:
    """What the robot sounds through; None: it is not to sound.

    Raises:
        UserError: if a file is named that cannot be written.
    """
    if parameters.speaker in NOWHERE:
        return None
    if _is_file(parameters.speaker):
        return FileSink(Path(parameters.speaker).expanduser())
    return DeviceSink(parameters.speaker)


def amplified(samples: Samples, gain_db: float) -> Samples:
    """Louder or softer by decibels; what is too loud is clipped."""
    return samples if gain_db == 0 else pcm(floats(samples) * np.float32(10 ** (gain_db / 20)))


def _line(error: BaseException) -> str:
    return " ".join(str(error).split()) or type(error).__name__
