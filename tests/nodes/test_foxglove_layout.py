"""The Foxglove layout shows topics and fields that the robot's nodes really have."""

from __future__ import annotations

import importlib
import json
from typing import Any

from dolbom.places import ROOT
from dolbom_nodes.bridge_node import BridgeNode
from dolbom_nodes.fall_node import FallNode
from dolbom_nodes.safety_node import SafetyNode
from dolbom_nodes.voice_node import VoiceNode

PANELS = {"DiagnosticSummary", "Plot", "RawMessages", "RosOut"}


def leaves(layout: Any) -> list[str]:
    return [layout] if isinstance(layout, str) else [*leaves(layout["first"]), *leaves(layout["second"])]


def message_of(name: str) -> Any:
    package, _, kind = name.partition("/msg/")
    return getattr(importlib.import_module(f"{package}.msg"), kind)


def test_every_topic_and_field_of_the_layout_exists_and_every_panel_has_its_place(ros, until, home):
    layout = json.loads((ROOT / "docs" / "foxglove-layout.json").read_text(encoding="utf-8"))
    panels = layout["configById"]
    assert sorted(leaves(layout["layout"])) == sorted(panels)
    assert {name.partition("!")[0] for name in panels} == PANELS
    wanted: list[tuple[str, str]] = []
    for panel in panels.values():
        shown = [one["value"] for one in panel.get("paths", [])]
        shown += [panel[key] for key in ("topicPath", "topicToRender") if key in panel]
        wanted += [(topic, field) for topic, _, field in (one.partition(".") for one in shown)]
    assert len(wanted) == 9
    for kind in (FallNode, SafetyNode, VoiceNode, BridgeNode):
        ros.add(kind())
    observer = ros.plain()

    def there() -> bool:
        return {topic for topic, _ in wanted} <= dict(observer.get_topic_names_and_types()).keys()

    until(there, 20)
    types = dict(observer.get_topic_names_and_types())
    for topic, field in wanted:
        (name,) = types[topic]
        assert not field or field in message_of(name).get_fields_and_field_types(), f"{topic} ({name}) has no {field}"
