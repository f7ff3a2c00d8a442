"""The bridge node: carries care events from the home's outbox to the district, and receipts and commands back."""

from __future__ import annotations

import time
from datetime import datetime
from typing import Any
from uuid import UUID

from diagnostic_msgs.msg import DiagnosticArray
from dolbom_msgs.action import Say as SayAction
from dolbom_msgs.msg import CameraState, CareEvent, Receipt, Utterance
from dolbom_msgs.msg import Campaign as CampaignMsg
from rclpy.action import ActionClient

from dolbom.errors import UserError
from dolbom.platform import enrolment, standing
from dolbom.platform.bridge import BridgeParameters, Health
from dolbom.platform.delivery import Delivery
from dolbom.platform.identity import Identity, load_identity
from dolbom.platform.messages import Address, Campaign, Heartbeat, Notice, Say
from dolbom.platform.messages import Receipt as ReceiptMessage
from dolbom.platform.transport import Link
from dolbom.platform.uplink import Uplink
from dolbom_nodes import qos, stamps
from dolbom_nodes.care_node import CareNode
from dolbom_nodes.health import WARN
from dolbom_nodes.work_thread import WorkThread

RENEWAL_CHECK_S = 3600.0
NOTICE_CHECK_S = 30.0

CAMERAS = {CameraState.OFF: "off", CameraState.ON: "on", CameraState.LOST: "lost"}
RECEIPTS = {
    "received": Receipt.RECEIVED,
    "acknowledged": Receipt.ACKNOWLEDGED,
    "closed": Receipt.CLOSED,
}


class BridgeNode(CareNode[BridgeParameters]):
    """Wakes on `care/event` (the outbox is the truth), publishes `care/receipt`, and tells the district how the robot
    is, from `/diagnostics` and `camera_state`. What stands of the district's wishes is latched on `care/campaign` and
    `care/notice`, again after a restart."""

    parameters_model = BridgeParameters

    def __init__(self, **options: Any) -> None:
        super().__init__("bridge", **options)

    def configure(self) -> None:
        self._health = Health()
        self._uplink: Uplink | None = None
        self._notice: UUID | None = None
        self._receipts = self.create_publisher(Receipt, "care/receipt", qos.EVENT)
        self._campaigns = self.create_publisher(CampaignMsg, "care/campaign", qos.STANDING)
        self._notices = self.create_publisher(Utterance, "care/notice", qos.STATE)

    def activate(self) -> None:
        self._voice = self.own(ActionClient(self, SayAction, "say"))
        self._uplink = Uplink(
            self.outbox,
            self._identity,
            self._address(),
            civil=self.clock.civil,
            heartbeat=self._heartbeat,
            say=self._say,
            on_receipt=self._publish_receipt,
            on_standing=self._publish_standing,
            on_link=self._show_link,
            delivery=Delivery(self.parameters.delivery()),
            heartbeat_s=self.parameters.heartbeat_s,
        )
        self._show_link(self._uplink.transport.link)
        self.create_subscription(CareEvent, "care/event", self._on_event, qos.EVENT)
        self.create_subscription(DiagnosticArray, "/diagnostics", self._on_diagnostics, 50)
        self.create_subscription(CameraState, "camera_state", self._on_camera, qos.STATE)
        for campaign in standing.campaigns(self.store, self.clock.civil()):
            self._publish_standing(campaign)
        self._publish_notice()
        self.create_timer(NOTICE_CHECK_S, self._publish_notice)
        self._uplink.start()
        self.start_thread("renewal", self._renew)

    def deactivate(self) -> None:
        if self._uplink is not None:
            self._uplink.stop()
            self._uplink = None
        self.ok("district")

    # --- who we are ---------------------------------------------------------------------------------------------

    def _address(self) -> Address:
        return Address(district=self.robot.district, home=self.robot.home, robot=self.robot.robot)

    def _identity(self) -> Identity:
        identity = load_identity()
        if identity.address != self._address():
            raise UserError(
                f"enrolled as {_named(identity.address)}, but the parameters say {_named(self._address())}",
                "correct the parameters, or enrol again with --replace",
            )
        return identity

    def _renew(self, thread: WorkThread) -> None:
        while not thread.stopping.is_set():
            try:
                with thread.item():
                    renewed = enrolment.renew_if_due(self.clock.civil())
                self.ok("certificate")
                if renewed and self._uplink is not None:
                    self._uplink.transport.reconnect("the certificate was renewed")
            except UserError as error:
                self.report("certificate", WARN, str(error))
            thread.stopping.wait(RENEWAL_CHECK_S)

    # --- up -----------------------------------------------------------------------------------------------------

    def _on_event(self, _message: CareEvent) -> None:
        if self._uplink is not None:
            self._uplink.wake()

    def _on_diagnostics(self, message: DiagnosticArray) -> None:
        for status in message.status:
            if status.hardware_id == self.robot.robot:
                self._health.node(status.name, status.level[0], time.monotonic())

    def _on_camera(self, message: CameraState) -> None:
        self._health.camera(CAMERAS.get(message.state, "unknown"))  # type: ignore[arg-type]

    def _heartbeat(self) -> Heartbeat:
        return self._health.heartbeat(time.monotonic(), self.clock.civil())

    # --- down (called from the uplink's thread) -----------------------------------------------------------------

    def _publish_receipt(self, receipt: ReceiptMessage) -> None:
        # The stamp is the district's: what the desk did, and when.
        self._receipts.publish(
            Receipt(
                stamp=stamps.to_msg(receipt.at.timestamp()),
                event_id=str(receipt.event_id),
                kind=RECEIPTS[receipt.kind],
                by=receipt.by,
                note=receipt.note,
            )
        )
        if receipt.kind != "received":
            self.log.info(f"the district has {receipt.kind} it", event_id=str(receipt.event_id), by=receipt.by)

    def _publish_standing(self, message: Campaign | Notice) -> None:
        if isinstance(message, Notice):
            self._publish_notice()
            return
        text = message.texts.get(self.robot.lang) or next(iter(message.texts.values()))
        self._campaigns.publish(
            CampaignMsg(
                id=str(message.campaign_id),
                state=CampaignMsg.WITHDRAWN if message.withdrawn else CampaignMsg.STANDS,
                text=text.what,
                instruction=text.instruction,
                area=message.area,
                deadline=stamps.to_msg(message.deadline.timestamp()),
            )
        )
        self.log.info("the district's check-in " + ("is withdrawn" if message.withdrawn else "stands"))

    def _publish_notice(self) -> None:
        """The notice of the day as something to be said; an empty text: there is none (any more)."""
        found = standing.notice(self.store, self.clock.civil())
        if (found.notice_id if found else None) == self._notice:
            return
        self._notice = found.notice_id if found else None
        message = Utterance(stamp=stamps.to_msg(self.clock.now()), speaker="district", confidence=1.0)
        if found is not None:
            message.id = str(found.notice_id)
            message.lang = self.robot.lang if self.robot.lang in found.texts else next(iter(found.texts))
            message.text = found.texts[message.lang]
        self._notices.publish(message)

    def _say(self, command: Say) -> str | None:
        if not self._voice.server_is_ready():
            return "the robot's voice does not answer"
        self._voice.send_goal_async(
            SayAction.Goal(text=command.text, lang=command.lang, urgency=SayAction.Goal.REMINDER)
        )
        return None

    # --- how it stands ------------------------------------------------------------------------------------------

    def _show_link(self, link: Link) -> None:
        if link.up:
            self.ok("district")
            return
        since = datetime.now(self.robot.zone).timestamp() - (time.monotonic() - link.since)
        clock = datetime.fromtimestamp(since, self.robot.zone)
        self.report("district", WARN, f"not connected since {clock:%Y-%m-%d %H:%M:%S}: {link.reason or 'connecting'}")

    def diagnose(self) -> dict[str, object]:
        if self._uplink is None:
            return {}
        counts = self._uplink.counts()
        return {
            "link": counts.link.state.value,
            "pending": counts.waiting,
            "in_flight": counts.in_flight,
            "ignored": counts.ignored,
            "thinned": counts.thinned,
            "trouble": counts.trouble,
        }


def _named(address: Address) -> str:
    return f"{address.district}/{address.home}/{address.robot}"
