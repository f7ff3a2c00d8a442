"""Renders the demo clips in Gazebo 11: builds the world, steps it frame by frame over the transport, encodes H.264.

Run as root: the server runs inside its own Debian bullseye root (see README.md). One frame is one camera period of
simulated time, so the clip's speed does not depend on the machine's.
"""

from __future__ import annotations

import argparse
import os
import queue
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import cv2
import home
import numpy as np
from motion import RATE, Director
from resident import Pose, Resident
from transport import Gazebo, load_messages, message

FPS = 15
SIZE = (640, 480)
OVERSAMPLING = 2
SECONDS = {"fall": 30.0, "sits": 20.0}
INSIDE = "/srv/demo"
"""Where the server finds the world, as seen inside its root."""

CLOTHES = {
    "sweater-green": (0.52, 0.13, 0.16),
    "jeans-blue": (0.16, 0.17, 0.24),
    "skin-mat": (0.93, 0.72, 0.58),
}
HAIR = (0.56, 0.56, 0.58)


SHADER = "usr/share/gazebo-11/media/rtshaderlib/SGXLib_IntegratedPSSM.glsl"
SHADER_CURES = {
    # Mesa's software renderer does not compare depths in a texture of floats: every pixel would be lit.
    "shadow += texture(shadowMap, newUV.xyz);": "shadow += step(newUV.z - 0.0010, texture(shadowMap, newUV.xyz));",
    # Softer edges and lighter shadows, as in a room.
    "poissonDisk[i] * invShadowMapSize;": "poissonDisk[i] * invShadowMapSize * 3.0;",
    "float minShadowFactor = 0.2;": "float minShadowFactor = 0.42;",
}


def cure_shadows(root: Path) -> Path:
    """Write a copy of Gazebo's shadow shader that works without a graphics card; return it."""
    text = (root / SHADER).read_text()
    for flaw, cure in SHADER_CURES.items():
        if flaw not in text:
            sys.exit(f"{root / SHADER} is not the shader of Gazebo 11.1: no line {flaw!r}")
        text = text.replace(flaw, cure)
    cured = root / INSIDE.lstrip("/") / "shadows.glsl"
    cured.write_text(text)
    return cured


def build(root: Path, clip: str, seconds: float) -> float:
    """Write the resident, the world and the textures for `clip` into the server's root.

    Returns the seconds until nothing moves any more.
    """
    folder = root / INSIDE.lstrip("/")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    resident = Resident(root / "usr/share/gazebo-11/media/models")
    resident.dress(CLOTHES, HAIR)
    director = Director(resident)
    story: list[Pose] = {"fall": director.falls, "sits": director.sits}[clip]()
    moving = len(story) / RATE
    story += [story[-1]] * max(2, round(seconds * RATE) + 2 - len(story))
    resident.write(folder / "resident.dae", story, RATE)
    home.paint(folder)
    size = (SIZE[0] * OVERSAMPLING, SIZE[1] * OVERSAMPLING)
    (folder / "demo.world").write_text(home.world(f"{INSIDE}/resident.dae", size, FPS))
    return moving


def serve(root: Path, port: int, log: Path) -> subprocess.Popen[bytes]:
    """Start gzserver, paused and in lockstep with its camera, on a display of its own."""
    if _answers(port):
        sys.exit(f"port {port} is taken: another gzserver runs, and would answer in this one's place; end it first")
    inside = {
        "HOME": "/root",
        "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
        "LANG": "C.UTF-8",
        "GAZEBO_MASTER_URI": f"http://127.0.0.1:{port}",
        "GAZEBO_IP": "127.0.0.1",
        "GAZEBO_MODEL_DATABASE_URI": "",
        "GAZEBO_RESOURCE_PATH": f"{INSIDE}:/usr/share/gazebo-11",
        "GAZEBO_PLUGIN_PATH": "/usr/lib/x86_64-linux-gnu/gazebo-11/plugins",
        "OGRE_RESOURCE_PATH": "/usr/lib/x86_64-linux-gnu/OGRE-1.9.0",
        "LIBGL_ALWAYS_SOFTWARE": "1",
    }
    mounts = [
        f"--bind {cure_shadows(root)} {root / SHADER}",
        f"-t proc proc {root}/proc",
        f"-t tmpfs tmpfs {root}/tmp",  # noqa: S108 a mount of its own, nobody else's folder
        f"--bind /dev {root}/dev",
    ]
    gzserver = f"xvfb-run -a -s '-screen 0 1280x1024x24' gzserver --verbose --lockstep -u {INSIDE}/demo.world"
    # The shell stays as the first process of the namespace: xvfb-run in its place would wait for ever.
    command = "; ".join([*(f"mount {mount}" for mount in mounts), f"chroot {root} {gzserver}", "true"])
    return subprocess.Popen(
        ["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c", command],
        env=inside,
        stdout=log.open("wb"),
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
    )


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def stop(server: subprocess.Popen[bytes], port: int) -> None:
    """SIGKILL: a gzserver asked politely hangs. Its process namespace dies with it, a moment later."""
    os.killpg(server.pid, signal.SIGKILL)
    server.wait()
    deadline = time.monotonic() + 20.0
    while _answers(port) and time.monotonic() < deadline:
        time.sleep(0.1)


def shoot(port: int, count: int, frames: Path, still_after: int) -> None:
    """Step the world and write `count` images as PNG into `frames`.

    From image `still_after` on nothing moves any more: the images after it are copies of it.
    """
    gazebo = Gazebo(port=port)
    images = gazebo.subscribe("/gazebo/demo/robot/head/camera/image", "gazebo.msgs.ImageStamped")
    gazebo.advertise("/gazebo/demo/world_control", "gazebo.msgs.WorldControl", timeout=120.0)
    steps = message("world_control", "WorldControl")(multi_step=4)
    began, tries, last = time.monotonic(), 0, 0.0
    for number in range(min(count, still_after + 1)):
        while True:
            gazebo.publish("/gazebo/demo/world_control", steps)
            try:
                stamped = message("image_stamped", "ImageStamped").FromString(images.get(timeout=10.0))
                break
            except queue.Empty:  # the first steps only wake the sensor
                tries += 1
                if tries > 12:
                    raise TimeoutError("the camera sends no image; see gzserver.log") from None
        stamp = stamped.time.sec + stamped.time.nsec * 1e-9
        if number and abs(stamp - last - 1 / FPS) > 1e-3:
            raise RuntimeError(f"image {number} comes {stamp - last:.4f} s after the one before: the clip would jerk")
        last = stamp
        image = stamped.image
        pixels = np.frombuffer(image.data, np.uint8).reshape(image.height, image.width, 3)
        small = cv2.resize(pixels, SIZE, interpolation=cv2.INTER_AREA)
        cv2.imwrite(str(frames / f"{number:05d}.png"), cv2.cvtColor(small, cv2.COLOR_RGB2BGR))
        if number % FPS == FPS - 1:
            spent = time.monotonic() - began
            print(f"\r{number + 1}/{count} frames, simulated {stamp:.3f} s, {spent:.0f} s", end="", file=sys.stderr)
    print(file=sys.stderr)
    for number in range(still_after + 1, count):
        shutil.copy(frames / f"{still_after:05d}.png", frames / f"{number:05d}.png")


def encode(root: Path, frames: Path, to: Path, quality: int) -> None:
    """Encode the frames with the ffmpeg inside the root: H.264 baseline, which every player and OpenCV read."""
    inside = root / INSIDE.lstrip("/") / "frames"
    shutil.rmtree(inside, ignore_errors=True)
    shutil.copytree(frames, inside)
    subprocess.run(
        [
            "chroot",
            str(root),
            "ffmpeg",
            "-nostdin",
            "-loglevel",
            "error",
            "-y",
            "-framerate",
            str(FPS),
            "-i",
            f"{INSIDE}/frames/%05d.png",
            "-c:v",
            "libx264",
            "-profile:v",
            "baseline",
            "-pix_fmt",
            "yuv420p",
            "-preset",
            "veryslow",
            "-crf",
            str(quality),
            "-g",
            str(FPS * 4),
            "-movflags",
            "+faststart",
            "-map_metadata",
            "-1",
            f"{INSIDE}/clip.mp4",
        ],
        check=True,
    )
    shutil.copy(root / INSIDE.lstrip("/") / "clip.mp4", to)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("clip", choices=sorted(SECONDS))
    parser.add_argument("--root", type=Path, required=True, help="the Debian bullseye root with Gazebo 11")
    parser.add_argument("--messages", type=Path, required=True, help="folder of the compiled *_pb2.py")
    parser.add_argument("--work", type=Path, required=True, help="folder for frames and logs")
    parser.add_argument("--to", type=Path, help="the clip; default: only frames")
    parser.add_argument("--seconds", type=float, help="length, default 30 (fall) or 20 (sits)")
    parser.add_argument("--quality", type=int, default=24, help="x264's constant rate factor")
    parser.add_argument("--port", type=int, default=11345)
    options = parser.parse_args()
    load_messages(options.messages)
    seconds = options.seconds or SECONDS[options.clip]
    frames = options.work / options.clip
    shutil.rmtree(frames, ignore_errors=True)
    frames.mkdir(parents=True)
    moving = build(options.root, options.clip, seconds)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # or the server would outlive a render that is ended
    server = serve(options.root, options.port, options.work / "gzserver.log")
    try:
        shoot(options.port, round(seconds * FPS), frames, still_after=round((moving + 0.5) * FPS))
    finally:
        stop(server, options.port)
    if options.to:
        encode(options.root, frames, options.to, options.quality)


if __name__ == "__main__":
    main()
