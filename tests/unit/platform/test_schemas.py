"""What is published is what the code does."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import jsonschema
import yaml

from dolbom.events import Test, new_event, source
from dolbom.places import ROOT
from dolbom.platform import schemas


def test_the_committed_schemas_are_those_of_the_code() -> None:
    committed = {f"schemas/{p.name}": p.read_text() for p in (ROOT / "docs" / "schemas").glob("*.json")}
    committed["asyncapi.yaml"] = (ROOT / "docs" / "asyncapi.yaml").read_text()
    assert committed == schemas.written(), "run `python -m dolbom.platform.schemas`"


def test_every_schema_is_a_valid_json_schema() -> None:
    for schema in schemas.schemas().values():
        jsonschema.Draft202012Validator.check_schema(schema)


def test_a_real_event_fits_its_published_schema_and_a_wrong_one_does_not() -> None:
    event = new_event(Test(note="drill"), at=datetime.now(UTC), source=source("d", "h", "r"))
    wire = json.loads(event.to_json())
    published = schemas.schemas()
    jsonschema.validate(wire, published["care-event"])
    jsonschema.validate(wire["data"], published["data.device.test"])
    wire["severity"] = "panic"
    assert list(jsonschema.Draft202012Validator(published["care-event"]).iter_errors(wire))


def test_the_asyncapi_description_refers_only_to_what_exists() -> None:
    document = yaml.safe_load((ROOT / "docs" / "asyncapi.yaml").read_text())

    def follow(node: object) -> None:
        if isinstance(node, dict):
            reference = node.get("$ref")
            if isinstance(reference, str) and reference.startswith("#/"):
                found: object = document
                for step in reference[2:].split("/"):
                    assert isinstance(found, dict)
                    found = found[step]
            elif isinstance(reference, str):
                assert (ROOT / "docs" / reference).exists(), reference
            for child in node.values():
                follow(child)
        elif isinstance(node, list):
            for child in node:
                follow(child)

    follow(document)
    assert document["asyncapi"] == "3.0.0"
    assert set(document["channels"]) == {"event", "status", "receipt", "command"}
