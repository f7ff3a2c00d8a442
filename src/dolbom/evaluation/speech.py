"""`dolbom eval speech DIR`: how much of what was said is understood, and how soon.

The folder holds sound files and a `transcripts.csv` with the columns `clip` and `text`. Each clip is heard as on the
robot: cut into turns by the voice detector, each turn recognised by itself. Errors are counted over letters without
spaces and punctuation, in lower case; figures stand as they were written.
"""

from __future__ import annotations

import json
import re
import time
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from pydantic import BaseModel, ConfigDict, Field, field_validator
from rapidfuzz.distance import Levenshtein
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table

from dolbom.errors import UserError
from dolbom.evaluation.clips import clip_path, read_table
from dolbom.i18n import LANGUAGES
from dolbom.speech.detector import VoiceDetector
from dolbom.speech.recognition import Recogniser, RecognitionParameters, WhisperRecogniser, whisper_model
from dolbom.speech.sound import CHUNK_S, RATE, Floats, chunks, floats, pcm, read_sound
from dolbom.speech.turns import Segment, TurnParameters, Turns

TRANSCRIPTS = "transcripts.csv"
SILENCE_AFTER = 3 * RATE
CLEAN = "clean"

app = typer.Typer(rich_markup_mode="rich", context_settings={"help_option_names": ["-h", "--help"]})


class Transcript(BaseModel):
    """One line of transcripts.csv."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    clip: str = Field(min_length=1)
    text: str = Field(min_length=1)

    @field_validator("text")
    @classmethod
    def _says_something(cls, text: str) -> str:
        if not letters(text):
            raise ValueError("no letter or figure in it")
        return text


@dataclass
class ClipResult:
    """What was heard of one clip under one condition.

    Attributes:
        heard: the texts of its turns, joined.
        letters, letter_errors, words, word_errors: of the transcript, and against it.
        sound_s: length of the clip.
        recognising_s: time spent on recognition.
        waits: for each turn, seconds from the end of its last word, as the detector heard it, until its text was there,
            when recognition starts at the end of the turn.
    """

    transcript: Transcript
    heard: str = ""
    letters: int = 0
    letter_errors: int = 0
    words: int = 0
    word_errors: int = 0
    sound_s: float = 0.0
    recognising_s: float = 0.0
    waits: list[float] = field(default_factory=list)
    failed: str | None = None


def letters(text: str) -> str:
    """Only letters and figures, lower case, without spaces."""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFC", text).lower())


def words(text: str) -> list[str]:
    """The words of a text, lower case, without punctuation."""
    return re.sub(r"[^\w\s]|_", "", unicodedata.normalize("NFC", text).lower()).split()


def read_transcripts(folder: Path) -> list[Transcript]:
    """The lines of transcripts.csv, see `read_table`."""
    return read_table(folder, TRANSCRIPTS, Transcript, ("clip", "text"), "clip and text")


def with_noise(samples: Floats, decibels: float, seed: int) -> Floats:
    """The sound with pink noise so many dB below its mean power; digital silence does not count for the mean."""
    rng = np.random.default_rng(seed)
    spectrum = np.fft.rfft(rng.standard_normal(len(samples)))
    # Flat below 50 Hz, then falling by 3 dB an octave, as a room's noise does.
    spectrum /= np.sqrt(np.maximum(np.fft.rfftfreq(len(samples), 1 / RATE), 50.0))
    noise = np.fft.irfft(spectrum, len(samples))
    speech = samples[samples != 0]
    if not len(speech):
        return samples  # so many dB under nothing is nothing
    gain = np.sqrt(np.mean(np.square(speech)) / max(float(np.mean(np.square(noise))), 1e-12) / 10 ** (decibels / 10))
    return np.asarray(samples + gain * noise, np.float32)


def turns_of(samples: Floats, parameters: TurnParameters) -> list[Segment]:
    """The turns that the ears would hear."""
    detector, turns, found = VoiceDetector(), Turns(parameters), []
    for number, chunk in enumerate(chunks(pcm(samples))):
        found += turns.push(chunk, detector.probability(chunk), number * CHUNK_S)
    return [one for one in [*found, *turns.flush()] if isinstance(one, Segment) and one.ended]


def evaluate_clip(
    transcript: Transcript, samples: Floats, recogniser: Recogniser, lang: str, parameters: TurnParameters
) -> ClipResult:
    """Hears one clip."""
    result = ClipResult(transcript, sound_s=(len(samples) - SILENCE_AFTER) / RATE)
    texts: list[str] = []
    for turn in turns_of(samples, parameters):
        begin = time.perf_counter()
        texts.append(recogniser.recognise(floats(turn.samples), lang).text)
        took = time.perf_counter() - begin
        result.recognising_s += took
        end = turn.stamp + len(turn.samples) / RATE
        result.waits.append(end - turn.spoken_until + took)
    result.heard = " ".join(text for text in texts if text)
    said, heard = letters(transcript.text), letters(result.heard)
    result.letters, result.letter_errors = len(said), Levenshtein.distance(said, heard)
    said_words, heard_words = words(transcript.text), words(result.heard)
    result.words, result.word_errors = len(said_words), Levenshtein.distance(said_words, heard_words)
    return result


def figures(results: Iterable[ClipResult]) -> dict[str, Any]:
    """Error rates and times over some clips; None where there is nothing to count."""
    done = [r for r in results if r.failed is None]
    said, said_words = sum(r.letters for r in done), sum(r.words for r in done)
    sound_s, waits = sum(r.sound_s for r in done), [wait for r in done for wait in r.waits]
    return {
        "cer": round(sum(r.letter_errors for r in done) / said, 4) if said else None,
        "wer": round(sum(r.word_errors for r in done) / said_words, 4) if said_words else None,
        "clips": len(done),
        "letters": said,
        "real_time_factor": round(sum(r.recognising_s for r in done) / sound_s, 3) if sound_s else None,
        "end_of_speech_to_text_s": {
            "p50": round(float(np.percentile(waits, 50)), 2) if waits else None,
            "p95": round(float(np.percentile(waits, 95)), 2) if waits else None,
            "of": len(waits),
        },
    }


def evaluate(
    folder: Path,
    transcripts: list[Transcript],
    lang: str,
    noise: list[float],
    recogniser: Recogniser,
    parameters: TurnParameters,
) -> dict[str, list[ClipResult]]:
    """Hears all clips, clean and at each signal-to-noise ratio, with a progress bar on standard error."""
    conditions: dict[str, float | None] = {CLEAN: None} | {f"{decibels:g} dB": decibels for decibels in noise}
    results: dict[str, list[ClipResult]] = {name: [] for name in conditions}
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True)) as bar:
        task = bar.add_task("clips", total=len(transcripts) * len(conditions))
        for number, one in enumerate(transcripts):
            try:
                # Somebody who has spoken is quiet; the noise goes on.
                samples, failed = np.pad(read_sound(clip_path(folder, one.clip)), (0, SILENCE_AFTER)), None
            except UserError as error:
                samples, failed = np.zeros(0, np.float32), str(error)
            for name, decibels in conditions.items():
                if failed is not None:
                    results[name].append(ClipResult(one, failed=failed))
                else:
                    heard = samples if decibels is None else with_noise(samples, decibels, number)
                    results[name].append(evaluate_clip(one, heard, recogniser, lang, parameters))
                bar.advance(task)
    return results


def report(results: dict[str, list[ClipResult]], lang: str, parameters: TurnParameters) -> dict[str, Any]:
    """Everything for programs; the top-level figures are those of the clean sound."""
    clean = results[CLEAN]
    return {
        **figures(clean),
        "lang": lang,
        "end_of_turn_s": parameters.end_of_turn_s,
        "noise": {name: figures(found) for name, found in results.items() if name != CLEAN},
        "failed": [{"clip": r.transcript.clip, "why": r.failed} for r in clean if r.failed is not None],
        "per_clip": [
            {
                "clip": r.transcript.clip,
                "said": r.transcript.text,
                "heard": {name: found[i].heard for name, found in results.items()},
                "letter_errors": r.letter_errors,
                "letters": r.letters,
            }
            for i, r in enumerate(clean)
            if r.failed is None
        ],
    }


def _decibels(text: str) -> list[float]:
    try:
        return [float(one) for one in text.split(",") if one.strip()]
    except ValueError:
        raise UserError(f"--noise {text} is not a list of decibels", "as in --noise 20,10,5") from None


@app.command()
def speech(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder with the clips and a transcripts.csv.")],
    lang: Annotated[str, typer.Option(help="ko or en.")] = "ko",
    as_json: Annotated[bool, typer.Option("--json", help="For programs: one JSON object on standard output.")] = False,
    noise: Annotated[str, typer.Option(help="Also with pink noise at these dB, as in 20,10,5.")] = "",
) -> None:
    """Measure speech recognition on a folder of transcribed clips.

    Examples:  [bold]dolbom eval speech clips --lang ko[/]   [bold]dolbom eval speech clips --noise 20,10,5 --json[/]
    """
    if lang not in LANGUAGES:
        raise UserError(f"no language {lang!r}", f"there are {', '.join(LANGUAGES)}")
    transcripts, decibels, parameters = read_transcripts(folder), _decibels(noise), TurnParameters()
    recogniser = WhisperRecogniser(RecognitionParameters(), whisper_model())
    recogniser.warm()
    results = evaluate(folder, transcripts, lang, decibels, recogniser, parameters)
    if all(r.failed is not None for r in results[CLEAN]):
        raise UserError(f"none of {len(transcripts)} clips could be read, first {results[CLEAN][0].failed}")
    found = report(results, lang, parameters)
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False, indent=2))
        return
    table = Table(title="What was understood")
    for column in ("", "character errors", "word errors", "real time", "end of speech to text, s (95 %)"):
        table.add_column(column)
    for name, f in [(CLEAN, found), *found["noise"].items()]:
        waits = f["end_of_speech_to_text_s"]
        table.add_row(
            name, f"{f['cer']:.1%}", f"{f['wer']:.1%}", f"{f['real_time_factor']}×", f"{waits['p50']} ({waits['p95']})"
        )
    console = Console()
    console.print(table)
    for one in found["failed"]:
        console.print(f"[yellow]failed[/] {one['clip']}: {one['why']}")
    for one in found["per_clip"]:
        if one["letter_errors"]:
            console.print(f"{one['clip']}: {one['said']} → {one['heard'][CLEAN]}", markup=False)
