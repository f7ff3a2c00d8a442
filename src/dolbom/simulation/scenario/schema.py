"""The JSON Schema of scenario files, docs/scenario.schema.json, for editors: from the models that the reader uses.

python -m dolbom.simulation.scenario.schema
"""

from __future__ import annotations

import json
from typing import Any

from dolbom.places import ROOT
from dolbom.simulation.scenario.language import Scenario

FILE = ROOT / "docs" / "scenario.schema.json"
DIALECT = "https://json-schema.org/draft/2020-12/schema"
PARAMETER = {"type": "string", "pattern": "^\\$[a-z][a-z0-9_]*$", "description": "A parameter, drawn by the seed."}
SHORT: dict[str, Any] = {
    "walk": {"type": "string"},
    "sit": {"type": ["string", "null"]},
    "say": {"type": "string"},
    "answer": {"type": "string"},
    "until": {"type": "string"},
    "press": {"enum": ["button", None]},
    "desk": {"enum": ["acknowledge", "close"]},
    "get_up": {"type": "null"},
    "kneel": {"type": "null"},
    "pick_up": {"type": "null"},
    "eat": {"type": "null"},
}
"""What a step may have behind its verb besides the long form."""


def schema() -> dict[str, Any]:
    """The schema of a whole file; of a part, which others use, too."""
    made = Scenario.model_json_schema()
    for name, model in made["$defs"].items():
        if name not in ("Words", "OneOf"):
            for field, one in model.get("properties", {}).items():
                model["properties"][field] = _or_parameter(one)
    step, expectation = made["$defs"]["Step"], made["$defs"]["Expectation"]
    for verb, short in SHORT.items():
        step["properties"][verb]["anyOf"].append(short)
    expectation["properties"]["never"]["anyOf"].append({"type": "string"})
    made["properties"]["robot"] = {"anyOf": [{"$ref": "#/$defs/RobotPlace"}, {"type": "string"}]}
    made["properties"]["use"] = {"anyOf": [made["properties"]["use"], {"type": "string"}]}
    made.pop("required", None)
    return {"$schema": DIALECT, "$id": "https://dolbom.kr/schemas/scenario.json", **made}


def _or_parameter(one: dict[str, Any]) -> dict[str, Any]:
    description: dict[str, Any] = {key: one[key] for key in ("description", "title", "default") if key in one}
    choices = one["anyOf"] if "anyOf" in one else [{k: v for k, v in one.items() if k not in description}]
    return {**description, "anyOf": [*choices, PARAMETER]}


def written() -> str:
    """What is in the file."""
    return json.dumps(schema(), indent=2, ensure_ascii=False, sort_keys=True) + "\n"


if __name__ == "__main__":
    FILE.write_text(written(), encoding="utf-8")
