"""Server-rendered pages: an application's own templates and words, and those that all applications share."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, tzinfo
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

from fastapi import Request, Response
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from dolbom.i18n import has_phrase, phrase
from dolbom.staff.gate import gate_of
from dolbom.staff.session import Visit, identify

TEMPLATES = Path(__file__).parent / "templates"
SHARED = "staff"
"""The words of the shared pages: `locale/<lang>/staff.yaml`."""


class Translate(Protocol):
    def __call__(self, key: str, fallback: str | None = None, **values: object) -> str: ...


def translate(lang: str, *domains: str) -> Translate:
    """Finds phrases by key: among the application's own words, in order, then among the shared ones."""

    def t(key: str, fallback: str | None = None, **values: object) -> str:
        place = _place(lang, (*domains, SHARED), key)
        if place is not None:
            return phrase(lang, f"{place}.{key}", **values)
        if fallback is not None:  # a word of a newer robot is shown as it is
            return fallback
        raise KeyError(f"no phrase {key!r} in {', '.join((*domains, SHARED))}")

    return t


@lru_cache(maxsize=10_000)
def _place(lang: str, domains: tuple[str, ...], key: str) -> str | None:
    """Which of the domains has the phrase; a page asks hundreds of times."""
    return next((place for place in domains if has_phrase(lang, f"{place}.{key}")), None)


class Pages:
    """Renders one application's pages; stands in `app.state.pages`.

    Args:
        templates: the application's own folder.
        domains: of its words in `locale/<lang>/`; the first that has a phrase is taken.
        zone: whose times are shown.
        menu: key of `nav` in its words, address and needed action of each place of the menu.
        shown: what every template of it may use besides.
    """

    def __init__(
        self,
        templates: Path,
        domains: Sequence[str],
        zone: Callable[[], tzinfo],
        menu: Sequence[tuple[str, str, str]],
        shown: Mapping[str, Any],
    ) -> None:
        self._environment = Environment(
            loader=FileSystemLoader([templates, TEMPLATES]),
            autoescape=select_autoescape(),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._domains, self._zone, self._menu, self._shown = domains, zone, menu, shown

    def words(self, lang: str) -> Translate:
        """The words in a language."""
        return translate(lang, *self._domains)

    def render(
        self, request: Request, template: str, visit: Visit | None, status: int = 200, **values: Any
    ) -> HTMLResponse:
        """A page, or a part of one."""
        lang = visit.lang if visit is not None else wished(request)
        zone, now, t = self._zone(), gate_of(request).now(), self.words(lang)

        def ago(at: datetime) -> str:
            seconds = max(0, int((now - at).total_seconds()))
            for unit, size in (("d", 86_400), ("h", 3600), ("m", 60)):
                if seconds >= size:
                    return t(f"ago.{unit}", n=seconds // size)
            return t("ago.s", n=seconds)

        page = self._environment.get_template(template).render(
            t=t,
            lang=lang,
            visit=visit,
            may=lambda action: visit is not None and visit.may(action),
            path=request.url.path,
            menu=self._menu,
            now=now,
            ago=ago,
            clock=lambda at: f"{_here(at, zone):%H:%M:%S}",
            hour=lambda at: f"{_here(at, zone):%H:%M}",
            day=lambda at: f"{_here(at, zone):%Y-%m-%d}",
            moment=lambda at: f"{_here(at, zone):%Y-%m-%d %H:%M:%S}",
            told_at=lambda text: f"{_here(datetime.fromisoformat(text), zone):%Y-%m-%d %H:%M}",
            said_at=lambda text: f"{_here(datetime.fromisoformat(text), zone):%H:%M:%S}",
            **{**self._shown, **values},
        )
        return HTMLResponse(page, status)


def pages_of(request: Request) -> Pages:
    """The pages of the application that is asked."""
    pages: Pages = request.app.state.pages
    return pages


def render(request: Request, template: str, visit: Visit | None, status: int = 200, **values: Any) -> HTMLResponse:
    """A page of the application that is asked, or a part of one."""
    return pages_of(request).render(request, template, visit, status, **values)


def error_page(request: Request, status: int, because: str, said: str = "") -> Response:
    """An error for people; without a login it still says what is wrong.

    Args:
        because: key of `error.because` in the application's words or the shared ones, or empty.
        said: what is shown where there is no key.
    """
    return render(request, "error.html", identify(request), status, because=because, said=said)


def wished(request: Request) -> str:
    """The language that somebody without a login wants."""
    asked = request.query_params.get("lang")
    if asked in ("ko", "en"):
        return asked
    first = request.headers.get("accept-language", "ko")[:2].lower()
    return "ko" if first == "ko" else "en"


def is_page(request: Request) -> bool:
    """Whether a person asks, and no program."""
    return not request.url.path.startswith(("/api/", "/healthz"))


def reader(request: Request, visit: Visit | None) -> str:
    """The language in which an answer is read: that of the person before the page; English for a program."""
    if not is_page(request):
        return "en"
    return visit.lang if visit is not None else wished(request)


def is_fragment(request: Request) -> bool:
    """Whether only a part of the page is asked for."""
    return request.headers.get("hx-request") == "true"


def cleaned(text: str) -> str:
    """What somebody wrote into a form, as every database can keep it."""
    return text.replace("\0", "").strip()


def _here(at: datetime, zone: tzinfo) -> datetime:
    """A time as the clock on the wall shows it. A clock that stands at the end of its calendar is shown as it says: one
    wrong clock must not take a page away from everybody."""
    try:
        return at.astimezone(zone)
    except OverflowError:
        return at
