"""The base of every node: lifecycle, parameters from a model, care events, diagnostics, logs and threads."""

from __future__ import annotations

import asyncio
import functools
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

import rclpy.lifecycle
from builtin_interfaces.msg import Time
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue
from dolbom_msgs.msg import CareEvent as CareEventMsg
from pydantic import BaseModel
from rcl_interfaces.msg import SetParametersResult
from rclpy.clock import Clock as RclpyClock
from rclpy.clock import ClockType
from rclpy.event_handler import PublisherEventCallbacks, SubscriptionEventCallbacks
from rclpy.lifecycle import LifecycleState, TransitionCallbackReturn
from rclpy.parameter import Parameter
from std_msgs.msg import Header

from dolbom.events import CareEvent, Data, Severity, new_event
from dolbom.perception.frame import Frame
from dolbom.runtime.robot import RobotParameters
from dolbom_nodes import qos, stamps
from dolbom_nodes.frame_reader import FrameReader
from dolbom_nodes.health import ERROR, Health, one_line, trace
from dolbom_nodes.node_log import NodeLog
from dolbom_nodes.node_parameters import NodeParameters
from dolbom_nodes.work_thread import WorkThread

if TYPE_CHECKING:
    from dolbom.store.base import Store

P = TypeVar("P", bound=BaseModel)

STUCK_S = 20.0
"""A thread that works on one item for longer than this hangs."""


class CareNode(rclpy.lifecycle.LifecycleNode, Generic[P]):
    """A lifecycle node that adapts one part of the core to the graph.

    A subclass names its `parameters_model` and overrides `configure`, `activate`, `deactivate`, `cleanup`. What it
    creates in `configure` (publishers, subscriptions, services, timers) is destroyed after `cleanup`, what it creates
    in `activate` after `deactivate`, in reverse order. Exceptions in any of them, in callbacks and in threads are
    logged with their trace and become an error in the diagnostics; the node lives on.

    Attributes:
        parameters: the node's parameters, read when it is configured; replaced as a whole by a live change.
        robot: who and where this robot is.
        clock: behaviour and civil time for the core.
        log: structured log; `log.info("text", event_id=…, distress_id=…)`.
    """

    parameters_model: ClassVar[type[BaseModel]]

    def __init__(self, node_name: str, **options: Any) -> None:
        self._care_created: list[tuple[str, Any]] | None = None
        self._care_in_configure: list[tuple[str, Any]] = []
        self._care_in_activate: list[tuple[str, Any]] = []
        self._care_lock = threading.RLock()
        self._care_threads: list[WorkThread] = []
        self._care_readers: list[FrameReader] = []
        self._care_store: Store | None = None
        self._care_outbox: Any = None
        self._care_active = False
        self.failed = False
        """The last transition failed; whoever hosts the node tries again."""
        super().__init__(node_name, **options)
        self.log = NodeLog(self)
        self._care_health = Health(self.log)
        self._care_parameters = NodeParameters(self, type(self).parameters_model, RobotParameters)
        self.robot = RobotParameters()
        self.parameters: P = type(self).parameters_model()  # type: ignore[assignment]
        with suppress(ValueError):
            self._care_read()
        self.add_on_set_parameters_callback(self._care_validate_change)
        self.add_post_set_parameters_callback(self._care_apply_change)
        simulated = bool(self.get_parameter("use_sim_time").value)
        self._care_simulated = simulated
        self._care_steady = RclpyClock(clock_type=ClockType.STEADY_TIME)
        self.clock = stamps.RosClock(self.get_clock(), self.robot.zone, simulated)
        self._care_event_publisher = self.create_publisher(CareEventMsg, "care/event", qos.EVENT)
        self._care_diagnostics = self.create_publisher(DiagnosticArray, "/diagnostics", 10)
        # Steady: a stopped simulation or a corrected calendar must not look like a dead node.
        self._care_pulse = super().create_timer(1.0, self._care_publish_diagnostics, clock=self._care_steady)
        self.beat = time.monotonic()
        """Steady time of the last diagnostics."""

    # --- what a subclass fills in -------------------------------------------------------------------------------

    def configure(self) -> None:
        """Opens models, creates publishers and subscriptions. Raise to refuse: it is shown and tried again."""

    def activate(self) -> None:
        """Starts to work."""

    def deactivate(self) -> None:
        """Stops work; threads started by the base have ended when this is called."""

    def cleanup(self) -> None:
        """Closes what `configure` opened (native models!). Called also when `configure` raised half-way."""

    def parameters_changed(self) -> None:
        """A live change was taken over into `parameters`."""

    def diagnose(self) -> dict[str, object]:
        """Values for the diagnostics, once a second; cheap, and never blocking."""
        return {}

    # --- parameters ---------------------------------------------------------------------------------------------

    def _care_read(self) -> None:
        parameters, robot = self._care_parameters.read()
        self.parameters, self.robot = parameters, robot  # type: ignore[assignment]

    def _care_validate_change(self, changes: list[Parameter]) -> SetParametersResult:
        ours = {change.name: change.value for change in changes if change.name in self._care_parameters}
        if not ours:
            return SetParametersResult(successful=True)
        try:
            self._care_parameters.read(ours)
        except ValueError as error:
            return SetParametersResult(successful=False, reason=str(error))
        return SetParametersResult(successful=True)

    def _care_apply_change(self, changes: list[Parameter]) -> None:
        if not any(change.name in self._care_parameters for change in changes):
            return
        try:
            self._care_read()
            self.parameters_changed()
        except Exception as error:
            self.fail("parameters", error)

    # --- lifecycle ----------------------------------------------------------------------------------------------

    def on_configure(self, state: LifecycleState) -> TransitionCallbackReturn:
        if self._care_parameters.error is not None:
            return self._care_refuse("configure", ValueError(self._care_parameters.error))
        try:
            self._care_read()
            with self._care_collecting(self._care_in_configure):
                self.configure()
        except Exception as error:
            self._care_release(self._care_in_configure)
            try:
                self.cleanup()
            except Exception as second:
                self.fail("cleanup", second)
            return self._care_refuse("configure", error)
        self.failed = False
        self.ok("configure")
        return super().on_configure(state)

    def on_activate(self, state: LifecycleState) -> TransitionCallbackReturn:
        try:
            with self._care_collecting(self._care_in_activate):
                self.activate()
            for reader in self._care_readers:
                reader.start()
        except Exception as error:
            self._care_stop_work()
            return self._care_refuse("activate", error)
        self.failed = False
        self._care_active = True
        self.ok("activate")
        return super().on_activate(state)

    def on_deactivate(self, state: LifecycleState) -> TransitionCallbackReturn:
        self._care_active = False
        self._care_stop_work()
        return super().on_deactivate(state)

    def on_cleanup(self, state: LifecycleState) -> TransitionCallbackReturn:
        self._care_close_all()
        return super().on_cleanup(state)

    def on_shutdown(self, state: LifecycleState) -> TransitionCallbackReturn:
        if self._care_active:
            self._care_active = False
            self._care_stop_work()
        self._care_close_all()
        return super().on_shutdown(state)

    def on_error(self, state: LifecycleState) -> TransitionCallbackReturn:  # noqa: ARG002 (rclpy's signature)
        self._care_active = False
        self._care_stop_work()
        self._care_close_all()
        self.failed = True
        return TransitionCallbackReturn.SUCCESS

    @property
    def active(self) -> bool:
        """Whether the node works."""
        return self._care_active

    @property
    def state(self) -> str:
        """The lifecycle state: unconfigured, inactive, active, finalized."""
        return str(self._state_machine.current_state[1])

    def _care_refuse(self, step: str, error: Exception) -> TransitionCallbackReturn:
        self.failed = True
        self.report(step, ERROR, f"cannot {step}: {one_line(error)}")
        self.log.error(f"cannot {step}: {one_line(error)}", trace=trace(error))
        return TransitionCallbackReturn.FAILURE

    def _care_stop_work(self) -> None:
        for reader in self._care_readers:
            reader.stop()
        for thread in self._care_threads:
            thread.stop()
        self._care_threads.clear()
        try:
            self.deactivate()
        except Exception as error:
            self.fail("deactivate", error)
        self._care_release(self._care_in_activate)

    def _care_close_all(self) -> None:
        try:
            self.cleanup()
        except Exception as error:
            self.fail("cleanup", error)
        self._care_readers.clear()
        self._care_release(self._care_in_configure)
        if self._care_store is not None:
            self._care_store.close()
            self._care_store = self._care_outbox = None

    def destroy_node(self) -> None:
        """Ends everything, in whatever state the node is."""
        if self._care_active:
            self._care_active = False
            self._care_stop_work()
        self._care_close_all()
        super().destroy_node()

    # --- what is created in a phase ends with it ----------------------------------------------------------------

    def _care_collecting(self, into: list[tuple[str, Any]]) -> _Collecting:
        return _Collecting(self, into)

    def _care_release(self, created: list[tuple[str, Any]]) -> None:
        while created:
            how, thing = created.pop()
            try:
                getattr(super(), how)(thing) if how.startswith("destroy_") else getattr(thing, how)()
            except Exception as error:
                self.fail("release", error)

    def own(self, thing: Any, how: str = "destroy") -> Any:
        """Ends `thing` (an action server or client, say) with the phase in which it was made, by its method `how`."""
        if self._care_created is not None:
            self._care_created.append((how, thing))
        return thing

    # rclpy puts an event handler for each publisher and subscription into every wait set, to warn of incompatible
    # QoS: half of what an executor's turn costs. The profiles are all in qos.py, so there is nothing to warn of.

    def create_publisher(self, *args: Any, **kwargs: Any) -> Any:
        kwargs.setdefault("event_callbacks", PublisherEventCallbacks(use_default_callbacks=False))
        publisher = super().create_publisher(*args, **kwargs)
        return self.own(publisher, "destroy_publisher")

    def create_subscription(self, msg_type: Any, topic: str, callback: Any, *args: Any, **kwargs: Any) -> Any:
        kwargs.setdefault("event_callbacks", SubscriptionEventCallbacks(use_default_callbacks=False))
        made = super().create_subscription(msg_type, topic, self.guarded(callback, topic), *args, **kwargs)
        return self.own(made, "destroy_subscription")

    def create_service(self, srv_type: Any, srv_name: str, callback: Any, *args: Any, **kwargs: Any) -> Any:
        made = super().create_service(srv_type, srv_name, self.guarded(callback, srv_name), *args, **kwargs)
        return self.own(made, "destroy_service")

    def create_client(self, *args: Any, **kwargs: Any) -> Any:
        return self.own(super().create_client(*args, **kwargs), "destroy_client")

    def create_timer(self, timer_period_sec: float, callback: Any, *args: Any, **kwargs: Any) -> Any:
        """As rclpy's, but steady unless time is simulated: a corrected calendar must not stop a countdown."""
        if "clock" not in kwargs and len(args) < 2 and not self._care_simulated:
            kwargs["clock"] = self._care_steady
        made = super().create_timer(timer_period_sec, self.guarded(callback, "timer"), *args, **kwargs)
        return self.own(made, "destroy_timer")

    def guarded(self, callback: Callable[..., Any], name: str = "") -> Callable[..., Any]:
        """Wraps a callback: an exception is logged and shown; a service then still gives its (default) response."""
        name = f"{name} {getattr(callback, '__name__', '')}".strip()

        if asyncio.iscoroutinefunction(callback):

            @functools.wraps(callback)
            async def waiting(*args: Any) -> Any:
                try:
                    return await callback(*args)
                except Exception as error:
                    self.fail(name, error)
                    return args[1] if len(args) > 1 else None

            return waiting

        @functools.wraps(callback)
        def calling(*args: Any) -> Any:
            try:
                return callback(*args)
            except Exception as error:
                self.fail(name, error)
                return args[1] if len(args) > 1 else None

        return calling

    # --- care events --------------------------------------------------------------------------------------------

    @property
    def store(self) -> Store:
        """The home's database, opened on first use and closed with the node.

        Raises:
            UserError: if it cannot be opened.
        """
        with self._care_lock:
            if self._care_store is None:
                from dolbom.store.base import open_store  # half a second to import: only for whoever needs it

                self._care_store = open_store()
            return self._care_store

    @property
    def outbox(self) -> Any:
        """The `dolbom.platform.outbox.Outbox` of this home."""
        with self._care_lock:
            if self._care_outbox is None:
                from dolbom.platform.outbox import Outbox

                self._care_outbox = Outbox(self.store)
            return self._care_outbox

    def emit(self, data: Data, subject: str | None = None, severity: Severity | None = None) -> CareEvent:
        """Makes a care event: first on disk, then on `care/event`.

        Returns:
            The event, with its id.

        Raises:
            UserError: if it could not be written; nothing was published then.
        """
        event = self.new_event(data, subject, severity)
        self.outbox.append(event)
        self.publish_event(event)
        return event

    def new_event(self, data: Data, subject: str | None = None, severity: Severity | None = None) -> CareEvent:
        """An event of this robot, now; for whoever appends it to the outbox within a transaction of their own."""
        return new_event(data, at=self.clock.civil(), source=self.robot.source, subject=subject, severity=severity)

    def publish_event(self, event: CareEvent) -> None:
        """Publishes an event that is already in the outbox."""
        self._care_event_publisher.publish(
            CareEventMsg(
                id=str(event.id),
                type=event.type,
                severity=event.severity.value,
                subject=event.subject or "",
                json=event.to_json().decode(),
            )
        )
        level = {Severity.ALARM: "warning", Severity.WARNING: "warning"}.get(event.severity, "info")
        distress = event.data.get("distress_id")
        getattr(self.log, level)(f"event {event.kind}", event_id=str(event.id), distress_id=distress)

    # --- time ---------------------------------------------------------------------------------------------------

    def stamp(self) -> Time:
        """Behaviour time now, as a message."""
        return stamps.to_msg(self.clock.now())

    # --- diagnostics --------------------------------------------------------------------------------------------

    def report(self, part: str, level: bytes, message: str) -> None:
        """Shows a condition of one part (OK, WARN, ERROR of this module) until it is replaced or `ok(part)`."""
        self._care_health.report(part, level, message)

    def ok(self, part: str) -> None:
        """Takes a condition back."""
        self._care_health.ok(part)

    def fail(self, where: str, error: BaseException) -> None:
        """Logs an unexpected exception with its trace and shows it in the diagnostics for a while."""
        self._care_health.fail(where, error)

    @property
    def stuck(self) -> str | None:
        """What hangs in this node, or None."""
        for thread in [*self._care_threads, *(reader.thread for reader in self._care_readers if reader.thread)]:
            if thread.busy_s() > STUCK_S:
                return f"{thread.name} has worked on one item for {thread.busy_s():.0f} s"
        return None

    def health(self) -> tuple[bytes, str]:
        """The worst level and its message."""
        return self._care_health.worst(self.stuck, self.state)

    def _care_publish_diagnostics(self) -> None:
        try:
            self.beat = time.monotonic()
            level, message = self.health()
            values: dict[str, object] = {"state": self.state}
            for reader in self._care_readers:
                values |= reader.figures()
            try:
                values |= self.diagnose()
            except Exception as error:
                self.fail("diagnose", error)
            status = DiagnosticStatus(
                level=level,
                name=self.get_fully_qualified_name().lstrip("/"),
                message=message,
                hardware_id=self.robot.robot,
                values=[KeyValue(key=key, value=str(value)) for key, value in values.items()],
            )
            self._care_diagnostics.publish(DiagnosticArray(header=Header(stamp=self.stamp()), status=[status]))
        except Exception as error:
            self.fail("diagnostics", error)

    # --- threads and frames -------------------------------------------------------------------------------------

    def start_thread(self, name: str, work: Callable[[WorkThread], None]) -> WorkThread:
        """Runs `work(thread)` in a thread of its own until it returns; it must return when `thread.stopping` is set.

        It ends with deactivation. An exception in it is shown as an error. Mark each item with
        ``with thread.item():`` so that one that hangs is noticed.
        """
        thread = WorkThread(self, name, work)
        self._care_threads.append(thread)
        thread.start()
        return thread

    def read_frames(
        self, callback: Callable[[Frame], None], topic: str = "image", rate_hz: float | None = None
    ) -> FrameReader:
        """Calls `callback(frame)` in a thread of its own while the node is active; call this in `configure`.

        Live frames: always the newest, older ones are dropped while the callback works. Frames of a file that is
        read as fast as possible: every one. From the camera node of this process by reference; if there is none,
        from the image topic.

        Args:
            rate_hz: look at no more frames a second (by their stamps) than this.
        """
        reader = FrameReader(self, callback, self.resolve_topic_name(topic), rate_hz)
        self._care_readers.append(reader)
        return reader


class _Collecting:
    """While entered, the node remembers what it creates."""

    def __init__(self, node: CareNode[Any], into: list[tuple[str, Any]]) -> None:
        self._node = node
        self._into = into

    def __enter__(self) -> None:
        self._node._care_created = self._into

    def __exit__(self, *_: object) -> None:
        self._node._care_created = None
