"""Small talk by a language model on a local server, off unless configured; every answer is checked before it is spoken.

The server speaks the OpenAI protocol (`POST <url>/chat/completions`). It is asked only for small talk: reminders,
distress and everything that is understood as an intent are answered without it. An answer that is late, too long, in
another language, or that speaks of medicine, illness, emergencies, numbers, links or promises is thrown away, and a
fixed kind sentence is said instead.
"""

from __future__ import annotations

import ipaddress
import json
import re
import socket
import time
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import httpx
from pydantic import BaseModel, ConfigDict, Field

from dolbom.dialog.understanding import calls_for_help
from dolbom.errors import UserError
from dolbom.i18n import catalogue, phrase

_LARGEST_ANSWER = 64 * 1024
"""Bytes of a server's answer that are read."""


class SmallTalkParameters(BaseModel):
    """Where small talk comes from."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: str = Field("", description="A local server's address, as http://127.0.0.1:8080/v1; empty: no model is asked.")
    model: str = Field("", description="The model's name at the server.")
    time_limit_s: float = Field(6.0, gt=0, le=30, description="After this the fixed sentence is said, seconds.")
    longest: int = Field(160, ge=20, le=600, description="An answer with more characters is not spoken.")
    anywhere: bool = Field(
        False, description="Also a server outside this home's network; what the person says then leaves the home."
    )


@dataclass(frozen=True)
class Reply:
    """What to say; `refused` says why the model's own words are not said ("" if they are)."""

    text: str
    refused: str = ""


class SmallTalk:
    """Answers small talk. Blocks for up to the time limit: call it in a thread of its own.

    Raises:
        UserError: if the address is none, or lies outside the home's network and that was not allowed.
    """

    def __init__(self, parameters: SmallTalkParameters | None = None) -> None:
        self.parameters = parameters or SmallTalkParameters()
        if self.parameters.url:
            self._check_address()

    def reply(self, text: str, lang: str, turns: Sequence[tuple[str, str]] = ()) -> Reply:
        """An answer to small talk.

        Args:
            text: what the person said.
            lang: "ko" or "en".
            turns: what was said before, as (person, robot), oldest first; the last three are sent.
        """
        fixed = phrase(lang, "smalltalk.fixed")
        if not self.parameters.url:
            return Reply(fixed, "no model is configured")
        if calls_for_help(text, lang):
            return Reply(fixed, "a call for help is no small talk")
        try:
            self._check_address()
            answer = self._ask(text, lang, turns)
        except (httpx.HTTPError, httpx.InvalidURL, UserError, ValueError, KeyError, IndexError, TypeError) as error:
            return Reply(fixed, f"the server did not answer: {type(error).__name__}: {error}")
        flaw = flaw_of(answer, lang, self.parameters.longest)
        return Reply(fixed, flaw) if flaw else Reply(" ".join(answer.split()))

    def _ask(self, text: str, lang: str, turns: Sequence[tuple[str, str]]) -> str:
        messages = [{"role": "system", "content": phrase(lang, "smalltalk.instruction")}]
        for person, robot in turns[-3:]:
            messages += [{"role": "user", "content": person}, {"role": "assistant", "content": robot}]
        messages.append({"role": "user", "content": text})
        body = {"model": self.parameters.model, "messages": messages, "max_tokens": 120, "temperature": 0.7}
        deadline = time.monotonic() + self.parameters.time_limit_s
        address = self.parameters.url.rstrip("/") + "/chat/completions"
        # Neither a proxy from the environment nor a redirect may take the words elsewhere.
        with (
            httpx.Client(timeout=self.parameters.time_limit_s, trust_env=False, follow_redirects=False) as client,
            client.stream("POST", address, json=body) as response,
        ):
            if response.status_code != 200:
                raise ValueError(f"status {response.status_code}")
            received = b""
            for part in response.iter_bytes():
                received += part
                if len(received) > _LARGEST_ANSWER:
                    raise ValueError("the answer is too large")
                if time.monotonic() > deadline:
                    raise ValueError("the answer came too late")
        answer = json.loads(received)["choices"][0]["message"]["content"]
        if not isinstance(answer, str):
            raise TypeError("the answer is no text")
        return answer

    def _check_address(self) -> None:
        try:
            url = httpx.URL(self.parameters.url)
        except httpx.InvalidURL:
            url = httpx.URL("")
        if url.scheme not in ("http", "https") or not url.host:
            raise UserError(f"small talk: {self.parameters.url!r} is no address", "as http://127.0.0.1:8080/v1")
        if self.parameters.anywhere:
            return
        try:
            found = socket.getaddrinfo(url.host, url.port or 80, type=socket.SOCK_STREAM)
        except OSError:
            raise UserError(f"small talk: no machine is called {url.host}", "give its address in numbers") from None
        if not all(_at_home(str(entry[4][0])) for entry in found):
            raise UserError(
                f"small talk: {url.host} is outside this home's network",
                "use a local server, or set anywhere if the person's words may leave the home",
            )


def flaw_of(answer: str, lang: str, longest: int) -> str:
    """Why an answer must not be spoken; "" if it may."""
    said = " ".join(unicodedata.normalize("NFKC", answer).split()).lower()
    if not said:
        return "empty"
    if len(said) > longest:
        return f"longer than {longest} characters"
    letters = [letter for letter in said if letter.isalpha()]
    own = sum("가" <= letter <= "힣" if lang == "ko" else "a" <= letter <= "z" for letter in letters)
    if not letters or own < 0.9 * len(letters):
        return "another language"
    found = _never(lang).search(said) or _never(lang).search(said.replace(" ", ""))
    if found:
        return f"speaks of “{found[0]}”"
    return "is a call for help" if calls_for_help(said, lang) else ""


@cache
def _never(lang: str) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{one})" for one in catalogue(lang, "smalltalk")["never"]))


def _at_home(address: str) -> bool:
    ip = ipaddress.ip_address(address.split("%")[0])
    mapped = ip.ipv4_mapped if isinstance(ip, ipaddress.IPv6Address) else None
    ip = mapped or ip
    return (ip.is_loopback or ip.is_private or ip.is_link_local) and not ip.is_unspecified
