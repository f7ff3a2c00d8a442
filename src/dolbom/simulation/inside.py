"""Programs of the simulator's own root, run with a folder of the host at hand, in a namespace of their own."""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping
from pathlib import Path

from dolbom.simulation.installation import Installation

FOLDER = "/srv/world"
"""Where a program finds the folder that it is given, as seen inside its root."""

LIBRARIES = "/usr/lib/x86_64-linux-gnu"
ENVIRONMENT = {
    "HOME": "/tmp",  # noqa: S108 a file system of its own, nobody else's folder
    "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
    "LANG": "C.UTF-8",
    "GAZEBO_IP": "127.0.0.1",
    "GAZEBO_MODEL_DATABASE_URI": "",
    "GAZEBO_RESOURCE_PATH": f"{FOLDER}:/usr/share/gazebo-11",
    "GAZEBO_PLUGIN_PATH": f"{LIBRARIES}/gazebo-11/plugins",
    "OGRE_RESOURCE_PATH": f"{LIBRARIES}/OGRE-1.9.0",
    "LIBGL_ALWAYS_SOFTWARE": "1",
}


def inside(at: Installation, folder: Path, shell: str, replaced: Mapping[str, Path] | None = None) -> list[str]:
    """The command that runs `shell`, a line for sh, in the root.

    Mounts live in a namespace of their own: the root itself is not changed, and several programs share it. What is
    started ends when the command does, and the other way round.

    Args:
        at: the installation.
        folder: what the program sees as `FOLDER`, and may write.
        shell: the line.
        replaced: files of the root that it sees replaced by others, by their path in it.
    """
    root = at.root
    mounts: list[list[object]] = [
        ["--rbind", folder, root / FOLDER.lstrip("/")],
        ["-t", "proc", "proc", root / "proc"],
        ["-t", "tmpfs", "tmpfs", root / "tmp"],
        ["--rbind", "/dev", root / "dev"],
        *(["--bind", file, root / path.lstrip("/")] for path, file in (replaced or {}).items()),
    ]
    steps = [shlex.join(["mount", *map(str, mount)]) for mount in mounts]
    # The shell stays in front as the first process of the namespace: a program in its place ignores its signals.
    steps.append(f"chroot {shlex.quote(str(root))} sh -c {shlex.quote(shell)}; exit $?")
    mine = [] if os.geteuid() == 0 else ["--map-root-user"]
    return ["unshare", *mine, "--mount", "--pid", "--fork", "--kill-child", "sh", "-c", " && ".join(steps)]
