"""Motions keyed joint by joint for this project: falls, lying, getting up, kneeling, crawling, reaching.

Angles in degrees, turned about x, then y, then z, each bone relative to its parent, in the body's axes of the T-pose
(x ahead, y left, z up): a thigh turned by -90 about y points ahead, a left arm by -80 about x hangs down.
"""

from __future__ import annotations

from dataclasses import dataclass, field

Angles = dict[str, tuple[float, float, float]]


@dataclass(frozen=True)
class Key:
    """One pose of a motion, in the frame in which it began.

    `at`: seconds after its beginning. `trunk`: roll, pitch, yaw of the pelvis. `bones` that are not named stay as in
    the key before.
    """

    at: float
    trunk: tuple[float, float, float]
    bones: Angles = field(default_factory=dict)


def mirrored(keys: list[Key]) -> list[Key]:
    """The same to the other side."""

    def name(bone: str) -> str:
        for one, other in (("Left", "Right"), ("Right", "Left"), ("LH", "RH"), ("RH", "LH")):
            if bone.startswith(one):
                return other + bone.removeprefix(one)
        return bone

    def turned(angles: tuple[float, float, float]) -> tuple[float, float, float]:
        return (-angles[0], angles[1], -angles[2])

    return [Key(k.at, turned(k.trunk), {name(bone): turned(a) for bone, a in k.bones.items()}) for k in keys]


# fmt: off
STANDING: Angles = {
    "LeftUpLeg": (0, -2, 0), "LeftLeg": (0, 4, 0), "LeftFoot": (0, -2, 0),
    "RightUpLeg": (0, -2, 0), "RightLeg": (0, 4, 0), "RightFoot": (0, -2, 0),
    "LowerBack": (0, 5, 0), "Spine": (0, 5, 0), "Spine1": (0, 0, 0), "Neck": (0, 3, 0), "Neck1": (0, 0, 0),
        "Head": (0, -10, 0),
    "LeftArm": (-76, 0, 6), "LeftForeArm": (0, 0, -16), "RightArm": (76, 0, -6), "RightForeArm": (0, 0, 16),
}

# A fall to the left after the left knee gives way, as a faint in the middle of a room goes: knee, hip, shoulder, head.
SIDEWAYS = [
    Key(0.22, (-7, 2, 0), {
        "LeftUpLeg": (4, -26, 0), "LeftLeg": (0, 42, 0), "RightUpLeg": (-6, -12, 0), "RightLeg": (0, 24, 0),
        "LowerBack": (-4, 8, 0), "Spine": (-4, 8, 0), "Head": (-6, 10, 0),
        "LeftArm": (-62, 0, -12), "RightArm": (58, 0, 22), "LeftForeArm": (0, 0, -30), "RightForeArm": (0, 0, 28),
    }),
    Key(0.46, (-26, 2, 2), {
        "LeftUpLeg": (8, -58, 0), "LeftLeg": (0, 96, 0), "LeftFoot": (0, 18, 0),
        "RightUpLeg": (-16, -36, 0), "RightLeg": (0, 62, 0), "RightFoot": (0, -8, 0),
        "LowerBack": (-3, 10, 0), "Spine": (-2, 12, 0), "Head": (4, 12, 0),
        "LeftArm": (-42, 0, -34), "RightArm": (34, 0, 34), "LeftForeArm": (0, 0, -24),
    }),
    Key(0.66, (-54, 0, 4), {
        "LeftUpLeg": (6, -66, 0), "LeftLeg": (0, 104, 0), "LeftFoot": (0, 26, 0),
        "RightUpLeg": (-18, -46, 0), "RightLeg": (0, 74, 0), "RightFoot": (0, 6, 0),
        "LowerBack": (4, 8, 0), "Spine": (6, 10, 0), "Neck": (4, 0, 0), "Head": (8, 8, 0),
        "LeftArm": (-16, 0, -56), "RightArm": (28, 0, 40), "LeftForeArm": (0, 0, -30),
    }),
    Key(0.86, (-78, -4, 6), {
        "LeftUpLeg": (2, -50, 0), "LeftLeg": (0, 84, 0), "LeftFoot": (0, 30, 0),
        "RightUpLeg": (-10, -50, 0), "RightLeg": (0, 78, 0), "RightFoot": (0, 18, 0),
        "LowerBack": (6, 6, 0), "Spine": (5, 8, 0), "Neck": (2, 0, 0), "Head": (4, 4, 0),
        "LeftArm": (-6, 0, -74), "RightArm": (34, 0, 62), "LeftForeArm": (0, 0, -38), "RightForeArm": (0, 0, 40),
    }),
    Key(1.02, (-80, -24, 6), {
        "LeftUpLeg": (1, -49, 3), "LeftLeg": (0, 68, 0), "RightUpLeg": (9, -45, 2), "RightLeg": (0, 61, 0),
        "LowerBack": (1, 12, 8), "Spine": (0, 12, 0), "Neck": (-17, -26, -13), "Neck1": (-21, -6, 2),
        "Head": (-22, -5, -5), "LeftArm": (-8, 1, -75), "LeftForeArm": (-21, 1, -13),
        "RightArm": (50, -1, 74), "RightForeArm": (-1, -1, 43),
    }),
    Key(1.20, (-80, -28, 6), {"RightArm": (58, -1, 66), "RightForeArm": (-1, -1, 58)}),
    Key(2.00, (-82, -54, 6), {
        "LeftUpLeg": (12, -31, 6), "LeftLeg": (0, 43, 0), "LeftFoot": (0, 22, 0),
        "RightUpLeg": (13, -29, 5), "RightLeg": (0, 50, 0), "RightFoot": (0, 22, 0),
        "LowerBack": (2, 1, 4), "Spine": (4, 4, 0), "Neck": (-10, -27, -33), "Neck1": (15, -3, 1),
        "Head": (-3, -19, 19), "LeftArm": (-18, 1, -37), "LeftForeArm": (-5, 7, -7),
        "RightArm": (77, -2, 53), "RightForeArm": (2, -12, 87),
    }),
]

# A foot slips ahead: seat, back, head.
BACKWARD = [
    Key(0.18, (0, -10, 0), {
        "LeftUpLeg": (0, -14, 0), "LeftLeg": (0, 14, 0), "RightUpLeg": (0, -38, 0), "RightLeg": (0, 12, 0),
        "Head": (0, 8, 0), "LeftArm": (-48, 0, 4), "RightArm": (48, 0, -4), "LeftForeArm": (0, 0, -30),
        "RightForeArm": (0, 0, 30),
    }),
    Key(0.42, (0, -34, 0), {
        "LeftUpLeg": (0, -48, 0), "LeftLeg": (0, 62, 0), "RightUpLeg": (0, -52, 0), "RightLeg": (0, 40, 0),
        "Spine": (0, 14, 0), "Neck": (0, 12, 0), "Head": (0, 14, 0), "LeftArm": (-30, 0, 26), "RightArm": (30, 0, -26),
    }),
    Key(0.66, (0, -60, 0), {
        "LeftUpLeg": (4, -62, 0), "LeftLeg": (0, 78, 0), "RightUpLeg": (-4, -58, 0), "RightLeg": (0, 58, 0),
        "LowerBack": (0, 10, 0), "Spine": (0, 14, 0), "LeftArm": (-28, 0, 20), "RightArm": (28, 0, -20),
    }),
    Key(0.86, (0, -86, 2), {
        "LeftUpLeg": (6, -46, 0), "LeftLeg": (0, 66, 0), "RightUpLeg": (-6, -36, 0), "RightLeg": (0, 44, 0),
        "LowerBack": (0, 2, 0), "Spine": (0, 2, 0), "Neck": (0, 6, 0), "Head": (0, 2, 0),
        "LeftArm": (-34, 0, 2), "RightArm": (34, 0, -2),
    }),
    Key(1.05, (0, -90, 3), {"Neck": (0, 0, 0), "Head": (0, -8, 6), "LeftForeArm": (0, 0, -12),
        "RightForeArm": (0, 0, 12)}),
    Key(2.00, (0, -90, 4), {
        "LeftUpLeg": (10, -8, 0), "LeftLeg": (0, 14, 0), "LeftFoot": (8, 24, 0),
        "RightUpLeg": (-14, -3, 0), "RightLeg": (0, 8, 0), "RightFoot": (-10, 26, 0),
        "LowerBack": (0, 0, 0), "Spine": (0, 0, 0), "Head": (0, -8, 22), "LeftArm": (-46, 0, 0), "RightArm": (38, 0, 0),
    }),
]

# A stumble: knees, hands, chest, face to one side.
FORWARD = [
    Key(0.20, (0, 14, 0), {
        "LeftUpLeg": (0, -34, 0), "LeftLeg": (0, 22, 0), "RightUpLeg": (0, 14, 0), "RightLeg": (0, 24, 0),
        "LeftArm": (-50, 0, -34), "RightArm": (50, 0, 34), "LeftForeArm": (0, 0, -24),
        "RightForeArm": (0, 0, 24), "Head": (0, -6, 0),
    }),
    Key(0.44, (0, 38, 0), {
        "LeftUpLeg": (0, -34, 0), "LeftLeg": (0, 70, 0), "RightUpLeg": (0, -12, 0), "RightLeg": (0, 62, 0),
        "LeftArm": (-24, 0, -66), "RightArm": (24, 0, 66), "LeftForeArm": (0, 0, -16),
        "RightForeArm": (0, 0, 16), "Head": (0, -16, 0),
    }),
    Key(0.68, (0, 64, 0), {
        "LeftUpLeg": (0, -26, 0), "LeftLeg": (0, 84, 0), "LeftFoot": (0, 34, 0),
        "RightUpLeg": (0, -22, 0), "RightLeg": (0, 80, 0), "RightFoot": (0, 34, 0),
        "LeftArm": (0, 0, -58), "RightArm": (0, 0, 58), "LeftForeArm": (0, 0, -44), "RightForeArm": (0, 0, 44),
    }),
    Key(0.90, (0, 86, 0), {
        "LeftUpLeg": (0, -4, 0), "LeftLeg": (0, 40, 0), "LeftFoot": (0, 52, 0),
        "RightUpLeg": (0, -2, 0), "RightLeg": (0, 34, 0), "RightFoot": (0, 52, 0),
        "LowerBack": (0, 2, 0), "Spine": (0, 0, 0), "Neck": (0, -6, 16), "Head": (0, -6, 30),
        "LeftArm": (26, 0, -10), "RightArm": (-22, 0, 10), "LeftForeArm": (40, 0, -6), "RightForeArm": (-44, 0, 6),
    }),
    Key(1.90, (0, 90, 2), {
        "LeftUpLeg": (3, 0, 0), "LeftLeg": (0, 6, 0), "LeftFoot": (0, 60, 0),
        "RightUpLeg": (-8, 0, 0), "RightLeg": (0, 4, 0), "RightFoot": (0, 60, 0),
        "LowerBack": (0, 0, 0), "Neck": (0, 0, 26), "Head": (0, 0, 46),
        "LeftArm": (34, 0, 0), "RightArm": (-8, 0, 0), "LeftForeArm": (52, 0, 0), "RightForeArm": (-64, 0, 0),
    }),
]

# The knees give way slowly, the body sinks on its heels and tips over to the left.
SLUMP = [
    Key(0.40, (0, 4, 0), {
        "LeftUpLeg": (0, -24, 0), "LeftLeg": (0, 44, 0), "RightUpLeg": (0, -22, 0), "RightLeg": (0, 42, 0),
        "LowerBack": (0, 10, 0), "Spine": (0, 14, 0), "Neck": (0, 16, 0), "Head": (4, 20, 0),
        "LeftArm": (-78, 0, 0), "RightArm": (78, 0, 0), "LeftForeArm": (0, 0, -10), "RightForeArm": (0, 0, 10),
    }),
    Key(0.90, (-3, 8, 0), {
        "LeftUpLeg": (0, -58, 0), "LeftLeg": (0, 112, 0), "LeftFoot": (0, 20, 0),
        "RightUpLeg": (0, -54, 0), "RightLeg": (0, 108, 0), "RightFoot": (0, 20, 0),
    }),
    Key(1.35, (-12, 14, 0), {
        "LeftUpLeg": (4, -66, 0), "LeftLeg": (0, 138, 0), "LeftFoot": (0, 48, 0),
        "RightUpLeg": (-4, -62, 0), "RightLeg": (0, 136, 0), "RightFoot": (0, 48, 0),
        "LowerBack": (-8, 14, 0), "Spine": (-8, 16, 0), "LeftArm": (-60, 0, -20), "RightArm": (66, 0, 14),
    }),
    *(Key(key.at + 0.98, key.trunk, key.bones) for key in SIDEWAYS[2:]),
]

# Out of a chair, ahead and to the left.
FROM_CHAIR = [
    Key(0.35, (-10, 22, 0), {
        "LeftUpLeg": (0, -86, 0), "LeftLeg": (0, 92, 0), "RightUpLeg": (0, -84, 0), "RightLeg": (0, 90, 0),
        "LowerBack": (-4, 12, 0), "Spine": (-6, 14, 0), "Neck": (0, 12, 0), "Head": (-4, 14, 0),
        "LeftArm": (-58, 0, -28), "RightArm": (60, 0, 22), "LeftForeArm": (0, 0, -30), "RightForeArm": (0, 0, 30),
    }),
    Key(0.70, (-34, 18, 2), {
        "LeftUpLeg": (4, -84, 0), "LeftLeg": (0, 106, 0), "LeftFoot": (0, 20, 0),
        "RightUpLeg": (-10, -70, 0), "RightLeg": (0, 96, 0), "RightFoot": (0, 10, 0), "LeftArm": (-30, 0, -50),
    }),
    *(Key(key.at + 0.22, key.trunk, key.bones) for key in SIDEWAYS[2:]),
]

# From whatever lying on to hands and knees, one foot, and up.
ALL_FOURS: Angles = {
    "LeftUpLeg": (0, -68, 0), "LeftLeg": (0, 100, 0), "LeftFoot": (0, 66, 0),
    "RightUpLeg": (0, -68, 0), "RightLeg": (0, 100, 0), "RightFoot": (0, 66, 0),
    "LowerBack": (0, 2, 0), "Spine": (0, 2, 0), "Spine1": (0, 0, 0), "Neck": (0, -16, 0), "Neck1": (0, 0, 0),
        "Head": (0, -24, 0),
    "LeftArm": (0, 8, -84), "RightArm": (0, 8, 84), "LeftForeArm": (0, 0, -4), "RightForeArm": (0, 0, 4),
}
KNEELING: Angles = {
    **STANDING, "LeftUpLeg": (0, -4, 0), "LeftLeg": (0, 88, 0), "LeftFoot": (0, 56, 0),
    "RightUpLeg": (0, -4, 0), "RightLeg": (0, 88, 0), "RightFoot": (0, 56, 0),
}
ON_ONE_KNEE: Angles = {
    **KNEELING, "LeftUpLeg": (0, -110, 0), "LeftLeg": (0, 96, 0), "LeftFoot": (0, 0, 0),
    "LowerBack": (0, 14, 0), "LeftArm": (-40, 0, -50), "LeftForeArm": (0, 0, -40),
}
# Between one knee and two, or all fours, the other foot is in the air: on the floor it would carry the body along.
FOOT_IN_THE_AIR: Angles = {
    **ON_ONE_KNEE, "LeftUpLeg": (0, -84, 0), "LeftLeg": (0, 146, 0), "LeftFoot": (0, 0, 0),
}
FOOT_BESIDE: Angles = {**KNEELING, "LeftUpLeg": (0, -14, 0), "LeftLeg": (0, 112, 0), "LeftFoot": (0, 40, 0)}
GET_UP = [
    Key(1.2, (-62, 6, 0), {
        "LeftUpLeg": (0, -66, 0), "LeftLeg": (0, 80, 0), "RightUpLeg": (0, -60, 0), "RightLeg": (0, 76, 0),
        "LeftArm": (-20, 0, -64), "RightArm": (20, 0, 80), "LeftForeArm": (0, 0, -30), "RightForeArm": (0, 0, 20),
        "Neck": (6, 0, 0), "Neck1": (0, 0, 0), "Head": (6, 0, 0), "LowerBack": (0, 8, 0), "Spine": (0, 8, 0),
    }),
    Key(3.2, (0, 64, 0), ALL_FOURS),
    Key(4.4, (0, 64, 0), ALL_FOURS),
    Key(5.1, (0, 34, 0), FOOT_IN_THE_AIR),
    Key(5.8, (0, 12, 0), ON_ONE_KNEE),
    Key(6.8, (0, 34, 0), {**ON_ONE_KNEE, "LeftUpLeg": (0, -96, 0), "LeftLeg": (0, 78, 0),
        "RightUpLeg": (0, -40, 0), "RightLeg": (0, 70, 0), "RightFoot": (0, 16, 0)}),
    Key(8.0, (0, 0, 0), STANDING),
]
LIE_DOWN_ON_FLOOR = [
    Key(1.4, (0, 16, 0), ON_ONE_KNEE),
    Key(1.95, (0, 11, 0), FOOT_IN_THE_AIR),
    Key(2.3, (0, 8, 0), FOOT_BESIDE),
    Key(2.6, (0, 6, 0), KNEELING),
    Key(4.0, (0, 64, 0), ALL_FOURS),
    Key(5.6, (-64, 8, 0), GET_UP[0].bones),
    Key(8.6, (-20, -84, 0), {**BACKWARD[3].bones, "LeftFoot": (0, 10, 0), "RightFoot": (0, 10, 0)}),
    Key(9.8, (0, -90, 0), BACKWARD[5].bones),
]
KNEEL = [Key(1.3, (0, 14, 0), ON_ONE_KNEE), Key(1.85, (0, 9, 0), FOOT_IN_THE_AIR),
    Key(2.2, (0, 6, 0), FOOT_BESIDE), Key(2.5, (0, 4, 0), KNEELING)]
UP_FROM_KNEES = [Key(0.3, (0, 6, 0), FOOT_BESIDE), Key(0.65, (0, 9, 0), FOOT_IN_THE_AIR),
    Key(1.2, (0, 14, 0), ON_ONE_KNEE), Key(2.0, GET_UP[5].trunk, GET_UP[5].bones), Key(3.0, (0, 0, 0), STANDING)]
PICK_UP = [
    Key(1.1, (0, 58, 0), {
        "LeftUpLeg": (0, -76, 0), "LeftLeg": (0, 42, 0), "RightUpLeg": (0, -78, 0), "RightLeg": (0, 44, 0),
        "LeftFoot": (0, -18, 0), "RightFoot": (0, -18, 0),
        "LowerBack": (0, 22, 0), "Spine": (0, 18, 0), "Neck": (0, -4, 0), "Head": (0, -8, 0),
        "LeftArm": (-60, 0, -20), "RightArm": (0, 10, 88), "RightForeArm": (0, 0, 6),
    }),
    Key(1.7, (0, 60, 0), {"RightForeArm": (0, 0, 20)}),
    Key(3.0, (0, 0, 0), STANDING),
]
TO_MOUTH = [
    Key(0.9, (0, 0, 0), {"RightArm": (66, 0, 34), "RightForeArm": (0, 0, 60), "Head": (0, 0, 0)}),
    Key(1.8, (0, 0, 0), {"RightArm": (58, 0, 62), "RightForeArm": (20, 0, 128), "Head": (0, 8, 0)}),
    Key(2.4, (0, 0, 0), {}),
    Key(3.3, (0, 0, 0), {"RightArm": (66, 0, 34), "RightForeArm": (0, 0, 60), "Head": (0, 0, 0)}),
]
WAVE = [
    Key(0.6, (0, 0, 0), {"RightArm": (-30, 0, 20), "RightForeArm": (-50, 0, 20)}),
    Key(1.0, (0, 0, 0), {"RightForeArm": (-80, 0, 20)}),
    Key(1.4, (0, 0, 0), {"RightForeArm": (-40, 0, 20)}),
    Key(1.8, (0, 0, 0), {"RightForeArm": (-80, 0, 20)}),
    Key(2.6, (0, 0, 0), {"RightArm": STANDING["RightArm"], "RightForeArm": STANDING["RightForeArm"]}),
]
# fmt: on

FALLS: dict[str, list[Key]] = {
    "left": SIDEWAYS,
    "right": mirrored(SIDEWAYS),
    "backward": BACKWARD,
    "forward": FORWARD,
    "slump": SLUMP,
    "from_chair": FROM_CHAIR,
}
"""Every way to fall, by the scenario's word for it."""
