"""`dolbom bench perception`: the running ROS pipeline against a bare loop that makes the same inferences without ROS.

Both run in processes of their own, in turns, on the same clip. The pipeline is the real perception process (camera,
body, fall, face) on a file as fast as it can; which inference it makes on which frame is written down, and the bare
loop makes exactly these, one after the other. Model loading is not counted in either.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import psutil
import typer

from dolbom.errors import UserError
from dolbom.perception.camera import FileSource, SourceEndedError, SourceLostError
from dolbom.places import ROOT

CLIP = ROOT / "sim" / "demo" / "fall.mp4"
WORKER_S = 900.0
Worker = Literal["ros", "bare", "live"]
Trace = dict[int, list[list[Any]]]
"""By frame, counted from 1: each inference as a list: ["pose"], ["pose_turned", quarter], ["face"], ["embedding"]."""


@dataclass(frozen=True)
class Measured:
    """One run of one worker."""

    frames: int
    seconds: float
    cpu_s: float
    inferences: dict[str, int]
    latency_ms: list[float]

    @property
    def fps(self) -> float:
        """Frames a second."""
        return self.frames / self.seconds


class _Tally:
    """Which inference was made on which frame."""

    def __init__(self) -> None:
        self.trace: Trace = defaultdict(list)
        self._now = threading.local()

    def at(self, sequence: int) -> None:
        """This thread looks at this frame now."""
        self._now.sequence = sequence

    def note(self, *inference: Any) -> None:
        """An inference begins."""
        self.trace[getattr(self._now, "sequence", 0)].append(list(inference))

    def counts(self) -> dict[str, int]:
        """How many of each."""
        return dict(sorted(Counter(one[0] for made in self.trace.values() for one in made).items()))


@contextmanager
def _tallied(tally: _Tally) -> Iterator[None]:
    """While entered, every inference of this process is written down."""
    from dolbom.perception.faces import FaceReader
    from dolbom.perception.pose import PoseFinder
    from dolbom_nodes.care_node import CareNode

    def noting(kind: str, method: Any, detail: Callable[..., list[Any]]) -> Any:
        def call(self: Any, *args: Any, **kwargs: Any) -> Any:
            tally.note(kind, *detail(*args, **kwargs))
            return method(self, *args, **kwargs)

        return call

    def nothing(*_: Any, **__: Any) -> list[Any]:
        return []

    read_frames = CareNode.read_frames

    def reading(self: Any, callback: Any, *args: Any, **kwargs: Any) -> Any:
        def look(frame: Any) -> None:
            tally.at(frame.sequence)
            callback(frame)

        return read_frames(self, look, *args, **kwargs)

    replaced: list[tuple[Any, str, Any]] = [
        (PoseFinder, "find", noting("pose", PoseFinder.find, nothing)),
        (PoseFinder, "find_turned", noting("pose_turned", PoseFinder.find_turned, lambda _, quarter: [quarter])),
        (FaceReader, "find", noting("face", FaceReader.find, nothing)),
        (FaceReader, "look", noting("embedding", FaceReader.look, nothing)),
        (CareNode, "read_frames", reading),
    ]
    before = [(owner, name, getattr(owner, name)) for owner, name, _ in replaced]
    for owner, name, method in replaced:
        setattr(owner, name, method)
    try:
        yield
    finally:
        for owner, name, method in before:
            setattr(owner, name, method)


def run_ros(clip: Path, pace: Literal["real", "fast"]) -> tuple[Measured, Trace]:
    """The perception process's nodes on the clip, from the first frame to the last one's result.

    Raises:
        UserError: if a node does not come up.
    """
    import rclpy
    from dolbom_msgs.msg import BodyArray
    from rclpy.clock import Clock, ClockType
    from rclpy.executors import SingleThreadedExecutor
    from rclpy.node import Node
    from rclpy.task import Future

    from dolbom.runtime.nodes import nodes_of
    from dolbom_nodes import stamps
    from dolbom_nodes.care_node import CareNode
    from dolbom_nodes.frames import FrameChannel
    from dolbom_nodes.host import Host
    from dolbom_nodes.node_log import name_process

    tally = _Tally()
    handed: dict[int, float] = {}
    result: dict[int, float] = {}
    publish = FrameChannel.publish
    keys: dict[int, int] = {}
    process = psutil.Process()
    cpu: list[float] = []

    def publishing(self: FrameChannel, frame: Any) -> None:
        if not handed:
            cpu.append(_cpu(process))
        handed[frame.sequence] = time.monotonic()
        keys[_key(frame.stamp)] = frame.sequence
        publish(self, frame)

    create_subscription = CareNode.create_subscription

    def subscribing(self: Any, kind: Any, topic: str, callback: Any, *args: Any, **kwargs: Any) -> Any:
        def decided(message: Any) -> None:
            callback(message)
            sequence = keys.get(_key(stamps.from_msg(message.header.stamp)))
            if sequence is not None:
                result[sequence] = time.monotonic()

        # No subscription is added: the fall node's own is timed, from the frame to what it decided.
        timed = kind is BodyArray and self.get_name() == "fall"
        return create_subscription(self, kind, topic, decided if timed else callback, *args, **kwargs)

    FrameChannel.publish = publishing  # type: ignore[method-assign]
    CareNode.create_subscription = subscribing
    name_process("bench")
    camera = ["-p", f"camera:source:={clip}", "-p", f"camera:pace:={pace}"]
    rclpy.init(args=["--ros-args", *camera])
    executor = SingleThreadedExecutor()
    with _tallied(tally):
        runner = Host("perception", nodes_of("perception"), executor)
        observer = Node("bench_observer", start_parameter_services=False)

        executor.add_node(runner)
        executor.add_node(observer)
        done: Future = Future()
        begin = time.monotonic()

        def look() -> None:
            now = time.monotonic()
            broken = [f"{one.entry.name}: {one.error}" for one in runner.hosted if one.error]
            stuck = [one.node.stuck for one in runner.hosted if one.node is not None and one.node.stuck]
            if broken or stuck or now - begin > WORKER_S:
                done.set_exception(UserError(f"the pipeline does not run: {'; '.join(broken + stuck) or 'too slow'}"))
                return
            camera = next((one.node for one in runner.hosted if one.entry.name == "camera"), None)
            ended = camera is not None and camera.health()[1] == "the clip has ended"
            # Live, some frames are skipped: a second without a new result is the end then.
            silent = now - max(result.values(), default=now) > 1.0
            if ended and (silent or len(result) == len(handed)) and not done.done():
                done.set_result(True)

        observer.create_timer(0.2, look, clock=Clock(clock_type=ClockType.STEADY_TIME))
        while not done.done():
            executor.spin_once()
        done.result()
        cpu.append(_cpu(process))
        runner.stop()
    FrameChannel.publish = publish  # type: ignore[method-assign]
    CareNode.create_subscription = create_subscription
    observer.destroy_node()
    runner.destroy_node()
    executor.shutdown()
    rclpy.shutdown()
    seconds = max(result.values()) - min(handed.values())
    latency = [(result[one] - handed[one]) * 1e3 for one in sorted(result)]
    return Measured(len(result), seconds, cpu[-1] - cpu[0], tally.counts(), latency), tally.trace


def run_bare(clip: Path, trace: Trace) -> Measured:
    """The same inferences on the same frames in one plain loop."""
    import cv2

    from dolbom.perception.faces import Face, FaceReader
    from dolbom.perception.pose import BodyParameters, PoseFinder
    from dolbom.places import models_folder

    models = models_folder()
    counts: Counter[str] = Counter()
    process = psutil.Process()
    source = FileSource(clip)
    source.open()
    body = BodyParameters()
    finder = PoseFinder(models / "pose_landmarker_lite.task", body.people, body.confidence)
    reader = FaceReader(models / "face_detection_yunet_2023mar.onnx", models / "face_recognition_sface_2021dec.onnx")
    with finder:
        begin, cpu, frames = time.monotonic(), _cpu(process), 0
        while True:
            try:
                image, at = source.read()
            except SourceEndedError:
                break
            frames += 1
            rgb: Any = None
            faces: list[Face] = []
            looked = 0
            for kind, *detail in trace.get(frames, []):
                counts[kind] += 1
                if kind.startswith("pose") and rgb is None:
                    rgb = cv2.cvtColor(image, cv2.COLOR_BGR2RGB)
                if kind == "pose":
                    finder.find(rgb, at or 0.0)
                elif kind == "pose_turned":
                    finder.find_turned(rgb, detail[0])
                elif kind == "face":
                    faces = reader.find(image)
                elif faces:
                    reader.look(image, faces[looked % len(faces)])
                    looked += 1
        seconds, cpu_s = time.monotonic() - begin, _cpu(process) - cpu
    source.close()
    return Measured(frames, seconds, cpu_s, dict(sorted(counts.items())), [])


def _cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def _key(stamp: float) -> int:
    return round(stamp * 1e4)


def percentile(values: list[float], share: float) -> float:
    """Nearest rank; 0 for nothing."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0


def _worker(kind: Worker, clip: Path, folder: Path, domain: int) -> Measured:
    """Runs one worker in a process of its own."""
    out = folder / "result.json"
    out.unlink(missing_ok=True)
    command = [
        sys.executable,
        "-m",
        "dolbom_nodes.bench_perception",
        kind,
        str(clip),
        str(folder / "trace.json"),
        str(out),
    ]
    environment = dict(os.environ) | {"DOLBOM_HOME": str(folder / "home"), "ROS_DOMAIN_ID": str(domain)}
    environment.pop("NOTIFY_SOCKET", None)
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=WORKER_S + 60, check=False)
    if ended.returncode != 0 or not out.exists():
        said = [line for line in ended.stderr.splitlines() if line.strip()]
        raise UserError(f"the {kind} run failed: {said[-1] if said else ended.returncode}", "dolbom doctor")
    return Measured(**json.loads(out.read_text(encoding="utf-8")))


def bench(clip: Path, repetitions: int, domain: int, told: Callable[[str], None]) -> dict[str, Any]:
    """Runs everything in turns and returns the figures."""
    ros: list[Measured] = []
    bare: list[Measured] = []
    with tempfile.TemporaryDirectory(prefix="dolbom-bench-") as name:
        folder = Path(name)
        (folder / "home").mkdir()
        for number in range(repetitions):
            ros.append(_worker("ros", clip, folder, domain))
            told(f"{number + 1}/{repetitions}  ROS {ros[-1].fps:.1f} frames/s")
            bare.append(_worker("bare", clip, folder, domain))
            told(f"{number + 1}/{repetitions}  bare {bare[-1].fps:.1f} frames/s")
        live = _worker("live", clip, folder, domain)
        told("live latency measured")
    pairs = list(zip(ros, bare, strict=True))
    return {
        "clip": clip.name,
        "frames": ros[0].frames,
        "repetitions": repetitions,
        "speed_ratio": round(statistics.median(a.fps / b.fps for a, b in pairs), 3),
        "cpu_ratio": round(statistics.median((a.cpu_s / a.frames) / (b.cpu_s / b.frames) for a, b in pairs), 3),
        "fps": round(statistics.median(one.fps for one in ros), 2),
        "bare_fps": round(statistics.median(one.fps for one in bare), 2),
        "cpu_s": round(statistics.median(one.cpu_s for one in ros), 2),
        "bare_cpu_s": round(statistics.median(one.cpu_s for one in bare), 2),
        "latency_p50_ms": round(percentile(live.latency_ms, 0.5), 1),
        "latency_p95_ms": round(percentile(live.latency_ms, 0.95), 1),
        "live_frames": live.frames,
        "inferences": ros[-1].inferences,
        "bare_inferences": bare[-1].inferences,
        "speed_ratios": [round(a.fps / b.fps, 3) for a, b in pairs],
        "cpu_ratios": [round((a.cpu_s / a.frames) / (b.cpu_s / b.frames), 3) for a, b in pairs],
        "cores": os.cpu_count(),
        "load_1min": round(os.getloadavg()[0], 1),
    }


app = typer.Typer()


@app.command(epilog="Example:  dolbom bench perception --json")
def command(
    clip: Annotated[Path | None, typer.Option(help="A video. [default: the demo's clip]")] = None,
    repetitions: Annotated[int, typer.Option(min=1, max=20, help="Of each, in turns.")] = 3,
    domain: Annotated[int, typer.Option(min=0, max=101, help="ROS_DOMAIN_ID.")] = 43,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Speed, CPU and latency of the ROS pipeline against a bare loop with the same inferences, in the same run."""
    chosen = (clip or CLIP).absolute()
    try:
        FileSource(chosen).open()
    except SourceLostError as error:
        raise UserError(str(error)) from None
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("starting")
        found = bench(chosen, repetitions, domain, lambda text: progress.update(task, description=text))
    if as_json:
        typer.echo(json.dumps(found))
        return
    typer.echo(f"{found['clip']}, {found['frames']} frames, {found['cores']} cores, {repetitions} repetitions in turns")
    typer.echo(f"ROS pipeline  {found['fps']:6.2f} frames/s  {found['cpu_s']:7.2f} CPU-s  {found['inferences']}")
    typer.echo(f"bare loop     {found['bare_fps']:6.2f} frames/s  {found['bare_cpu_s']:7.2f} CPU-s")
    typer.echo(f"speed_ratio {found['speed_ratio']} (asked: ≥ 0.9)   cpu_ratio {found['cpu_ratio']} (asked: ≤ 1.3)")
    typer.echo(f"live, frame to decision: p50 {found['latency_p50_ms']} ms, p95 {found['latency_p95_ms']} ms")


def _main() -> None:
    kind, clip, trace, out = sys.argv[1:]
    if kind == "bare":
        loaded = {int(key): value for key, value in json.loads(Path(trace).read_text()).items()}
        measured = run_bare(Path(clip), loaded)
    else:
        measured, made = run_ros(Path(clip), "fast" if kind == "ros" else "real")
        if kind == "ros":
            Path(trace).write_text(json.dumps(made))
    Path(out).write_text(json.dumps(asdict(measured)))


if __name__ == "__main__":
    _main()
