"""What the robot's page tells of the machine: versions, network."""

from __future__ import annotations

import ipaddress
import os
import platform
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

import psutil

from dolbom import __version__


@dataclass(frozen=True)
class Interface:
    """One way into the network, with its addresses."""

    name: str
    up: bool
    addresses: tuple[str, ...]


def versions() -> dict[str, str]:
    """Of what runs here."""
    found = {"dolbom": __version__, "Python": platform.python_version()}
    if distro := os.environ.get("ROS_DISTRO"):
        found["ROS 2"] = distro
    return found | {"Linux" if platform.system() == "Linux" else platform.system(): platform.release()}


def interfaces() -> list[Interface]:
    """All but loopback, those that are up first."""
    states, found = psutil.net_if_stats(), []
    for name, addresses in psutil.net_if_addrs().items():
        shown = []
        for one in addresses:
            with suppress(ValueError):
                shown.append(ipaddress.ip_address(one.address.partition("%")[0]))
        if not shown or any(address.is_loopback for address in shown):
            continue
        up = name in states and states[name].isup
        found.append(Interface(name, up, tuple(str(one) for one in shown if not one.is_link_local)))
    return sorted(found, key=lambda one: (not one.up, one.name))


def link(parts: Mapping[str, Mapping[str, str]]) -> str:
    """How the way to the district is, as the bridge says it; "unknown" without one."""
    return parts.get("bridge", {}).get("link", "") or "unknown"
