"""The one table of nodes: launch files, `dolbom up`, the host of a process and the parameter check all read it."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel

Process = Literal["perception", "interaction", "guard", "web", "drive"]

PROCESSES: tuple[Process, ...] = ("guard", "interaction", "web", "perception", "drive")
"""Start order: first what carries an alarm, then what can cause one, last what moves. Stopping goes the other way
round."""


@dataclass(frozen=True)
class NodeEntry:
    """One node of the robot.

    Attributes:
        name: the node's name on the graph, and its key in a parameter file.
        process: which process hosts it.
        node: `module:Class` of the lifecycle node.
        model: `module:Class` of its parameters.
        required: whether the robot is unfit without it; an optional one that fails is shown, and the rest go on.
        what: one line for people.
        idle: a parameter and the value with which the node has nothing to do: it is not started then.
    """

    name: str
    process: Process
    node: str
    model: str
    required: bool
    what: str
    idle: tuple[str, object] | None = None

    def node_class(self) -> Any:
        """The node's class; importing it needs ROS.

        Raises:
            ImportError, AttributeError: if it cannot be loaded.
        """
        return _load(self.node)

    def parameters(self) -> type[BaseModel]:
        """The pydantic model of its parameters.

        Raises:
            ImportError, AttributeError: if it cannot be loaded.
        """
        model = _load(self.model)
        assert isinstance(model, type) and issubclass(model, BaseModel)
        return model


def _load(path: str) -> Any:
    module, _, name = path.partition(":")
    return getattr(importlib.import_module(module), name)


NODES: tuple[NodeEntry, ...] = (
    NodeEntry("safety", "guard", "dolbom_nodes.safety_node:SafetyNode", "dolbom.safety.ladder:LadderParameters",
              True, "turns suspicions into questions and, unanswered, into alarms"),
    NodeEntry("bridge", "guard", "dolbom_nodes.bridge_node:BridgeNode", "dolbom.platform.bridge:BridgeParameters",
              True, "carries events to the district and receipts back"),
    NodeEntry("activity", "guard", "dolbom_nodes.activity_node:ActivityNode",
              "dolbom.sensors.parameters:ActivityParameters", False, "notices if nobody moves, and who is up at night"),
    NodeEntry("voice", "interaction", "dolbom_nodes.voice_node:VoiceNode", "dolbom.dialog.voice:VoiceParameters",
              True, "says and asks"),
    NodeEntry("companion", "interaction", "dolbom_nodes.companion_node:CompanionNode",
              "dolbom.companion.parameters:CompanionNodeParameters", False, "answers, reminds and speaks first"),
    NodeEntry("routines", "interaction", "dolbom_nodes.routines_node:RoutinesNode",
              "dolbom.routines.following:RoutineParameters", False, "follows what is due by the clock"),
    NodeEntry("ears", "interaction", "dolbom_nodes.ears_node:EarsNode", "dolbom.speech.hearing:EarsParameters",
              False, "spots phrases and recognises what is said"),
    NodeEntry("audio", "interaction", "dolbom_nodes.audio_node:AudioNode", "dolbom.speech.ports:AudioParameters",
              False, "hears and sounds"),
    NodeEntry("web", "web", "dolbom_nodes.web_node:WebNode", "dolbom.web.app:WebParameters",
              False, "the robot's own small page"),
    NodeEntry("pages", "web", "dolbom_nodes.pages_node:PagesNode", "dolbom.web.care.server:CareWebParameters",
              False, "the care worker's pages"),
    NodeEntry("fall", "perception", "dolbom_nodes.fall_node:FallNode", "dolbom.perception.falls:FallParameters",
              True, "decides from bodies who fell"),
    NodeEntry("body", "perception", "dolbom_nodes.body_node:BodyNode", "dolbom.perception.pose:BodyParameters",
              True, "finds and tracks people and their posture"),
    NodeEntry("face", "perception", "dolbom_nodes.face_node:FaceNode", "dolbom.perception.face_watch:FaceParameters",
              False, "tells who is who"),
    NodeEntry("camera", "perception", "dolbom_nodes.camera_node:CameraNode",
              "dolbom.perception.camera:CameraParameters", True, "delivers frames and keeps the camera's switch"),
    NodeEntry("drive", "drive", "dolbom_nodes.drive_node:DriveNode", "dolbom.drives.parameters:DriveParameters",
              False, "comes to people and goes to its dock, where there is a base", ("base", "none")),
)  # fmt: skip


def entry(name: str) -> NodeEntry:
    """The entry of a node.

    Raises:
        KeyError: if there is no such node.
    """
    for found in NODES:
        if found.name == name:
            return found
    raise KeyError(f"no node {name!r}: there are {', '.join(found.name for found in NODES)}")


def nodes_of(process: str) -> tuple[NodeEntry, ...]:
    """The nodes that a process hosts, in the order in which they are brought up: readers before their source."""
    return tuple(found for found in NODES if found.process == process)
