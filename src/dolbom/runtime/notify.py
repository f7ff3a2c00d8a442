"""Signs of life from a process to whoever supervises it, in systemd's own datagram protocol (sd_notify(3))."""

from __future__ import annotations

import os
import socket


def notify(**fields: str) -> bool:
    """Sends `READY="1"`, `WATCHDOG="1"`, `STATUS="…"` to the supervisor; the same under systemd and `dolbom up`.

    Returns:
        False if nobody supervises this process or the supervisor is gone; that never disturbs the process.
    """
    path = os.environ.get("NOTIFY_SOCKET")
    if not path:
        return False
    address = "\0" + path[1:] if path.startswith("@") else path
    message = "\n".join(f"{name}={' '.join(value.splitlines())}" for name, value in fields.items())
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sender:
            # A supervisor that hangs must not hang us.
            sender.setblocking(False)
            sender.sendto(message.encode(), address)
    except OSError:
        return False
    return True


def parse(message: bytes) -> dict[str, str]:
    """The fields of one datagram; what is not `NAME=value` is ignored."""
    pairs = (line.partition("=") for line in message.decode(errors="replace").splitlines())
    return {name: value for name, equals, value in pairs if equals}
