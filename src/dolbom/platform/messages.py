"""What robot and district say to each other beside care events: receipts and commands down, status up.

Every message is JSON and is validated here on arrival. Topics are `dolbom/v1/<district>/<robot>/<channel>`.
"""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter

from dolbom.events import Name, Text

PREFIX = "dolbom/v1"
Channel = Literal["event", "status", "receipt", "command"]

MAX_BYTES = 65_536
"""No message of either side is longer; whatever is, is refused unread."""


def topic(district: str, robot: str, channel: Channel) -> str:
    """The MQTT topic of one robot's channel."""
    return f"{PREFIX}/{district}/{robot}/{channel}"


class Message(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    def to_json(self) -> bytes:
        """The wire form, UTF-8."""
        return self.model_dump_json(exclude_none=True).encode()


# --- district → robot, channel "receipt" ---


class Receipt(Message):
    """What became of one event at the district.

    `received` says that the district's database has committed the event: only then may the robot stop sending
    it. `acknowledged` and `closed` say what a person at the desk did; the robot answers those by their `id`,
    and they are repeated until it does.
    """

    id: UUID
    event_id: UUID
    kind: Literal["received", "acknowledged", "closed"]
    at: AwareDatetime
    by: Annotated[str, Field(max_length=64, description="Role of who did it, never a name.")] = "district"
    note: Annotated[Text, Field(description="Spoken to the person if not empty.")] = ""


# --- district → robot, channel "command" ---


class Ping(Message):
    """Answer at once: shows that the whole way works."""

    id: UUID
    kind: Literal["ping"]


class Say(Message):
    """Say this to the person, in the robot's voice."""

    id: UUID
    kind: Literal["say"]
    text: Annotated[str, Field(min_length=1, max_length=300)]
    lang: Literal["ko", "en"] = "ko"


class Cancel(Message):
    """Do not send this event any more. An alarm is never dropped; asking for that is answered with no."""

    id: UUID
    kind: Literal["cancel"]
    event_id: UUID


Lang = Literal["ko", "en"]

# What is spoken and shown: no control characters, none that turn or hide text. Short: it is heard once, by somebody
# who may be frightened.
_PLAIN = r"^[^\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]*$"
Spoken = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=_PLAIN)]
Place = Annotated[str, StringConstraints(strip_whitespace=True, max_length=80, pattern=_PLAIN)]


class CampaignText(Message):
    """A disaster check-in in one language."""

    what: Annotated[Spoken, Field(description="What happened.")]
    instruction: Annotated[Spoken, Field(description="What to do now.")]


class Campaign(Message):
    """A disaster check-in: tell what happened, give the instruction, ask whether all is well, and report.

    It is kept on the robot until it is withdrawn or its deadline has passed. The withdrawal is the same message with
    an `id` of its own and `withdrawn`; it wins whatever the order of their coming.
    """

    id: UUID
    kind: Literal["campaign"]
    campaign_id: UUID
    withdrawn: bool = False
    texts: Annotated[dict[Lang, CampaignText], Field(min_length=1)]
    area: Annotated[Place, Field(description="Whom it is for, as people call it; empty for the whole district.")] = ""
    made_at: AwareDatetime
    deadline: Annotated[AwareDatetime, Field(description="No answer until then is an alarm at the district.")]


class Notice(Message):
    """The notice of the day (weather and the like): told when the robot talks with somebody anyway.

    The one made last stands; withdrawn, none does.
    """

    id: UUID
    kind: Literal["notice"]
    notice_id: UUID
    withdrawn: bool = False
    texts: Annotated[dict[Lang, Spoken], Field(min_length=1)]
    made_at: AwareDatetime
    until: AwareDatetime


Command = Annotated[Ping | Say | Cancel | Campaign | Notice, Field(discriminator="kind")]

# --- robot → district, channel "status" ---


class Heartbeat(Message):
    """The robot lives, and how it is."""

    kind: Literal["heartbeat"] = "heartbeat"
    at: AwareDatetime
    version: Annotated[str, Field(max_length=32)]
    nodes: Annotated[
        dict[Annotated[str, Field(max_length=64)], Literal["ok", "warn", "error", "stale"]],
        Field(max_length=64, description="Worst diagnostic level of each node."),
    ] = {}
    camera: Literal["on", "off", "lost", "unknown"] = "unknown"
    outbox: Annotated[int, Field(ge=0, description="Events without a receipt.")] = 0
    ignored: Annotated[int, Field(ge=0, description="Malformed messages since the start.")] = 0


class Offline(Message):
    """The last will: the broker sends it when the robot's connection dies."""

    kind: Literal["offline"] = "offline"


class Answer(Message):
    """A command or a receipt of the desk has arrived and was carried out, or was refused."""

    kind: Literal["answer"] = "answer"
    to: UUID
    at: AwareDatetime
    ok: bool = True
    said: Text = ""


Status = Annotated[Heartbeat | Offline | Answer, Field(discriminator="kind")]

COMMAND: TypeAdapter[Ping | Say | Cancel | Campaign | Notice] = TypeAdapter(Command)
STATUS: TypeAdapter[Heartbeat | Offline | Answer] = TypeAdapter(Status)


class Address(BaseModel):
    """Who a robot is: its place in topics and in an event's source."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    district: Name
    home: Name
    robot: Name

    def topic(self, channel: Channel) -> str:
        """The topic of one of this robot's channels."""
        return topic(self.district, self.robot, channel)
