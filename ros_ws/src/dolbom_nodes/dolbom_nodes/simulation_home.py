"""The simulated home kept running on the ROS graph: at the pace of real time, with a resident who goes about."""

from __future__ import annotations

import itertools
import os
import random
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import rclpy
from rclpy.executors import SingleThreadedExecutor
from rclpy.signals import SignalHandlerOptions

from dolbom.simulation.look import Look
from dolbom.simulation.person import Person
from dolbom.simulation.simulation import Cast, Simulation
from dolbom_nodes.robot_state import RobotState
from dolbom_nodes.simulation_adapter import SimulationAdapter

TRANSPORT = "LARGE_DATA?max_msg_size=1MB&sockets_size=8MB&non_blocking=true"
"""Fast DDS: pictures share this process's segment with clock, inertia and laser; in 1 MB they would not find room."""

ERRANDS = ("sofa", "kitchen_sink", "window", "table", "bathroom_sink", "tv", "chair", "living")


@contextmanager
def on_the_graph(simulation: Simulation, domain: int | None = None) -> Iterator[SimulationAdapter]:
    """The adapter of a running simulation, spun in a thread of its own while entered.

    Whoever enters steps the simulation; what it measures comes on to the graph meanwhile.
    """
    os.environ.setdefault("ROS_AUTOMATIC_DISCOVERY_RANGE", "LOCALHOST")
    os.environ["FASTDDS_BUILTIN_TRANSPORTS"] = TRANSPORT
    context = rclpy.Context()
    rclpy.init(args=[], context=context, signal_handler_options=SignalHandlerOptions.NO, domain_id=domain)
    executor = SingleThreadedExecutor(context=context)
    adapter = SimulationAdapter(simulation, context=context)
    # With a whole ROS 2 a robot_state_publisher may do this; here is none.
    state = RobotState(adapter, simulation.robot)
    executor.add_node(adapter)
    spinning = threading.Thread(target=executor.spin, name="simulation-adapter", daemon=True)
    spinning.start()
    try:
        yield adapter
    finally:
        executor.shutdown()
        spinning.join(5)
        adapter.destroy_node()
        del state
        rclpy.shutdown(context=context)


def go_about(person: Person, rng: random.Random) -> None:
    """Gives somebody the next thing to do: walks somewhere, sits there if one can, stays a while."""
    place = rng.choice(ERRANDS)
    if person.home.place(place).seat is not None:
        person.sit(place)
    else:
        person.walk_to(place)
    person.wait(rng.uniform(4, 12))


def keep_home(
    domain: int | None, seed: int, fall_after: float, seconds: float, pace: float, tell: Callable[[str], None]
) -> None:
    """Runs the home until it is interrupted, or for `seconds` simulated seconds.

    Args:
        domain: the ROS domain; without it the environment's.
        seed: of the resident's look, manner and errands.
        fall_after: seconds after which the resident falls and stays down; 0: never.
        seconds: how long; 0: until interrupted.
        pace: how many simulated seconds a second has at most.
        tell: gets what happens, in words.
    """
    rng = random.Random(seed)  # noqa: S311 a play, no secret
    with tempfile.TemporaryDirectory(prefix="dolbom-home-") as folder:
        simulation = Simulation(Path(folder), {"resident": Cast(Look.of(seed), "sofa", seed)})
        began = time.monotonic()
        with simulation, on_the_graph(simulation, domain):
            tell(f"first image after {time.monotonic() - began:.1f} s; topics by sim/contract.yaml")
            resident, doing, fell = simulation.people["resident"], "", False
            start, real = simulation.time, time.monotonic()
            for count in itertools.count():
                now = simulation.time - start
                if seconds and now >= seconds:
                    return
                if fall_after and now >= fall_after and not fell:
                    fell = True
                    resident.fall("left")
                elif fall_after and not fell and resident.place != "rug" and not resident.busy:
                    resident.walk_to("rug")  # in the robot's view
                elif not resident.busy and not fall_after:
                    go_about(resident, rng)
                if resident.doing != doing:
                    doing = resident.doing
                    tell(f"{now:7.1f} s  {doing or resident.posture}  ({resident.room})")
                simulation.step()
                if count % 150 == 149:
                    factor = (simulation.time - start) / (time.monotonic() - real)
                    tell(f"{now:7.1f} s  real-time factor {factor:.2f}")
                ahead = (simulation.time - start) / pace - (time.monotonic() - real)
                if ahead > 0:
                    time.sleep(ahead)
