"""Renders the demo clips in Gazebo 11: builds the world, steps it frame by frame over the transport, encodes H.264.

The server runs inside its own root (`dolbom sim install`). One frame is one camera period of simulated
time, so the clip's speed does not depend on the machine's.
"""

from __future__ import annotations

import argparse
import queue
import shutil
import subprocess
import sys
import time
from pathlib import Path

import cv2
import home
import numpy as np
from motion import RATE, Director

from dolbom.simulation.body import Body, Pose
from dolbom.simulation.inside import ENVIRONMENT, FOLDER, inside
from dolbom.simulation.installation import Installation, installation
from dolbom.simulation.server import Server

FPS = 15
SIZE = (640, 480)
OVERSAMPLING = 2
SECONDS = {"fall": 30.0, "sits": 20.0}
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


def cure_shadows(root: Path, folder: Path) -> Path:
    """Write a copy of Gazebo's shadow shader that works without a graphics card; return it."""
    text = (root / SHADER).read_text()
    for flaw, cure in SHADER_CURES.items():
        if flaw not in text:
            sys.exit(f"{root / SHADER} is not the shader of Gazebo 11.1: no line {flaw!r}")
        text = text.replace(flaw, cure)
    cured = folder / "shadows.glsl"
    cured.write_text(text)
    return cured


def build(media: Path, folder: Path, clip: str, seconds: float) -> float:
    """Write the resident, the world and the textures for `clip` into `folder`.

    Returns the seconds until nothing moves any more.
    """
    resident = Body(media)
    resident.dress(CLOTHES, HAIR)
    director = Director(resident)
    story: list[Pose] = {"fall": director.falls, "sits": director.sits}[clip]()
    moving = len(story) / RATE
    story += [story[-1]] * max(2, round(seconds * RATE) + 2 - len(story))
    resident.write(folder / "resident.dae", story, RATE)
    home.paint(folder)
    size = (SIZE[0] * OVERSAMPLING, SIZE[1] * OVERSAMPLING)
    (folder / "demo.world").write_text(home.world(f"{FOLDER}/resident.dae", size, FPS))
    return moving


def shoot(server: Server, count: int, frames: Path, still_after: int) -> None:
    """Step the world and write `count` images as PNG into `frames`.

    From image `still_after` on nothing moves any more: the images after it are copies of it.
    """
    gazebo = server.connect(timeout=120.0)
    images = gazebo.queue("~/robot/head/camera/image", "ImageStamped")
    control = gazebo.publisher("~/world_control", "WorldControl").wait()
    steps = gazebo.messages.new("WorldControl", multi_step=4)
    began, tries, last = time.monotonic(), 0, 0.0
    for number in range(min(count, still_after + 1)):
        while True:
            control.publish(steps)
            try:
                stamped = images.get(timeout=10.0)
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


def encode(at: Installation, frames: Path, to: Path, quality: int) -> None:
    """Encode the frames with the ffmpeg inside the root: H.264 baseline, which every player and OpenCV read."""
    ffmpeg = (
        f"ffmpeg -nostdin -loglevel error -y -framerate {FPS} -i {FOLDER}/%05d.png"
        f" -c:v libx264 -profile:v baseline -pix_fmt yuv420p -preset veryslow -crf {quality} -g {FPS * 4}"
        f" -movflags +faststart -map_metadata -1 {FOLDER}/clip.mp4"
    )
    subprocess.run(inside(at, frames, ffmpeg), check=True, env=ENVIRONMENT)
    shutil.move(frames / "clip.mp4", to)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("clip", choices=sorted(SECONDS))
    parser.add_argument("--work", type=Path, required=True, help="folder for frames and logs")
    parser.add_argument("--to", type=Path, help="the clip; default: only frames")
    parser.add_argument("--seconds", type=float, help="length, default 30 (fall) or 20 (sits)")
    parser.add_argument("--quality", type=int, default=24, help="x264's constant rate factor")
    options = parser.parse_args()
    at = installation().demand()
    seconds = options.seconds or SECONDS[options.clip]
    frames, world = options.work / options.clip, options.work / f"{options.clip}-world"
    for folder in (frames, world):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
    moving = build(at.media, world, options.clip, seconds)
    log, shader = options.work / "gzserver.log", cure_shadows(at.root, world)
    with Server("demo", world, log, at, replaced={SHADER: shader}) as server:
        shoot(server, round(seconds * FPS), frames, still_after=round((moving + 0.5) * FPS))
    if options.to:
        encode(at, frames, options.to, options.quality)


if __name__ == "__main__":
    main()
