"""The rules of a home's activity, made as the node and the virtual day need them."""

from __future__ import annotations

from collections.abc import Callable

from dolbom.sensors.inactivity import Address, Inactivity
from dolbom.sensors.parameters import ActivityParameters
from dolbom.sensors.wandering import Wandering


def rules(
    parameters: ActivityParameters, source: str, lang: str, address: Address, person: Callable[[], str | None]
) -> tuple[Inactivity, Wandering]:
    """The rules of silence and of the night.

    Args:
        person: who it must be, if only one is known here, else None.
    """
    return Inactivity(parameters, source, lang, address, person), Wandering(parameters, source, lang, address, person)
