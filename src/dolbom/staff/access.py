"""Who may do what: roles × actions as one table, which each application brings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

ADMINISTRATOR = "administrator"
"""The role of which every application has at least one: who can let others in."""
VIEW_AUDIT, MANAGE_USERS, MANAGE_TOKENS = "view_audit", "manage_users", "manage_tokens"
"""The actions that every application has; `StrEnum` members of the same words are the same."""


@dataclass(frozen=True)
class Who:
    """Somebody who is doing something: a member of staff, a program, or the application itself."""

    name: str
    role: str
    address: str = ""


@dataclass(frozen=True)
class Permissions:
    """The table.

    Args:
        table: by role, what it may do.
    """

    table: Mapping[str, frozenset[str]]

    @property
    def roles(self) -> tuple[str, ...]:
        """Every role there is."""
        return tuple(str(role) for role in self.table)

    def may(self, role: str, action: str) -> bool:
        """Whether a role may do this; an unknown role may nothing."""
        return action in self.table.get(role, frozenset())

    def actions(self, role: str) -> list[str]:
        """All that a role may do."""
        return sorted(str(action) for action in self.table.get(role, ()))
