"""Recordings of familiar voices and songs that people send: kept as what the robot can play."""

from __future__ import annotations

import io
import re
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np

from dolbom.events import new_id
from dolbom.speech.own_sounds import find_sound, own_folder
from dolbom.speech.sound import RATE, Floats, pcm, resampled
from dolbom.trouble import TroubleError
from dolbom.web.care.removed import put_aside

LONGEST_S = 300.0
RATES = range(4_000, 96_001)
MOST_CHANNELS = 8
"""Of what is unpacked: a small file can say to hold more than a robot's memory."""
BLOCK = 65_536
MESSAGE = "message-"
"""Names of messages that are played once and then erased begin so."""
MESSAGE_KEPT = timedelta(hours=1)
"""One that was never played is erased after that."""


def read(content: bytes) -> Floats:
    """A recording, 16 kHz mono.

    Raises:
        UserError: if it is none, is silent, or longer than `LONGEST_S`.
    """
    import soundfile

    kind = _film(content)
    try:
        if kind:
            return _audible(_unpacked(content, kind))
        with soundfile.SoundFile(io.BytesIO(content)) as file:
            if file.samplerate not in RATES or file.channels > MOST_CHANNELS:
                raise _unreadable()
            most, pieces, frames = round(LONGEST_S * file.samplerate), [], 0
            for block in file.blocks(BLOCK, dtype="float32", always_2d=True):
                frames += len(block)
                if frames > most:
                    raise _too_long()
                pieces.append(np.nan_to_num(block.mean(axis=1)))
            found = resampled(np.concatenate(pieces or [np.zeros(0, np.float32)]), file.samplerate)
    except (soundfile.SoundFileError, RuntimeError, ValueError):
        raise _unreadable() from None
    return _audible(found)


def _film(content: bytes) -> str:
    """Which container that can hold a film as well a phone's recording is in (M4A, WebM), as FFmpeg calls it; or ""."""
    if content[4:8] == b"ftyp":
        return "mp4"
    return "matroska" if content[:4] == b"\x1a\x45\xdf\xa3" else ""


def _unpacked(content: bytes, kind: str) -> Floats:
    """The sound of such a container. It is read as that and as nothing else: other kinds can name files and addresses
    for FFmpeg to open."""
    import av

    try:
        with av.open(io.BytesIO(content), "r", format=kind) as container:
            if not container.streams.audio:
                raise _unreadable()
            resampler = av.AudioResampler(format="fltp", layout="mono", rate=RATE)
            pieces, frames = [], 0
            for frame in container.decode(container.streams.audio[0]):
                if frame.sample_rate not in RATES:
                    raise _unreadable()
                for piece in resampler.resample(frame):
                    pieces.append(piece.to_ndarray()[0])
                    frames += piece.samples
                    if frames > LONGEST_S * RATE:
                        raise _too_long()
    except (av.FFmpegError, ValueError):
        raise _unreadable() from None
    found: Floats = np.nan_to_num(np.concatenate(pieces or [np.zeros(0, np.float32)]))
    return found


def _too_long() -> TroubleError:
    return TroubleError("enrolment.trouble.long_recording", minutes=f"{LONGEST_S / 60:.0f}")


def _unreadable() -> TroubleError:
    return TroubleError("enrolment.trouble.no_recording")


def _audible(found: Floats) -> Floats:
    if not len(found) or float(np.abs(found).max()) < 0.002:
        raise TroubleError("enrolment.trouble.silent_recording")
    return found


def keep_recording(name: str, content: bytes) -> str:
    """Keeps a recording in the home's folder of sounds, without what else the file said.

    Args:
        name: how it shall be called; what a file cannot be called is left out.

    Returns:
        The name under which it is kept; another than asked for, if that was taken.

    Raises:
        UserError: as `read`.
    """
    samples = read(content)
    stem = re.sub(r"[^\w가-힣 -]+", "-", name.rpartition(".")[0] or name).strip("- ")[:100] or "recording"
    if stem.startswith(MESSAGE):
        stem = f"a-{stem}"
    names = (f"{one}.wav" for one in (stem, *(f"{stem}-{number}" for number in range(2, 10_000))))
    free = next(one for one in names if find_sound(one) is None)
    _write(free, samples)
    return free


def keep_message(content: bytes) -> str:
    """A recorded message, to be played once and then erased; see `forget_message`.

    Returns:
        Its name.

    Raises:
        UserError: as `read`.
    """
    name = f"{MESSAGE}{new_id()}.wav"
    _write(name, read(content))
    return name


def forget_message(name: str) -> None:
    """Erases a message that was played."""
    if name.startswith(MESSAGE) and (file := find_sound(name)) is not None:
        file.unlink(missing_ok=True)


def forget_old_messages(now: datetime) -> None:
    """Erases messages that were never played, as after a power cut."""
    folder = own_folder()
    for file in folder.glob(f"{MESSAGE}*.wav") if folder.is_dir() else ():
        if now.timestamp() - file.stat().st_mtime > MESSAGE_KEPT.total_seconds():
            file.unlink(missing_ok=True)


def recording_names() -> list[str]:
    """Every sound of the home, without the messages."""
    folder = own_folder()
    found = folder.glob("*") if folder.is_dir() else ()
    return sorted(one.name for one in found if find_sound(one.name) and not one.name.startswith(MESSAGE))


def remove_recording(name: str, now: datetime) -> bool:
    """Removes a sound of the home, for it to be put back. False if there is none of that name."""
    file = find_sound(name)
    if file is None:
        return False
    put_aside(file, now)
    return True


def _write(name: str, samples: Floats) -> Path:
    import soundfile

    folder = own_folder()
    folder.mkdir(mode=0o700, exist_ok=True)
    beside = folder / f".{name}.new"
    soundfile.write(beside, pcm(samples), RATE, format="WAV", subtype="PCM_16")
    beside.replace(folder / name)
    return folder / name
