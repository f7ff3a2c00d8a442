"""`dolbom district campaign …` and `… notice …`: what goes to many homes, from the command line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer

from dolbom.clock import SystemClock
from dolbom.district.command import AsJson, Data, open_district
from dolbom.errors import UserError

if TYPE_CHECKING:
    from dolbom.platform.messages import CampaignText, Lang

campaign = typer.Typer(no_args_is_help=True, help="Disaster check-ins: ask many homes whether all is well.")
notice = typer.Typer(no_args_is_help=True, help="The notice of the day, for every home.")


@campaign.command(name="start")
def start_campaign(
    ko: Annotated[str, typer.Option(help="What happened, in Korean.")] = "",
    ko_do: Annotated[str, typer.Option(help="What to do, in Korean.")] = "",
    en: Annotated[str, typer.Option(help="What happened, in English.")] = "",
    en_do: Annotated[str, typer.Option(help="What to do, in English.")] = "",
    minutes: Annotated[int, typer.Option(min=1, max=2880, help="A home without an answer by then is an alarm.")] = 30,
    area: Annotated[str, typer.Option(help="Only homes with these words in their label.")] = "",
    home: Annotated[list[str] | None, typer.Option(help="Only this home; may be given again.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Send without asking.")] = False,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Start a disaster check-in: the robots tell, instruct, ask, and report.

    Examples:  dolbom district campaign start --ko '지진이 났어요.' --ko-do '밖으로 나가세요.' --area 행복마을
    """
    from datetime import timedelta

    from dolbom.district.repositories import campaigns

    texts = _campaign_texts({"ko": (ko, ko_do), "en": (en, en_do)})
    words = _plain(area, "--area")
    _, database, who = open_district(data)
    with database.reading() as session:
        found = [h.label or h.id for h in campaigns.homes_of(session, words, home or ())]
    if not yes:
        typer.confirm(
            f"Send it to {len(found)} homes ({', '.join(found[:5])}{', …' if found[5:] else ''})?", abort=True
        )
    now = SystemClock().civil()
    with database.writing() as session:
        made = campaigns.start(
            session, who, now, texts=texts, deadline=now + timedelta(minutes=minutes), area=words, ids=home or ()
        )
        _print_campaign(campaigns.counts(made), made.id, "stands", as_json)


@campaign.command(name="list")
def list_campaigns(data: Data = None, as_json: AsJson = False) -> None:
    """List disaster check-ins and how the homes stand, newest first.

    Examples:  dolbom district campaign list --json
    """
    from dolbom.district.repositories import campaigns

    _, database, _ = open_district(data)
    now = SystemClock().civil()
    with database.reading() as session:
        rows = [
            {
                "id": str(c.id),
                "state": campaigns.state(c, now),
                "deadline": c.deadline.isoformat(),
                "area": c.area,
                "what": next(iter(c.texts.values()))["what"],
                **campaigns.counts(c),
            }
            for c in campaigns.listed(session)
        ]
    if as_json:
        typer.echo(json.dumps(rows))
        return
    for row in rows:
        homes = ", ".join(f"{row[a]} {a.replace('_', ' ')}" for a in campaigns.WORST_FIRST)
        typer.echo(f"{row['id']}  {row['state']}  {row['what']}  ({homes})")


@campaign.command(name="withdraw")
def withdraw_campaign(
    id: Annotated[str, typer.Argument(help="As `campaign list` shows it.")], data: Data = None, as_json: AsJson = False
) -> None:
    """Take a disaster check-in back: the robots say that it is over. Alarms that it raised stay.

    Examples:  dolbom district campaign withdraw 019ac1de-77a1-7000-8000-0242ac120002
    """
    from dolbom.district.repositories import campaigns

    _, database, who = open_district(data)
    with database.writing() as session:
        try:
            found = campaigns.withdraw(session, _uuid(id), who, SystemClock().civil())
        except campaigns.NoSuchCampaign as error:
            raise UserError(f"there is no check-in {id}", "`dolbom district campaign list` lists them") from error
        _print_campaign(campaigns.counts(found), found.id, "withdrawn", as_json)


@notice.command(name="give")
def give_notice(
    ko: Annotated[str, typer.Option(help="The notice in Korean.")] = "",
    en: Annotated[str, typer.Option(help="The notice in English.")] = "",
    hours: Annotated[int, typer.Option(min=1, max=168, help="How long it is good.")] = 12,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Give every home the notice of the day (weather and the like); it takes the place of the one before.

    Examples:  dolbom district notice give --ko '오늘은 아주 더워요. 물을 자주 드세요.' --hours 9
    """
    from datetime import timedelta

    from dolbom.district.repositories import notices

    texts = {lang: _plain(text, f"--{lang}") for lang, text in (("ko", ko), ("en", en)) if text.strip()}
    if not texts:
        raise UserError("the notice has no words", "give --ko or --en")
    _, database, who = open_district(data)
    now = SystemClock().civil()
    with database.writing() as session:
        made = notices.give(session, who, now, texts=texts, until=now + timedelta(hours=hours))  # type: ignore[arg-type]
    typer.echo(json.dumps({"id": str(made.id), "until": made.until.isoformat()}) if as_json else str(made.id))


@notice.command(name="list")
def list_notices(data: Data = None, as_json: AsJson = False) -> None:
    """List notices of the day, newest first.

    Examples:  dolbom district notice list
    """
    from dolbom.district.repositories import notices

    _, database, _ = open_district(data)
    now = SystemClock().civil()
    with database.reading() as session:
        rows: list[dict[str, object]] = [
            {
                "id": str(n.id),
                "state": notices.state(n, now),
                "until": n.until.isoformat(),
                "text": next(iter(n.texts.values())),
            }
            for n in notices.listed(session)
        ]
    if as_json:
        typer.echo(json.dumps(rows))
        return
    for row in rows:
        typer.echo("  ".join(map(str, row.values())))


@notice.command(name="withdraw")
def withdraw_notice(id: Annotated[str, typer.Argument(help="As `notice list` shows it.")], data: Data = None) -> None:
    """Take a notice of the day back.

    Examples:  dolbom district notice withdraw 019ac1de-77a1-7000-8000-0242ac120002
    """
    from dolbom.district.repositories import notices

    _, database, who = open_district(data)
    with database.writing() as session:
        try:
            notices.withdraw(session, _uuid(id), who, SystemClock().civil())
        except notices.NoSuchNotice as error:
            raise UserError(f"there is no notice {id}", "`dolbom district notice list` lists them") from error
    typer.echo(f"notice {id} is withdrawn", err=True)


def _campaign_texts(given: dict[Lang, tuple[str, str]]) -> dict[Lang, CampaignText]:
    from dolbom.platform.messages import CampaignText

    texts: dict[Lang, CampaignText] = {}
    for lang, (what, instruction) in given.items():
        if not what.strip() and not instruction.strip():
            continue
        if not what.strip() or not instruction.strip():
            raise UserError(f"--{lang} and --{lang}-do belong together", "say what happened and what to do")
        texts[lang] = CampaignText(what=_plain(what, f"--{lang}"), instruction=_plain(instruction, f"--{lang}-do"))
    if not texts:
        raise UserError("the check-in has no words", "give --ko and --ko-do, or --en and --en-do")
    return texts


def _plain(text: str, option: str) -> str:
    """A text that a robot will take."""
    from pydantic import TypeAdapter, ValidationError

    from dolbom.platform.messages import Place, Spoken

    try:
        return TypeAdapter[str](Place if option == "--area" else Spoken).validate_python(text)
    except ValidationError as error:
        most = 80 if option == "--area" else 200
        raise UserError(f"{option} cannot be sent", f"give up to {most} plain characters on one line") from error


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise UserError(f"{text!r} is no id", "copy it from `list`") from error


def _print_campaign(counts: dict[str, int], id: UUID, state: str, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps({"id": str(id), "state": state, **counts}))
    else:
        typer.echo(f"{sum(counts.values())} homes, {state}", err=True)
        typer.echo(str(id))
