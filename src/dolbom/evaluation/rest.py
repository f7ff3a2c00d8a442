"""`dolbom eval rest`: a day of sound in which nobody calls the robot, through everything that could raise an alarm.

The day is made by a seed and heard as fast as it can be: voice detector, spotter, recogniser, understanding, companion,
voice and safety, without ROS. Nothing may be suspected, said or done, and memory must not grow.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
import psutil
import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from dolbom.bench.bare_talk import RecognisingAtOnce
from dolbom.bench.sayings import VOICES, even, spoken_by_espeak
from dolbom.companion.companion import Companion
from dolbom.companion.decisions import Ask, Say
from dolbom.companion.observations import Answered, Heard, Moment, Outcome, Spoken, Tick
from dolbom.dialog.intents import Understanding
from dolbom.dialog.voice import Voice
from dolbom.errors import UserError
from dolbom.evaluation.speech import read_transcripts
from dolbom.i18n import LANGUAGES, catalogue
from dolbom.speech.detector import VoiceDetector
from dolbom.speech.hearing import Decision, Dismissed, EarsParameters, Hearing, Spotted
from dolbom.speech.recognition import recogniser_for
from dolbom.speech.sound import CHUNK, CHUNK_S, RATE, Floats, Samples, floats, pcm, read_sound, resampled
from dolbom.speech.spotting import spotter_for

Part = Literal["still", "hum", "television"]
HOUR = round(3600 / CHUNK_S)
"""Chunks."""
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
TICK = round(10 / CHUNK_S)
STILL = 3
"""Largest sample of a still room."""


@dataclass(frozen=True)
class Day:
    """How the day is made.

    Attributes:
        hours: of all; what is neither hum nor television is still.
        hum_hours: a refrigerator's hum, the room's noise, and bangs, clatter and whistles now and then.
        television_min: speech without a break, over music.
        seed: of everything that is left to chance.
    """

    hours: float = 24.0
    hum_hours: float = 2.0
    television_min: float = 30.0
    seed: int = 1


@dataclass(frozen=True)
class Event:
    """Something that should not have happened.

    Attributes:
        hour: of the day.
        part: what was to be heard.
        what: suspicion or act, and of what.
        text: the words.
    """

    hour: float
    part: Part
    what: str
    text: str


@dataclass
class Found:
    """What came of a day.

    Attributes:
        dismissed: what was spotted and was something else by its words: no harm, but work.
        turns: turns of speech that were recognised, by part.
        memory_mb: resident, after each hour.
        part_s: seconds that each part took to hear.
    """

    suspicions: list[Event] = field(default_factory=list)
    acts: list[Event] = field(default_factory=list)
    spotted: list[Event] = field(default_factory=list)
    dismissed: list[Event] = field(default_factory=list)
    turns: dict[str, int] = field(default_factory=dict)
    memory_mb: list[float] = field(default_factory=list)
    heard_h: dict[str, float] = field(default_factory=dict)
    part_s: dict[str, float] = field(default_factory=dict)

    @property
    def growth_mb_per_hour(self) -> float:
        """Slope of memory over the hours, after the first quarter of them, in which everything is first used."""
        kept = self.memory_mb[len(self.memory_mb) // 4 :]
        return float(np.polyfit(np.arange(len(kept)), kept, 1)[0]) if len(kept) > 1 else 0.0


# --- the sound of a day -----------------------------------------------------------------------------------------------


class Sounds:
    """Makes the parts, each as a stream of chunks without end.

    Args:
        lang: of the television.
        speech: recordings of people who do not speak to the robot, 16 kHz; may be none.
        seed: of everything.
    """

    def __init__(self, lang: str, speech: Sequence[Floats], seed: int) -> None:
        self._lang, self._rng = lang, np.random.default_rng(seed)
        self._speech = list(speech)
        self._still = self._rng.integers(-STILL, STILL + 1, (64, CHUNK)).astype(np.int16)

    def of(self, part: Part) -> Iterator[Samples]:
        """Chunks of a part."""
        if part == "still":
            while True:
                yield self._still[int(self._rng.integers(len(self._still)))]
        buffer = np.zeros(0, np.int16)
        while True:
            made = self._minute_of_hum() if part == "hum" else self._scene()
            buffer = np.concatenate([buffer, pcm(made)])
            for begin in range(0, len(buffer) - CHUNK + 1, CHUNK):
                yield buffer[begin : begin + CHUNK]
            buffer = buffer[len(buffer) // CHUNK * CHUNK :]

    def _noise(self, count: int, dbfs: float) -> Floats:
        spectrum = np.fft.rfft(self._rng.standard_normal(count))
        spectrum /= np.sqrt(np.maximum(np.fft.rfftfreq(count, 1 / RATE), 50.0))
        noise = np.fft.irfft(spectrum, count)
        return np.asarray(noise / np.sqrt(np.mean(np.square(noise))) * 10 ** (dbfs / 20), np.float32)

    def _minute_of_hum(self) -> Floats:
        rng, count = self._rng, 60 * RATE
        at = np.arange(count) / RATE
        out = self._noise(count, rng.uniform(-60, -45))
        for harmonic in (1, 2, 3, 5):
            out += (10 ** (rng.uniform(-60, -42) / 20) * np.sin(2 * np.pi * 60 * harmonic * at)).astype(np.float32)
        for _ in range(int(rng.integers(0, 4))):
            self._event(out)
        return out

    def _event(self, out: Floats) -> None:
        """A bang, a clatter of dishes, or a kettle's whistle."""
        rng, loud = self._rng, 10 ** (self._rng.uniform(-25, -8) / 20)
        kind, begin = rng.integers(3), int(rng.integers(0, len(out) - 4 * RATE))
        if kind == 0:
            count = int(rng.uniform(0.1, 0.6) * RATE)
            out[begin : begin + count] += self._noise(count, -20) * 10 * loud * np.exp(-np.arange(count) / 1200)
        elif kind == 1:
            for _ in range(int(rng.integers(3, 12))):
                count, at = int(rng.uniform(0.03, 0.2) * RATE), begin + int(rng.uniform(0, 1.5) * RATE)
                ring = np.sin(2 * np.pi * rng.uniform(1500, 5000) * np.arange(count) / RATE)
                out[at : at + count] += (loud * ring * np.exp(-np.arange(count) / 600)).astype(np.float32)
        else:
            count = int(rng.uniform(1, 3) * RATE)
            pitch = rng.uniform(900, 2500) * np.linspace(1, rng.uniform(1, 1.3), count)
            out[begin : begin + count] += (0.3 * loud * np.sin(2 * np.pi * np.cumsum(pitch) / RATE)).astype(np.float32)

    def _scene(self) -> Floats:
        """Some seconds of television: a sentence in a voice that is nobody's, over music, and what comes after it."""
        rng = self._rng
        if self._speech and rng.random() < 0.6:
            sentence = self._speech[int(rng.integers(len(self._speech)))]
        else:
            texts = catalogue(self._lang, "bench")["television"]
            voices = VOICES[self._lang]
            text, voice = texts[int(rng.integers(len(texts)))], voices[int(rng.integers(len(voices)))]
            sentence = floats(spoken_by_espeak(text, voice[0], int(rng.integers(130, 190)), int(rng.integers(25, 75))))
        # Faster and higher, or slower and deeper.
        voice_of_nobody = resampled(sentence, RATE, round(RATE * rng.uniform(0.85, 1.2) / 100) * 100)
        out = np.concatenate([voice_of_nobody, np.zeros(int(rng.exponential(0.7) * RATE), np.float32)])
        at = np.arange(len(out)) / RATE
        for note in rng.choice([220.0, 261.6, 329.6, 392.0, 440.0], 3, replace=False):
            out += (10 ** (rng.uniform(-50, -36) / 20) * np.sin(2 * np.pi * note * at)).astype(np.float32)
        return out + self._noise(len(out), rng.uniform(-60, -48))


def parts_of(day: Day) -> list[tuple[Part, int]]:
    """Hour by hour: which part, and for how many chunks; each hour has its share of hum and television."""
    found: list[tuple[Part, int]] = []
    hours = max(1, round(day.hours))
    whole = round(day.hours * HOUR / hours)
    hum, television = round(day.hum_hours * HOUR / hours), round(day.television_min / 60 * HOUR / hours)
    for _ in range(hours):
        found += [("still", max(0, whole - hum - television)), ("hum", hum), ("television", television)]
    return found


# --- what hears it ----------------------------------------------------------------------------------------------------


class Listener:
    """Everything between the sound and an alarm, with the real engines.

    Raises:
        UserError: if weights are missing.
    """

    def __init__(self, lang: str, found: Found) -> None:
        parameters = EarsParameters()
        recogniser = recogniser_for(parameters, time.monotonic)
        assert recogniser is not None
        understanding = Understanding()
        understanding.warm(lang)
        self._lang, self._found = lang, found
        self._hearing = Hearing(
            parameters, lang, VoiceDetector(), spotter_for(lang, parameters), RecognisingAtOnce(recogniser)
        )
        self._voice = Voice()
        self._companion = Companion(understanding=understanding, lang=lang)
        self._number = 0

    def hear(self, chunk: Samples, part: Part) -> None:
        """The next chunk."""
        self._number += 1
        now = self._number * CHUNK_S
        for decision in [*self._hearing.hear(chunk, now, self._number), *self._hearing.poll(now)]:
            self._take(decision, now, part)
        if self._number % TICK == 0:
            self._do(self._companion.observe(Tick(self._moment(now))), now, part, "")
            self._voice.tick(now)

    def _moment(self, now: float) -> Moment:
        return Moment(now, BEGIN + timedelta(seconds=now))

    def _take(self, decision: Decision, now: float, part: Part) -> None:
        found, hour = self._found, now / 3600
        if isinstance(decision, Dismissed):
            found.dismissed.append(Event(hour, part, decision.spot.kind, decision.spot.phrase))
            return
        if isinstance(decision, Spotted):
            spot = decision.spot
            event = Event(hour, part, spot.kind, spot.phrase)
            (found.suspicions if spot.kind == "help" else found.spotted).append(event)
            text, spotted, confidence = "", spot.phrase, spot.confidence
        else:
            found.turns[part] = found.turns.get(part, 0) + 1
            text, spotted, confidence = decision.text, "", decision.confidence
        heard = Heard(self._moment(now), text, "mic", None, self._lang, decision.stamp, spotted, confidence)
        words = text or spotted
        told = self._voice.hear(
            words, now, confidence, self._lang, voice="mic", began=decision.stamp, spotted=bool(spotted)
        )
        found.suspicions += [Event(hour, part, type(one).__name__, words) for one in told]
        self._do(self._companion.observe(heard), now, part, words)

    def _do(self, decisions: Sequence[object], now: float, part: Part, words: str) -> None:
        for decision in decisions:
            what = type(decision).__name__
            kept = self._found.suspicions if what == "Suspect" else self._found.acts
            kept.append(Event(now / 3600, part, what, words))
            # What it says is over at once, and nobody answers.
            if isinstance(decision, Say):
                self._do(self._companion.observe(Spoken(self._moment(now), decision.id, True)), now, part, words)
            elif isinstance(decision, Ask):
                silent = Answered(self._moment(now), decision.id, Outcome.SILENCE)
                self._do(self._companion.observe(silent), now, part, words)


def hear_day(day: Day, lang: str, speech: Sequence[Floats], told: Callable[[float], None] = lambda _: None) -> Found:
    """Hears a whole day.

    Args:
        day: how it is made.
        lang: "ko" or "en".
        speech: recordings for the television, -1..1, 16 kHz.
        told: called with how much of the chunks was heard, 0..1.
    """
    found, sounds, process = Found(), Sounds(lang, speech, day.seed), psutil.Process()
    listener = Listener(lang, found)
    streams = {part: sounds.of(part) for part in ("still", "hum", "television")}
    parts = parts_of(day)
    whole, done = sum(count for _, count in parts), 0
    for number, (part, count) in enumerate(parts):
        begun, stream = time.perf_counter(), streams[part]
        for _ in range(count):
            listener.hear(next(stream), part)
            done += 1
            if done % 1000 == 0:
                told(done / whole)
        found.part_s[part] = found.part_s.get(part, 0.0) + time.perf_counter() - begun
        found.heard_h[part] = found.heard_h.get(part, 0.0) + count * CHUNK_S / 3600
        if number % 3 == 2:
            found.memory_mb.append(process.memory_info().rss / 1e6)
    return found


def speech_of(folder: Path) -> list[Floats]:
    """The recordings of a folder with transcripts.csv.

    Raises:
        UserError: if it cannot be read.
    """
    return [floats(even(pcm(read_sound(folder / row.clip)))) for row in read_transcripts(folder)]


app = typer.Typer(rich_markup_mode="rich", context_settings={"help_option_names": ["-h", "--help"]})


@app.command(
    epilog="Examples:  dolbom eval rest --speech ../shared/data/speech_ko --json   "
    "dolbom eval rest --hours 1 --hum-hours 0.1 --television-min 2"
)
def command(
    speech: Annotated[
        Path | None, typer.Option(help="Folder with transcripts.csv: speech for the television, altered by seed.")
    ] = None,
    lang: Annotated[str, typer.Option(help="ko or en.")] = "ko",
    hours: Annotated[float, typer.Option(min=0.05, max=240, help="Of the whole day; the rest of it is still.")] = 24.0,
    hum_hours: Annotated[float, typer.Option(min=0, max=240, help="Of hum, noise, bangs and clatter.")] = 2.0,
    television_min: Annotated[float, typer.Option(min=0, max=6000, help="Minutes of speech over music.")] = 30.0,
    seed: Annotated[int, typer.Option(help="Of everything left to chance.")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """A day of sound in which nobody calls the robot: nothing may be suspected or done, and memory must stay flat.

    Made by a seed: stillness; hum with bangs, clatter and whistles; television: espeak-ng's news sentences and the
    recordings of --speech at other pitch and pace, over music. Heard as fast as it can be, through the detector,
    spotter, recogniser, understanding, companion and voice; the figures say how long each part was.
    """
    if lang not in LANGUAGES:
        raise UserError(f"no language {lang!r}", f"there are {', '.join(LANGUAGES)}")
    if hum_hours + television_min / 60 > hours:
        raise UserError("hum and television are longer than the day", "raise --hours")
    recordings = speech_of(speech) if speech else []
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("a day at rest", total=1.0)
        found = hear_day(
            Day(hours, hum_hours, television_min, seed),
            lang,
            recordings,
            lambda at: progress.update(task, completed=at),
        )
    speeds = {part: round(found.heard_h[part] * 3600 / max(took, 1e-6)) for part, took in found.part_s.items()}
    if as_json:
        figures = asdict(found) | {"growth_mb_per_hour": round(found.growth_mb_per_hour, 3), "speeds": speeds}
        typer.echo(json.dumps(figures, ensure_ascii=False))
        return
    for name, some in (("suspicions", found.suspicions), ("acts", found.acts)):
        typer.echo(f"{name}: {len(some)}")
        for event in some:
            typer.echo(f"  {event.hour:5.2f} h  {event.part}  {event.what}: {event.text}")
    for part, length in found.heard_h.items():
        typer.echo(f"{part:10} {length:5.2f} h at {speeds[part]} times real time, {found.turns.get(part, 0)} turns")
    typer.echo(f"memory {found.memory_mb[-1]:.0f} MB, {found.growth_mb_per_hour:+.2f} MB an hour")
