"""Gazebo 11 brought from Debian into a root of its own, and taken away again; the host's packages stay as they are."""

from __future__ import annotations

import json
import os
import platform
import re
import shlex
import shutil
import subprocess
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from dolbom.errors import UserError
from dolbom.places import ROOT
from dolbom.runtime.foreign import foreign_environment
from dolbom.runtime.parent import following
from dolbom.runtime.single import only_one
from dolbom.simulation.inside import ENVIRONMENT, FOLDER
from dolbom.simulation.installation import PACKAGES, RECIPE, SUITE, Installation

NEEDED = 1800 * 2**20
"""Bytes free while it is installed; about half of them stay."""

NOT_KEPT = ("/usr/share/man/*", "/usr/share/locale/*", "/usr/share/doc/*", "/usr/share/info/*")

DESCRIBE = (
    "cd /srv && apt-get download libgazebo-dev && dpkg-deb -x libgazebo-dev_*.deb dev"
    " && cd dev/usr/include/gazebo-11/gazebo/msgs/proto"
    " && protoc -I. --include_imports --descriptor_set_out=/srv/messages.desc *.proto"
    " && cd /srv && rm -rf dev libgazebo-dev_*.deb"
)
"""The messages' descriptions are in the development package: taken out, compiled, and the rest thrown away."""

Progress = Callable[[str, int, int], None]
"""Told the phase, the steps done and all steps known so far."""

_NETWORK = re.compile(r"resolve|connect|timed? ?out|fetch|unreachable|404|503", re.IGNORECASE)


def fitness(to: Installation) -> str:
    """Why Gazebo cannot be installed on this machine; empty if nothing speaks against it."""
    if platform.system() != "Linux" or platform.machine() != "x86_64":
        return f"Gazebo 11 is set up on x86_64 Linux only, and this is {platform.machine()} {platform.system()}"
    if os.geteuid() != 0:
        return "a Debian root can only be made by root; run: sudo -E bin/dolbom sim install"
    if not shutil.which("apt-get"):
        return "this is neither Debian nor Ubuntu: no apt-get"
    folder = next(parent for parent in (to.folder, *to.folder.parents) if parent.exists())
    free = shutil.disk_usage(folder).free
    if free < NEEDED:
        return f"{folder}: {free // 2**20} MB free, {NEEDED // 2**20} MB needed"
    return ""


def install(to: Installation, progress: Progress, mirror: str = "") -> bool:
    """Installs Gazebo 11; what an interrupted try has downloaded is used.

    Args:
        to: where.
        progress: told how far it is.
        mirror: address of a Debian mirror; empty: mmdebstrap's own choice.

    Returns:
        Whether anything was to be done.

    Raises:
        UserError: if it cannot be installed; nothing half-installed is taken for whole.
    """
    if not to.trouble():
        return False
    if reason := fitness(to):
        raise UserError(f"Gazebo cannot be installed: {reason}", "everything but the simulation works without it")
    to.folder.mkdir(parents=True, exist_ok=True)
    with only_one(to.folder, "install"):
        progress("tools", 0, 0)
        _tools()
        part, debs = to.folder / "root.part", to.folder / "debs"
        _rescue(part, debs)
        command = _command(part, debs, mirror)
        try:
            _run(command, progress)
        except BaseException:
            _rescue(part, debs)
            raise
        to.note.unlink(missing_ok=True)
        _remove(to.root)
        (part / FOLDER.lstrip("/")).mkdir(parents=True, exist_ok=True)
        (part / "etc" / "hosts").write_text("127.0.0.1 localhost\n", encoding="ascii")
        (part / "srv" / "messages.desc").replace(to.descriptions)
        part.replace(to.root)
        version = _version(to.root)
        shutil.rmtree(debs, ignore_errors=True)
        noted = {"recipe": RECIPE, "suite": SUITE, "gazebo": version, "at": datetime.now(UTC).isoformat()}
        fresh = to.note.with_suffix(".part")
        fresh.write_text(json.dumps(noted), encoding="utf-8")
        fresh.replace(to.note)
    return True


def uninstall(at: Installation) -> bool:
    """Takes it away; returns whether there was anything."""
    there = any(path.exists() for path in (at.root, at.folder / "root.part", at.note, at.descriptions))
    if there and os.geteuid() != 0:
        raise UserError("the simulator's root belongs to root", "sudo -E bin/dolbom sim uninstall")
    for file in (at.note, at.descriptions, at.folder / "install.lock"):
        file.unlink(missing_ok=True)
    for folder in (at.root, at.folder / "root.part"):
        _remove(folder)
    shutil.rmtree(at.folder / "debs", ignore_errors=True)
    with suppress(OSError):
        at.folder.rmdir()
    return there


def _tools() -> None:
    """mmdebstrap and the keys that Debian signs with, from the host's packages."""
    script = ROOT / "tools" / "system_packages"
    if not script.exists():
        if shutil.which("mmdebstrap"):
            return
        raise UserError("mmdebstrap is missing", "apt-get install mmdebstrap")
    ran = subprocess.run([script, "simulation"], capture_output=True, text=True, env=foreign_environment())
    if ran.returncode:
        said = [line for line in ran.stderr.splitlines() if line.strip()]
        raise UserError((said or ["the system packages cannot be installed"])[-1].removeprefix("dolbom: "), "")


def _command(part: Path, debs: Path, mirror: str) -> list[str]:
    cache = '"$1"/var/cache/apt/archives'
    fill = f"mkdir -p {cache}; cp -l {shlex.quote(str(debs))}/*.deb {cache}/ 2>/dev/null || true"
    describe = f'chroot "$1" sh -c {shlex.quote(DESCRIBE)}'
    return [
        # What is interrupted ends with everything that it started and mounted.
        *("unshare", "--mount", "--mount-proc", "--pid", "--fork", "--kill-child"),
        "mmdebstrap",
        "--mode=root",
        "--variant=minbase",
        "--verbose",
        '--aptopt=Acquire::Check-Valid-Until "false"',
        '--aptopt=Acquire::Retries "3"',
        *(f"--dpkgopt=path-exclude={path}" for path in NOT_KEPT),
        "--dpkgopt=path-include=/usr/share/doc/*/copyright",
        f"--include={','.join(PACKAGES)}",
        # What an earlier try has downloaded lies there already.
        "--skip=download/empty,essential/unlink",
        f"--setup-hook={fill}",
        f"--customize-hook={describe}",
        SUITE,
        str(part),
        *([mirror] if mirror else []),
    ]


def _run(command: list[str], progress: Progress) -> None:
    with subprocess.Popen(
        following(command), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        errors="replace", env={**foreign_environment(), "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"},
    ) as running:  # fmt: skip
        assert running.stdout is not None
        last: deque[str] = deque(maxlen=200)
        try:
            for phase, done, total in counted(_kept(running.stdout, last)):
                progress(phase, done, total)
            code = running.wait()
        finally:
            if running.poll() is None:
                running.kill()
                running.wait()
    if code:
        raise UserError(f"Gazebo was not installed: {_reason(last)}", "it goes on from there: dolbom sim install")


def _kept(lines: Iterator[str], last: deque[str]) -> Iterator[str]:
    for line in lines:
        last.append(line.strip())
        yield line


def counted(lines: Iterator[str]) -> Iterator[tuple[str, int, int]]:
    """Counts what apt tells: each package is downloaded, unpacked and set up.

    Yields the phase, the steps done, and the steps known by then.
    """
    total = done = new = 0
    for line in lines:
        if found := re.search(r"(\d+) newly installed", line):
            new = int(found[1])
            total = done + 3 * new
        if line.startswith("Need to get 0 B"):
            total -= new
        for beginning, phase in (("Get:", "downloads"), ("Unpacking ", "unpacks"), ("Setting up ", "sets up")):
            if line.startswith(beginning):
                done += 1
                yield phase, done, max(total, done)


def _reason(last: deque[str]) -> str:
    wrong = [line for line in last if line.startswith(("E:", "Err:"))] or [line for line in last if line]
    said = (wrong or ["mmdebstrap gave no reason"])[0].removeprefix("E: ")
    return f"the network or the mirror fails: {said}" if _NETWORK.search(said) else said


def _rescue(part: Path, debs: Path) -> None:
    """Keeps the packages that an unfinished try has downloaded; removes the rest of it."""
    debs.mkdir(exist_ok=True)
    for deb in (part / "var/cache/apt/archives").glob("*.deb"):
        deb.replace(debs / deb.name)
    _remove(part)


def _remove(folder: Path) -> None:
    """Removes a root, unless something of the machine is still mounted in it."""
    if not folder.exists():
        return
    mounted = [line.split()[1] for line in Path("/proc/self/mounts").read_text().splitlines()]
    if held := [place for place in mounted if place.startswith(f"{folder}/")]:
        for place in sorted(held, reverse=True):
            subprocess.run(["umount", "--lazy", place], check=False, capture_output=True)
        mounted = [line.split()[1] for line in Path("/proc/self/mounts").read_text().splitlines()]
        if any(place.startswith(f"{folder}/") for place in mounted):
            raise UserError(f"{held[0]} is mounted in the simulator's root", f"umount {held[0]}")
    shutil.rmtree(folder)


def _version(root: Path) -> str:
    """What gzserver says of itself: it starts.

    Raises:
        UserError: if it does not.
    """
    tried = subprocess.run(["chroot", root, "gzserver", "--version"], capture_output=True, text=True, env=ENVIRONMENT)
    found = re.search(r"version (\S+)", tried.stdout)
    if found is None:
        said = (tried.stderr or tried.stdout).strip().splitlines()
        raise UserError(f"gzserver was installed but does not start: {(said or ['it says nothing'])[-1]}", "")
    return found[1]
