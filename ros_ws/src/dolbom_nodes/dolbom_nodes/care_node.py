"""The base of every node: lifecycle, parameters from a model, care events, diagnostics, logs and threads."""

from __future__ import annotations

import asyncio
import functools
import math
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

import rclpy.lifecycle
from builtin_interfaces.msg import Time
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue
from dolbom_msgs.msg import CareEvent as CareEventMsg
from pydantic import BaseModel, ValidationError
from rcl_interfaces.msg import FloatingPointRange, IntegerRange, ParameterDescriptor, SetParametersResult
from rclpy.clock import Clock as RclpyClock
from rclpy.clock import ClockType
from rclpy.event_handler import PublisherEventCallbacks, SubscriptionEventCallbacks
from rclpy.exceptions import (
    InvalidParameterTypeException,
    InvalidParameterValueException,
    ParameterUninitializedException,
)
from rclpy.lifecycle import LifecycleState, TransitionCallbackReturn
from rclpy.parameter import Parameter
from sensor_msgs.msg import CameraInfo, Image

from dolbom.events import CareEvent, Data, Severity, new_event
from dolbom.perception.frame import Frame
from dolbom.runtime.declarations import Declaration, build, declarations
from dolbom.runtime.log import open_log
from dolbom.runtime.robot import RobotParameters
from dolbom_nodes import qos, stamps
from dolbom_nodes.frames import FrameQueue, channel
from dolbom_nodes.images import image_from_msg, info_from_msg

if TYPE_CHECKING:
    from dolbom.store.base import Store

P = TypeVar("P", bound=BaseModel)

OK, WARN, ERROR, STALE = (
    DiagnosticStatus.OK,
    DiagnosticStatus.WARN,
    DiagnosticStatus.ERROR,
    DiagnosticStatus.STALE,
)

FAILURE_SHOWN_S = 30.0
"""How long an exception stays in the diagnostics after it last happened."""
STUCK_S = 20.0
"""A thread that works on one item for longer than this hangs."""
STOP_S = 4.0
"""How long a thread may take to end when its node is deactivated."""


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
        self._care_conditions: dict[str, tuple[bytes, str]] = {}
        self._care_failures: dict[str, tuple[float, str]] = {}
        self._care_lock = threading.RLock()
        self._care_threads: list[WorkThread] = []
        self._care_readers: list[FrameReader] = []
        self._care_store: Store | None = None
        self._care_outbox: Any = None
        self._care_declaration_error: str | None = None
        self._care_active = False
        self.failed = False
        """The last transition failed; whoever hosts the node tries again."""
        super().__init__(node_name, **options)
        self._care_declared: dict[str, Declaration] = {}
        self._care_declare(type(self).parameters_model)
        self._care_declare(RobotParameters)
        self.robot = RobotParameters()
        self.parameters: P = type(self).parameters_model()  # type: ignore[assignment]
        with suppress(ValueError):
            self.parameters, self.robot = self._care_read()
        self.add_on_set_parameters_callback(self._care_validate_change)
        self.add_post_set_parameters_callback(self._care_apply_change)
        simulated = bool(self.get_parameter("use_sim_time").value)
        self._care_simulated = simulated
        self._care_steady = RclpyClock(clock_type=ClockType.STEADY_TIME)
        self.clock = stamps.RosClock(self.get_clock(), self.robot.zone, simulated)
        self.log = NodeLog(self)
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

    def _care_declare(self, model: type[BaseModel]) -> None:
        for declaration in declarations(model):
            if declaration.name in self._care_declared:
                continue
            self._care_declared[declaration.name] = declaration
            override = self._parameter_overrides.get(declaration.name)
            if override is not None and declaration.kind == "double" and isinstance(override.value, int):
                # YAML cannot tell 10 from 10.0, and people should not have to.
                self._parameter_overrides[declaration.name] = Parameter(
                    declaration.name, Parameter.Type.DOUBLE, float(override.value)
                )
            try:
                self.declare_parameter(declaration.name, declaration.default, _descriptor(declaration))
            except (InvalidParameterTypeException, InvalidParameterValueException) as error:
                # Not here: a node that cannot be constructed cannot say what is wrong with it.
                self._care_declaration_error = f"parameter {declaration.name}: {_one_line(error)}"
                self.declare_parameter(
                    declaration.name, declaration.default, _descriptor(declaration), ignore_override=True
                )

    def _care_read(self, changed: dict[str, Any] | None = None) -> tuple[P, RobotParameters]:
        values: dict[str, Any] = {}
        for name in self._care_declared:
            try:
                value = self.get_parameter(name).value
            except ParameterUninitializedException:
                value = None
            values[name] = list(value) if hasattr(value, "typecode") else value
        values |= changed or {}
        own = {declaration.name for declaration in declarations(type(self).parameters_model)}
        shared = {declaration.name for declaration in declarations(RobotParameters)}
        try:
            parameters = build(type(self).parameters_model, {name: values[name] for name in own})
            robot = build(RobotParameters, {name: values[name] for name in shared})
        except ValidationError as error:
            raise ValueError("; ".join(_said(one) for one in error.errors())) from None
        return parameters, robot  # type: ignore[return-value]

    def _care_validate_change(self, changes: list[Parameter]) -> SetParametersResult:
        ours = {change.name: change.value for change in changes if change.name in self._care_declared}
        if not ours:
            return SetParametersResult(successful=True)
        try:
            self._care_read(ours)
        except ValueError as error:
            return SetParametersResult(successful=False, reason=str(error))
        return SetParametersResult(successful=True)

    def _care_apply_change(self, changes: list[Parameter]) -> None:
        if not any(change.name in self._care_declared for change in changes):
            return
        try:
            self.parameters, self.robot = self._care_read()
            self.parameters_changed()
        except Exception as error:
            self.fail("parameters", error)

    # --- lifecycle ----------------------------------------------------------------------------------------------

    def on_configure(self, state: LifecycleState) -> TransitionCallbackReturn:
        if self._care_declaration_error is not None:
            return self._care_refuse("configure", ValueError(self._care_declaration_error))
        try:
            self.parameters, self.robot = self._care_read()
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
        self.report(step, ERROR, f"cannot {step}: {_one_line(error)}")
        self.log.error(f"cannot {step}: {_one_line(error)}", trace=_trace(error))
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
        with self._care_lock:
            before = self._care_conditions.get(part)
            self._care_conditions[part] = (level, message)
        if before != (level, message) and level != OK:
            (self.log.error if level == ERROR else self.log.warning)(f"{part}: {message}")

    def ok(self, part: str) -> None:
        """Takes a condition back."""
        with self._care_lock:
            before = self._care_conditions.pop(part, None)
        if before is not None and before[0] != OK:
            self.log.info(f"{part}: well again")

    def fail(self, where: str, error: BaseException) -> None:
        """Logs an unexpected exception with its trace and shows it in the diagnostics for a while."""
        said = f"{where}: {_one_line(error)}"
        with self._care_lock:
            known = self._care_failures.get(where)
            self._care_failures[where] = (time.monotonic(), said)
        # A callback that fails thirty times a second must not fill the disk.
        if known is None or known[1] != said or time.monotonic() - known[0] > 5.0:
            self.log.error(said, trace=_trace(error))

    @property
    def stuck(self) -> str | None:
        """What hangs in this node, or None."""
        for thread in [*self._care_threads, *(reader.thread for reader in self._care_readers if reader.thread)]:
            if thread.busy_s() > STUCK_S:
                return f"{thread.name} has worked on one item for {thread.busy_s():.0f} s"
        return None

    def health(self) -> tuple[bytes, str]:
        """The worst level and its message."""
        now = time.monotonic()
        with self._care_lock:
            self._care_failures = {k: v for k, v in self._care_failures.items() if now - v[0] < FAILURE_SHOWN_S}
            found = [*self._care_conditions.values(), *((ERROR, said) for _, said in self._care_failures.values())]
        if (stuck := self.stuck) is not None:
            found.append((ERROR, stuck))
        level = max((level for level, _ in found), default=OK)
        if level == OK:
            return OK, next((message for _, message in found), self.state)
        return level, "; ".join(message for one, message in found if one == level)

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
            self._care_diagnostics.publish(DiagnosticArray(header=_header(self.stamp()), status=[status]))
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


class NodeLog:
    """Writes each line twice: as JSON into the data folder, and to ROS's own log (console and /rosout)."""

    def __init__(self, node: CareNode[Any]) -> None:
        self._ros = node.get_logger()
        self._node = node.get_name()
        self._json: Any = None
        try:
            self._json = process_log().bind(node=self._node)
        except OSError as error:
            self._ros.error(f"no log file: {error}")

    def debug(self, text: str, **values: object) -> None:
        """For developers."""
        self._write("debug", text, values)

    def info(self, text: str, **values: object) -> None:
        """What happens in the ordinary course."""
        self._write("info", text, values)

    def warning(self, text: str, **values: object) -> None:
        """What somebody should know."""
        self._write("warning", text, values)

    def error(self, text: str, **values: object) -> None:
        """What is broken."""
        self._write("error", text, values)

    def _write(self, level: str, text: str, values: dict[str, object]) -> None:
        values = {key: value for key, value in values.items() if value is not None}
        if self._json is not None:
            getattr(self._json, level)(text, **values)
        # rclpy remembers the severity by the place of the call: one place a severity.
        said = "  ".join([text, *(f"{key}={value}" for key, value in values.items() if key != "trace")])
        if level == "error":
            self._ros.error(said)
        elif level == "warning":
            self._ros.warning(said)
        elif level == "info":
            self._ros.info(said)
        else:
            self._ros.debug(said)


_process_name = "nodes"


def name_process(name: str) -> None:
    """Names this process's log file; before the first node is made."""
    global _process_name
    _process_name = name


def process_log() -> Any:
    """The structured log of this process."""
    return open_log(_process_name)


class WorkThread:
    """A thread of a node that can be stopped, and of which it is known how long it has worked on one item."""

    def __init__(self, node: CareNode[Any], name: str, work: Callable[[WorkThread], None]) -> None:
        self.name = name
        self.stopping = threading.Event()
        self._node = node
        self._work = work
        self._since: float | None = None
        self._thread = threading.Thread(target=self._run, name=f"{node.get_name()}:{name}", daemon=True)

    def start(self) -> None:
        """Starts it."""
        self._thread.start()

    def stop(self) -> None:
        """Asks it to end and waits a while; one that hangs is reported and left behind."""
        self.stopping.set()
        if threading.current_thread() is self._thread or self._thread.ident is None:
            return
        self._thread.join(STOP_S)
        if self._thread.is_alive():
            self._node.log.error(f"{self.name} did not end within {STOP_S:.0f} s")

    def item(self) -> _Item:
        """Marks the work on one item."""
        return _Item(self)

    def busy_s(self) -> float:
        """For how long it has worked on the present item."""
        since = self._since
        return 0.0 if since is None else time.monotonic() - since

    def _run(self) -> None:
        try:
            self._work(self)
        except Exception as error:
            self._node.fail(self.name, error)
            self._node.report(self.name, ERROR, f"{self.name} ended: {_one_line(error)}")


class _Item:
    def __init__(self, thread: WorkThread) -> None:
        self._thread = thread

    def __enter__(self) -> None:
        self._thread._since = time.monotonic()

    def __exit__(self, *_: object) -> None:
        self._thread._since = None


class FrameReader:
    """Reads frames for one node, by reference or from the image topic, and measures how it goes."""

    def __init__(
        self, node: CareNode[Any], callback: Callable[[Frame], None], topic: str, rate_hz: float | None
    ) -> None:
        self.topic = topic
        self.rate_hz = rate_hz
        self.thread: WorkThread | None = None
        self._node = node
        self._callback = callback
        self._channel = channel(topic)
        self._queue: FrameQueue | None = None
        self._subscriptions: list[Any] = []
        self._intrinsics: Any = None
        self._arrived = 0
        self._looked_at: deque[float] = deque(maxlen=120)
        self._took: deque[float] = deque(maxlen=120)
        self._delay: deque[float] = deque(maxlen=120)
        self.frames = 0

    def start(self) -> None:
        """Begins to read."""
        self._queue = self._channel.reader()
        self.thread = WorkThread(self._node, f"frames of {self.topic}", self._run)
        self.thread.start()
        # Steady and outside the node's own bookkeeping: it belongs to the reader.
        self._timer = rclpy.lifecycle.LifecycleNode.create_timer(
            self._node, 1.0, self._node.guarded(self._follow), clock=self._node._care_steady
        )

    def stop(self) -> None:
        """Ends reading; returns when the last callback has ended."""
        if self._queue is None:
            return
        self._node.destroy_timer(self._timer)
        self._unsubscribe()
        self._queue.close()
        if self.thread is not None:
            self.thread.stop()
        self._queue = self.thread = None

    def figures(self) -> dict[str, object]:
        """For the diagnostics: frames looked at, frames a second, milliseconds a frame, delay, dropped."""
        queue = self._queue
        taken, took, delay = list(self._looked_at), sorted(self._took), sorted(self._delay)
        if not took or queue is None:
            return {"frames": self.frames}
        span = taken[-1] - taken[0]
        return {
            "frames": self.frames,
            "dropped": queue.dropped,
            "fps": f"{(len(taken) - 1) / span:.1f}" if span > 0 else "0",
            "frame_ms_p50": f"{took[len(took) // 2] * 1e3:.1f}",
            "frame_ms_p95": f"{took[math.ceil(len(took) * 0.95) - 1] * 1e3:.1f}",
            "delay_ms_p50": f"{delay[len(delay) // 2] * 1e3:.1f}" if delay else "",
        }

    def _run(self, thread: WorkThread) -> None:
        queue = self._queue
        assert queue is not None
        latest = -math.inf
        while not thread.stopping.is_set():
            frame = queue.take()
            if frame is None:
                if queue.closed:
                    return
                continue
            if self.rate_hz is not None:
                # Half a frame's tolerance, so that 15 Hz out of 30 Hz is every second one and not every third.
                if 0 <= frame.stamp - latest < 1.0 / self.rate_hz - 0.01:
                    continue
                latest = frame.stamp
            begin = time.monotonic()
            with thread.item():
                try:
                    self._callback(frame)
                except Exception as error:
                    self._node.fail(f"frame {getattr(self._callback, '__name__', '')}".strip(), error)
            end = time.monotonic()
            self.frames += 1
            self._looked_at.append(end)
            self._took.append(end - begin)
            if not frame.every_one:
                self._delay.append(max(0.0, self._node.clock.now() - frame.stamp))

    def _follow(self) -> None:
        if self._channel.has_camera:
            self._unsubscribe()
        elif not self._subscriptions and self._queue is not None:
            create = functools.partial(rclpy.lifecycle.LifecycleNode.create_subscription, self._node)
            info = self.topic.rsplit("/", 1)[0] + "/camera_info"
            self._subscriptions = [
                create(CameraInfo, info, self._node.guarded(self._take_info, info), qos.SENSOR),
                create(Image, self.topic, self._node.guarded(self._take_image, self.topic), qos.SENSOR),
            ]

    def _unsubscribe(self) -> None:
        for subscription in self._subscriptions:
            self._node.destroy_subscription(subscription)
        self._subscriptions = []

    def _take_info(self, message: CameraInfo) -> None:
        self._intrinsics = info_from_msg(message)

    def _take_image(self, message: Image) -> None:
        queue = self._queue
        if queue is None:
            return
        picture = image_from_msg(message)
        self._arrived += 1
        known = self._intrinsics
        if known is not None:
            known = known.scaled(message.width, message.height)
        stamp = stamps.from_msg(message.header.stamp) or self._node.clock.now()
        queue.put(Frame(picture, stamp, self._arrived, message.header.frame_id, known))


def _descriptor(declaration: Declaration) -> ParameterDescriptor:
    descriptor = ParameterDescriptor(
        description=declaration.description,
        additional_constraints=declaration.constraints,
        read_only=declaration.read_only,
        # A list's type cannot be told from an empty default; the model checks it.
        dynamic_typing=declaration.kind == "any" or declaration.kind.endswith("_array"),
    )
    low, high = declaration.minimum, declaration.maximum
    if declaration.kind == "double" and (low is not None or high is not None):
        descriptor.floating_point_range = [
            FloatingPointRange(
                from_value=-1.7e308 if low is None else float(low),
                to_value=1.7e308 if high is None else float(high),
            )
        ]
    elif declaration.kind == "integer" and (low is not None or high is not None):
        descriptor.integer_range = [
            IntegerRange(
                from_value=-(2**63) if low is None else math.ceil(low),
                to_value=2**63 - 1 if high is None else int(high),
            )
        ]
    return descriptor


def _header(stamp: Time) -> Any:
    from std_msgs.msg import Header

    return Header(stamp=stamp)


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split()) or type(error).__name__


def _trace(error: BaseException) -> str:
    return "".join(traceback.format_exception(error))


def _said(error: Any) -> str:
    where = ".".join(str(part) for part in error["loc"])
    return f"parameter {where}: {error['msg']} (got {error['input']!r})" if where else str(error["msg"])
