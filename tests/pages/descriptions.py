"""An application's JSON API against its own description: what schemathesis makes of it, sent and judged."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import Case, GenerationMode
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from tests.examples import THOROUGH

PATH = "/api/openapi.json"
ENDLESS = {"/api/changes"}
"""What answers for ever; it has its own tests."""
READING = {"GET", "HEAD"}
EXAMPLES = 60 if THOROUGH else 2
"""Of each operation, as described and not as described; the few are the same at every run."""
CHECKS = [status_code_conformance, content_type_conformance, response_schema_conformance]


def operations(app: FastAPI) -> Iterator[APIOperation]:
    """Everything that an application describes."""
    for found in schemathesis.openapi.from_asgi(PATH, app).get_all_operations():
        operation = found.ok()
        if operation.path not in ENDLESS:
            yield operation


def tried(operation: APIOperation, mode: GenerationMode, examples: int, judge: Callable[[Case], None]) -> None:
    """Gives `judge` some cases of an operation: as described, or not."""

    @settings(
        max_examples=examples, deadline=None, database=None, derandomize=not THOROUGH, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(case=operation.as_strategy(generation_mode=mode))
    def run(case: Case) -> None:
        judge(case)

    run()


def conforms(app: FastAPI, headers: Callable[[], Mapping[str, str]], examples: int) -> int:
    """Whoever may do everything gets what the description says, whatever is sent, and never an error of the server.

    Args:
        headers: of a fresh login; asked for each operation, because what is tried may end the one before.

    Returns:
        How many requests were sent.
    """
    sent = 0
    for operation in operations(app):
        own = dict(headers())

        def judge(case: Case, own: dict[str, str] = own) -> None:
            nonlocal sent
            sent += 1
            answer = case.call(headers=own)
            assert answer.status_code < 500, f"{case.as_curl_command()}\n{answer.text}"
            if answer.status_code != 401:  # it ended its own login
                case.validate_response(answer, checks=CHECKS)

        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                try:
                    tried(operation, mode, examples, judge)
                except Exception as error:
                    if "Impossible to generate" not in str(error) and type(error).__name__ != "Unsatisfiable":
                        raise
    return sent


def refuses(app: FastAPI, headers: Callable[[APIOperation], Mapping[str, str] | None], examples: int) -> int:
    """Who may not do something is refused, whatever is sent.

    Args:
        headers: of somebody who may not do this; None: everybody may.

    Returns:
        How many requests were sent.
    """
    sent = 0
    for operation in operations(app):
        own: Any = headers(operation)
        if own is None:
            continue

        def judge(case: Case, own: dict[str, str] = own) -> None:
            nonlocal sent
            sent += 1
            answer = case.call(headers=own)
            assert answer.status_code == (403 if own else 401), case.as_curl_command()

        tried(operation, GenerationMode.POSITIVE, examples, judge)
    return sent
