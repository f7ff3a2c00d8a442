"""Writes the published schemas, docs/schemas/*.json and docs/asyncapi.yaml, from the models that the code itself uses.

python -m dolbom.platform.schemas [FOLDER]
"""

from __future__ import annotations

import json
import sys
from inspect import cleandoc
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel

from dolbom import __version__
from dolbom.events import CareEvent, kinds
from dolbom.places import ROOT
from dolbom.platform.messages import (
    MAX_BYTES,
    Answer,
    Campaign,
    Cancel,
    Heartbeat,
    Notice,
    Offline,
    Ping,
    Receipt,
    Say,
)

DIALECT = "https://json-schema.org/draft/2020-12/schema"
BASE = "https://dolbom.kr/schemas"

MESSAGES: dict[str, type[BaseModel]] = {
    "care-event": CareEvent,
    "receipt": Receipt,
    "command.ping": Ping,
    "command.say": Say,
    "command.cancel": Cancel,
    "command.campaign": Campaign,
    "command.notice": Notice,
    "status.heartbeat": Heartbeat,
    "status.offline": Offline,
    "status.answer": Answer,
}

# channel: (what it carries, the robot's action, its messages)
CHANNELS: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "event": ("Care events, repeated with the same id until their receipt comes.", "send", ("care-event",)),
    "status": (
        "Heartbeat every 20 s, answers, and the last will. 60 s of silence are an alarm at the district.",
        "send",
        ("status.heartbeat", "status.offline", "status.answer"),
    ),
    "receipt": (
        "What became of an event: received (committed at the district), acknowledged and closed (by a person).",
        "receive",
        ("receipt",),
    ),
    "command": (
        "Requests to the robot, repeated with the same id until answered on `status`.",
        "receive",
        ("command.ping", "command.say", "command.cancel", "command.campaign", "command.notice"),
    ),
}


def schemas() -> dict[str, dict[str, Any]]:
    """JSON Schemas by file stem: each message, and the data of each kind of event."""
    found = {name: _schema(name, model) for name, model in MESSAGES.items()}
    for kind, model in kinds().items():
        schema = _schema(f"data.{kind}", model)
        schema["description"] = f"`data` of a care event of type kr.dolbom.{kind}.v1. " + cleandoc(model.__doc__ or "")
        schema["x-severity"] = model.severity.value
        found[f"data.{kind}"] = schema
    return found


def _schema(name: str, model: type[BaseModel]) -> dict[str, Any]:
    return {"$schema": DIALECT, "$id": f"{BASE}/{name}.json", **model.model_json_schema()}


def asyncapi() -> dict[str, Any]:
    """The AsyncAPI 3.0 description, from the robot's point of view."""
    channels: dict[str, Any] = {}
    operations: dict[str, Any] = {}
    for name, (description, action, messages) in CHANNELS.items():
        channels[name] = {
            "address": f"dolbom/v1/{{district}}/{{robot}}/{name}",
            "description": description,
            "parameters": {
                "district": {"description": "The district's name: lower case letters, digits, - and _."},
                "robot": {"description": "The robot's name; its certificate allows it no other."},
            },
            "messages": {m: {"$ref": f"#/components/messages/{m}"} for m in messages},
            "bindings": {"mqtt": {"bindingVersion": "0.2.0"}},
        }
        operations[f"{action}_{name}"] = {
            "action": action,
            "channel": {"$ref": f"#/channels/{name}"},
            "messages": [{"$ref": f"#/channels/{name}/messages/{m}"} for m in messages],
            "bindings": {"mqtt": {"qos": 1, "retain": False, "bindingVersion": "0.2.0"}},
        }
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "dolbom robot and district",
            "version": __version__,
            "description": (
                "MQTT 3.1.1 over TLS 1.2 or newer with a certificate per robot, clean session, QoS 1, JSON. "
                f"No message is over {MAX_BYTES} bytes. Data of each kind of event: see schemas/data.*.json."
            ),
            "license": {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
        },
        "defaultContentType": "application/json",
        "servers": {
            "district": {
                "host": "district.example.org:8883",
                "protocol": "secure-mqtt",
                "protocolVersion": "3.1.1",
                "security": [{"$ref": "#/components/securitySchemes/certificate"}],
                "bindings": {
                    "mqtt": {
                        "clientId": "<district>-<robot>",
                        "cleanSession": True,
                        "keepAlive": 15,
                        "lastWill": {
                            "topic": "dolbom/v1/{district}/{robot}/status",
                            "qos": 1,
                            "message": Offline().to_json().decode(),
                            "retain": False,
                        },
                        "bindingVersion": "0.2.0",
                    }
                },
            }
        },
        "channels": channels,
        "operations": operations,
        "components": {
            "messages": {
                name: {
                    "name": name,
                    "contentType": "application/cloudevents+json" if name == "care-event" else "application/json",
                    "payload": {"$ref": f"./schemas/{name}.json"},
                }
                for name in MESSAGES
            },
            "securitySchemes": {
                "certificate": {
                    "type": "X509",
                    "description": "Issued by the district at enrolment; see docs/district.md.",
                }
            },
        },
    }


def written() -> dict[str, str]:
    """What is in the files, by path under docs/."""
    files = {
        f"schemas/{name}.json": json.dumps(schema, indent=2, ensure_ascii=False, sort_keys=True) + "\n"
        for name, schema in schemas().items()
    }
    files["asyncapi.yaml"] = "# Written by `python -m dolbom.platform.schemas`.\n" + yaml.safe_dump(
        asyncapi(), sort_keys=False, allow_unicode=True, width=110
    )
    return files


def main(folder: Path) -> None:
    """Writes the files, and removes schemas of kinds that are no more."""
    files = written()
    (folder / "schemas").mkdir(parents=True, exist_ok=True)
    for old in (folder / "schemas").glob("*.json"):
        if f"schemas/{old.name}" not in files:
            old.unlink()
    for path, text in files.items():
        (folder / path).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs")
