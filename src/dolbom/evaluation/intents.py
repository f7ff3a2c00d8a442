"""`dolbom eval intents FILE`: how often words are understood, and how often words that meant nothing did something.

FILE is CSV with the columns `text`, `intent` ("none": unrelated speech) and, if wanted, `lang`, `part` (figures are
also given for each part) and `topic` (what a question that waits is about, as "medicine"). A text without a topic is
understood alone, as if it came out of the blue. Names of other hands are taken for the intents they mean, as "sos" for
"emergency"; sentences of intents that do not exist here are left out, and told.
"""

from __future__ import annotations

import csv
import json
import statistics
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from dolbom.dialog.intents import Context, Understanding, Understood
from dolbom.errors import UserError
from dolbom.evaluation.intent_names import intent_named
from dolbom.evaluation.jamo_noise import misheard
from dolbom.i18n import LANGUAGES

app = typer.Typer(rich_markup_mode="rich", context_settings={"help_option_names": ["-h", "--help"]})


@dataclass(frozen=True)
class Sentence:
    """One row: what is said, what it means, in which language, to which part of the file it belongs, and what is asked.

    Attributes:
        intent: of this robot, "none", or "" where the file's own name means none of them.
        named: as the file names it.
        topic: what the question that waits is about; "" if none waits.
    """

    text: str
    intent: str
    lang: str
    part: str
    topic: str = ""
    named: str = ""


def read_sentences(
    file: Path, lang: str, understanding: Understanding, aliases: Mapping[str, str] | None = None
) -> list[Sentence]:
    """Reads and checks the file.

    Args:
        file: CSV.
        lang: of rows that name none.
        understanding: knows the intents.
        aliases: the file's names of intents → the robot's.

    Raises:
        UserError: naming the file, the line and the cure.
    """
    if not file.is_file():
        raise UserError(f"{file} is not a file", "give a CSV file with the columns text,intent")
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            reader = csv.DictReader(lines)
            columns = reader.fieldnames or []
            if not {"text", "intent"} <= set(columns):
                raise UserError(
                    f"{file}, line 1: the columns are {', '.join(columns) or 'missing'}", "text,intent are needed"
                )
            sentences = []
            for row in reader:
                if None in row or row["text"] is None or row["intent"] is None:
                    raise UserError(
                        f"{file}, line {reader.line_num}: not {len(columns)} columns", 'put "quotes" round commas'
                    )
                if not row["text"].strip():
                    raise UserError(f"{file}, line {reader.line_num}: no text", "delete the line or fill it")
                language = (row.get("lang") or lang).strip()
                if language not in LANGUAGES:
                    raise UserError(
                        f"{file}, line {reader.line_num}: no language {language!r}", f"there are {', '.join(LANGUAGES)}"
                    )
                named = row["intent"].strip()
                intent = intent_named((aliases or {}).get(named, named), understanding.intents(language)) or ""
                part, topic = (row.get("part") or "").strip(), (row.get("topic") or "").strip()
                sentences.append(Sentence(row["text"], intent, language, part, topic, named))
    except UnicodeDecodeError:
        raise UserError(f"{file} is not UTF-8 text", "save it as UTF-8") from None
    except csv.Error as error:
        raise UserError(f"{file} is no CSV file: {error}", "save it as CSV") from None
    if not sentences:
        raise UserError(f"{file} has no sentences", "add lines below text,intent")
    if not any(one.intent for one in sentences):
        raise UserError(f"{file} names no intent of this robot: {_named(sentences)}", _names(understanding, lang))
    return sentences


def _named(sentences: Sequence[Sentence]) -> str:
    return ", ".join(sorted({one.named for one in sentences if not one.intent}))


def _names(understanding: Understanding, lang: str) -> str:
    return f"there are none, {', '.join(sorted(understanding.intents(lang)))}; --alias theirs=ours names yours"


def got(understood: Understood) -> str:
    """The intent that is acted on or confirmed; "none" where nothing happens, "again" where it is asked for again."""
    if understood.emergency and understood.intent != "pain":
        return "emergency"
    return understood.intent if understood.band in ("act", "confirm") else understood.band


def right(sentence: Sentence, understood: Understood) -> bool:
    """Whether the words were understood."""
    return got(understood) == sentence.intent or (sentence.intent == "emergency" and understood.emergency)


def report(results: Sequence[tuple[Sentence, Understood]], milliseconds: Sequence[float]) -> dict[str, Any]:
    """All figures."""
    meant = [(s, u) for s, u in results if s.intent != "none"]
    unrelated = [(s, u) for s, u in results if s.intent == "none"]
    emergencies = [(s, u) for s, u in results if s.intent == "emergency"]
    acted = [(s, u) for s, u in unrelated if u.band == "act"]
    wrong_act = [(s, u) for s, u in meant if u.band == "act" and not right(s, u)]
    missed = [(s, u) for s, u in emergencies if not (u.emergency or u.intent == "emergency")]
    per_intent = {}
    for intent in sorted({s.intent for s, _ in meant}):
        own = [(s, u) for s, u in meant if s.intent == intent]
        per_intent[intent] = {"of": len(own), "accuracy": _share(sum(right(s, u) for s, u in own), len(own))}
    confused = Counter((s.intent, got(u)) for s, u in results if not right(s, u))
    return {
        "sentences": len(results),
        "accuracy": _share(sum(right(s, u) for s, u in meant), len(meant)),
        "accuracy_with_unrelated": _share(sum(right(s, u) for s, u in results), len(results)),
        "false_acts": _share(len(acted), len(unrelated)),
        "false_emergencies": _share(sum(u.emergency for _, u in unrelated), len(unrelated)),
        "false_questions": _share(sum(u.band in ("confirm", "again") for _, u in unrelated), len(unrelated)),
        "unrelated": len(unrelated),
        "wrong_acts": _share(len(wrong_act), len(meant)),
        "missed_emergencies": len(missed),
        "emergencies": len(emergencies),
        "ms": {
            "mean": round(statistics.fmean(milliseconds), 3),
            "p95": round(sorted(milliseconds)[int(0.95 * (len(milliseconds) - 1))], 3),
        },
        "bands": dict(Counter(u.band for _, u in results)),
        "per_intent": per_intent,
        "confusions": [{"meant": a, "understood": b, "times": n} for (a, b), n in confused.most_common()],
        "missed": [s.text for s, _ in missed],
        "acted_on": [{"text": s.text, "understood": got(u)} for s, u in acted],
        "mistakes": [
            {"text": u.text, "meant": s.intent, "understood": got(u), "band": u.band, "confidence": u.confidence}
            for s, u in results
            if not right(s, u)
        ],
    }


def evaluate(
    sentences: Sequence[Sentence], understanding: Understanding, noise: float, advance: Callable[[], None]
) -> dict[str, Any]:
    """Understands every sentence and makes the report, with one for each part."""
    results, times = [], []
    for sentence in sentences:
        text = misheard(sentence.text, noise, "evaluation") if noise else sentence.text
        began = time.perf_counter()
        context = Context(topic=sentence.topic, addressed=bool(sentence.topic))
        understood = understanding.of(text, sentence.lang, context)
        times.append((time.perf_counter() - began) * 1000)
        results.append((sentence, understood))
        advance()
    whole = report(results, times)
    parts = sorted({sentence.part for sentence in sentences} - {""})
    brief = ("sentences", "accuracy", "false_acts", "false_emergencies", "false_questions", "unrelated",
             "missed_emergencies", "emergencies")  # fmt: skip
    if parts:
        whole["parts"] = {
            part: {k: v for k, v in report([r for r in results if r[0].part == part], times).items() if k in brief}
            for part in parts
        }
    return whole


def _share(some: int, of: int) -> float | None:
    return round(some / of, 4) if of else None


@app.command()
def intents(
    file: Annotated[Path, typer.Argument(help="CSV: text,intent[,lang][,part]; intent none: unrelated speech.")],
    lang: Annotated[str, typer.Option(help="Language of rows that name none: ko or en.")] = "ko",
    part: Annotated[str, typer.Option(help="Only the rows of this part.")] = "",
    noise: Annotated[
        float, typer.Option(min=0, max=1, help="Share of letters misheard, 0 to 1, the same at every run.")
    ] = 0.0,
    alias: Annotated[
        list[str] | None, typer.Option(help="A name of the file for one of the robot's intents: panic=emergency.")
    ] = None,
    home: Annotated[list[Path] | None, typer.Option(help="A home's own intents: a folder with ko/*.yaml.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Accuracy of understanding, false acts on unrelated speech, missed emergencies.

    Examples:  dolbom eval intents tests/data/intents_ko.csv --json
    dolbom eval intents theirs.csv --alias panic=emergency
    """
    if lang not in LANGUAGES:
        raise UserError(f"no language {lang!r}", f"there are {', '.join(LANGUAGES)}")
    understanding = Understanding(home or ())
    aliases = dict(_alias(one, understanding, lang) for one in alias or ())
    sentences = read_sentences(file, lang, understanding, aliases)
    if part and not (sentences := [one for one in sentences if one.part == part]):
        raise UserError(f"{file} has no part {part!r}", "see its column part")
    left_out = dict(Counter(one.named for one in sentences if not one.intent))
    if left_out:
        told = f"left out, because the robot has no such intent: {_named(sentences)}; {_names(understanding, lang)}"
        typer.echo(told, err=True)
        sentences = [one for one in sentences if one.intent]
    if not sentences:
        raise UserError(f"part {part!r} of {file} names no intent of this robot", _names(understanding, lang))
    understanding.warm(*sorted({one.lang for one in sentences}))
    stderr = Console(stderr=True)
    bar = Progress(
        TextColumn("Understanding"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(),
        console=stderr, disable=not stderr.is_terminal,
    )  # fmt: skip
    with bar:
        task = bar.add_task("", total=len(sentences))
        result = {"file": file.name, "noise": noise, "left_out": left_out} | evaluate(
            sentences, understanding, noise, lambda: bar.advance(task)
        )
    if as_json:
        typer.echo(json.dumps(result, ensure_ascii=False))
        return
    print_report(result)


def _alias(text: str, understanding: Understanding, lang: str) -> tuple[str, str]:
    theirs, _, ours = text.partition("=")
    if not theirs or (ours != "none" and ours not in understanding.intents(lang)):
        raise UserError(f"--alias {text}: no intent {ours!r}", _names(understanding, lang))
    return theirs.strip(), ours


def print_report(result: dict[str, Any]) -> None:
    """The figures as tables."""
    console = Console()

    def said(value: float | None) -> str:
        return "-" if value is None else f"{value:.1%}"

    console.print(
        f"{result['sentences']} sentences: accuracy {said(result['accuracy'])}; unrelated {result['unrelated']}: "
        f"acted on {said(result['false_acts'])}, safety question {said(result['false_emergencies'])}; "
        f"missed emergencies {result['missed_emergencies']} of {result['emergencies']}; "
        f"{result['ms']['mean']:.1f} ms a sentence"
    )
    table = Table("meant", "sentences", "understood")
    for intent, figures in result["per_intent"].items():
        table.add_row(intent, str(figures["of"]), said(figures["accuracy"]))
    console.print(table)
    mistakes = Table("said", "meant", "understood", "band", "confidence")
    for one in result["mistakes"]:
        mistakes.add_row(one["text"], one["meant"], one["understood"], one["band"], f"{one['confidence']:.2f}")
    if result["mistakes"]:
        console.print(mistakes)
