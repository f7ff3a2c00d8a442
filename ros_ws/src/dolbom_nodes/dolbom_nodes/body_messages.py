"""Bodies to and from messages: dolbom's own BodyArray, and REP-155's skeleton, box and posture."""

from __future__ import annotations

import numpy as np
from dolbom_msgs.msg import Body as BodyMsg
from dolbom_msgs.msg import BodyArray
from hri_msgs.msg import BodyPosture, NormalizedPointOfInterest2D, NormalizedRegionOfInterest2D, Skeleton2D
from std_msgs.msg import Header

from dolbom.perception.bodies import Bodies, Body, describe
from dolbom.perception.camera_motion import CameraMotion
from dolbom.perception.pose import LANDMARKS, Pose
from dolbom_nodes import stamps

POSTURES = {
    "upright": BodyPosture.STANDING,
    "sitting": BodyPosture.SITTING,
    "crouching": BodyPosture.CROUCHING,
    "lying": BodyPosture.LAYING,
    "unknown": BodyPosture.OTHER,
}

# REP-155's points in MediaPipe's landmarks; the neck is between the shoulders.
SKELETON = {
    Skeleton2D.NOSE: (0,),
    Skeleton2D.NECK: (11, 12),
    Skeleton2D.RIGHT_SHOULDER: (12,),
    Skeleton2D.RIGHT_ELBOW: (14,),
    Skeleton2D.RIGHT_WRIST: (16,),
    Skeleton2D.LEFT_SHOULDER: (11,),
    Skeleton2D.LEFT_ELBOW: (13,),
    Skeleton2D.LEFT_WRIST: (15,),
    Skeleton2D.RIGHT_HIP: (24,),
    Skeleton2D.RIGHT_KNEE: (26,),
    Skeleton2D.RIGHT_ANKLE: (28,),
    Skeleton2D.LEFT_HIP: (23,),
    Skeleton2D.LEFT_KNEE: (25,),
    Skeleton2D.LEFT_ANKLE: (27,),
    Skeleton2D.LEFT_EYE: (2,),
    Skeleton2D.RIGHT_EYE: (5,),
    Skeleton2D.LEFT_EAR: (7,),
    Skeleton2D.RIGHT_EAR: (8,),
}


def bodies_to_msg(bodies: Bodies, header: Header) -> BodyArray:
    """The message of one frame."""
    return BodyArray(
        header=header,
        width=bodies.width,
        height=bodies.height,
        camera_motion=np.array(bodies.camera.velocity, np.float32),
        luminance=bodies.camera.luminance,
        bodies=[_body_to_msg(body) for body in bodies.bodies],
        lost=list(bodies.lost),
    )


def _body_to_msg(body: Body) -> BodyMsg:
    return BodyMsg(
        id=body.id,
        roi=np.array(body.roi, np.float32),
        landmarks=body.pose.landmarks.astype(np.float32).ravel(),
        world=body.pose.world.astype(np.float32).ravel(),
        posture=body.posture,
        posture_confidence=body.posture_confidence,
        turned=body.pose.turned,
    )


def bodies_from_msg(message: BodyArray) -> Bodies:
    """What the message of one frame says."""
    aspect = message.width / max(1, message.height)
    return Bodies(
        stamps.from_msg(message.header.stamp),
        message.width,
        message.height,
        tuple(describe(one.id, _pose(one), aspect) for one in message.bodies),
        tuple(message.lost),
        CameraMotion((float(message.camera_motion[0]), float(message.camera_motion[1])), message.luminance),
    )


def _pose(message: BodyMsg) -> Pose:
    landmarks = np.asarray(message.landmarks, np.float32).reshape(LANDMARKS, 3)
    return Pose(landmarks, np.asarray(message.world, np.float32).reshape(LANDMARKS, 3), message.turned)


def roi_to_msg(body: Body, header: Header) -> NormalizedRegionOfInterest2D:
    """REP-155's box."""
    x0, y0, x1, y1 = body.roi
    return NormalizedRegionOfInterest2D(header=header, xmin=x0, ymin=y0, xmax=x1, ymax=y1, c=1.0)


def skeleton_to_msg(body: Body, header: Header) -> Skeleton2D:
    """REP-155's skeleton; points outside the picture are not seen and have confidence 0."""
    message = Skeleton2D(header=header)
    for place, sources in SKELETON.items():
        x, y, visibility = (float(v) for v in body.pose.landmarks[list(sources)].mean(0))
        inside = 0 <= x <= 1 and 0 <= y <= 1
        message.skeleton[place] = NormalizedPointOfInterest2D(x=x, y=y, c=visibility if inside else 0.0)
    return message


def posture_to_msg(body: Body, header: Header) -> BodyPosture:
    """REP-155's posture."""
    return BodyPosture(header=header, posture=POSTURES[body.posture])
