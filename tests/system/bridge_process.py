"""The robot's side as a process of its own, without ROS: sends what is in the home's outbox until it is killed."""

from __future__ import annotations

import threading

from dolbom.clock import SystemClock
from dolbom.platform.identity import load_identity
from dolbom.platform.messages import Heartbeat
from dolbom.platform.outbox import Outbox
from dolbom.platform.uplink import Uplink
from dolbom.store.base import open_store


def main() -> None:
    clock = SystemClock()
    uplink = Uplink(
        Outbox(open_store()),
        load_identity,
        load_identity().address,
        civil=clock.civil,
        heartbeat=lambda: Heartbeat(at=clock.civil(), version="test"),
        heartbeat_s=2.0,
    )
    uplink.start()
    print("ready", flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    main()
