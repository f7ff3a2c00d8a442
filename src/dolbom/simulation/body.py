"""A person's body: reads Gazebo's stock actor, dresses it, poses it, and writes it back with a new motion.

Nothing of the stock actor is kept in this repository: mesh, skeleton and recorded motions are read from an installed
gazebo-common at render time. Lengths are metres; x is forward, y left, z up in the body's own frame.
"""

from __future__ import annotations

import copy
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
_NAMESPACE = "http://www.collada.org/2005/11/COLLADASchema"
_C = f"{{{_NAMESPACE}}}"
SKIN_FILE = "walk.dae"


@dataclass
class Pose:
    """One instant of the body.

    `turns` (bones, 3, 3): each bone's rotation relative to its parent, in the body's axes of the T-pose, so that
    "thigh forward" means the same for every bone. `hips` (3,): the pelvis in the world or in the clip's own frame.
    """

    turns: Floats
    hips: Floats

    def blended(self, other: Pose, share: float) -> Pose:
        """Return the pose `share` (0…1) of the way to `other`, each bone along its shortest arc."""
        turns = np.stack([_between(a, b, share) for a, b in zip(self.turns, other.turns, strict=True)])
        return Pose(turns, (1 - share) * self.hips + share * other.hips)


def _between(a: Floats, b: Floats, share: float) -> Floats:
    arc, _ = cv2.Rodrigues(a.T @ b)
    step, _ = cv2.Rodrigues(arc * share)
    return np.asarray(a @ step)


class Body:
    """The stock actor's skeleton and skin, with forward kinematics and linear blend skinning."""

    def __init__(self, media: Path, scale: float = 1.0) -> None:
        """Read the actor from `media`, gazebo-common's `media/models` folder, `scale` times as tall."""
        self.media = media
        self.scale = scale
        self._tree = ET.parse(media / SKIN_FILE)  # noqa: S314 a file of Debian's gazebo-common
        root = self._tree.getroot()
        if scale != 1.0:
            _grow(root, scale)
        self.parents: list[int] = []
        self.names: list[str] = []
        rest: list[Floats] = []
        for node in root.iterfind(f".//{_C}visual_scene/{_C}node"):
            self._read_bones(node, -1, rest)
        self._rest = np.stack(rest)
        self._rest_rotation = self._chain(self._rest)[:, :3, :3]
        self._read_skin(root)

    def _read_bones(self, node: ET.Element, parent: int, rest: list[Floats]) -> None:
        if node.get("type") == "JOINT":
            self.names.append(node.get("name", ""))
            self.parents.append(parent)
            rest.append(_numbers(node.find(f"{_C}matrix")).reshape(4, 4))
            parent = len(self.names) - 1
        for child in node.iterfind(f"{_C}node"):
            self._read_bones(child, parent, rest)

    def _read_skin(self, root: ET.Element) -> None:
        skin = root.find(f".//{_C}skin")
        assert skin is not None
        sources = {str(s.get("id")).rsplit("-", 1)[-1]: s for s in skin.iterfind(f"{_C}source")}
        joints = (sources["joints"].findtext(f"{_C}Name_array") or "").split()
        weights = _numbers(sources["weights"].find(f"{_C}float_array"))
        inverse = _numbers(sources["bind_poses"].find(f"{_C}float_array")).reshape(-1, 4, 4)
        counts = _numbers(skin.find(f"{_C}vertex_weights/{_C}vcount")).astype(int)
        pairs = _numbers(skin.find(f"{_C}vertex_weights/{_C}v")).astype(int).reshape(-1, 2)
        points = _numbers(root.find(f".//{_C}mesh/{_C}source/{_C}float_array")).reshape(-1, 3)
        bind = _numbers(skin.find(f"{_C}bind_shape_matrix")).reshape(4, 4)
        bones = np.array([self.names.index(j) for j in joints])
        self.weights = np.zeros((len(points), len(self.names)))
        rows = np.repeat(np.arange(len(counts)), counts)
        np.add.at(self.weights, (rows, bones[pairs[:, 0]]), weights[pairs[:, 1]])
        self._inverse_bind = np.zeros((len(self.names), 4, 4))
        self._inverse_bind[bones] = inverse
        self._bound = np.c_[points, np.ones(len(points))] @ bind.T
        self.t_pose = self._skin(self._chain(self._rest))
        self._outline = self._extremes()

    def _extremes(self, directions: int = 26) -> NDArray[np.int_]:
        """The vertices that can touch a floor: of each bone's skin, the farthest in some directions."""
        rng = np.random.default_rng(0)
        ways = rng.normal(size=(directions, 3))
        owner = self.weights.argmax(axis=1)
        found: set[int] = set()
        for bone in range(len(self.names)):
            mine = np.flatnonzero(owner == bone)
            if len(mine):
                found |= set(mine[(self.t_pose[mine] @ ways.T).argmax(axis=0)].tolist())
        return np.array(sorted(found))

    def _chain(self, local: Floats) -> Floats:
        world = np.empty_like(local)
        for bone, parent in enumerate(self.parents):
            world[bone] = local[bone] if parent < 0 else world[parent] @ local[bone]
        return world

    def _skin(self, world: Floats) -> Floats:
        moves = world @ self._inverse_bind
        each = np.einsum("bij,vj->vbi", moves[:, :3], self._bound)
        return np.asarray(np.einsum("vb,vbi->vi", self.weights, each))

    def recorded(self, file: str) -> list[Pose]:
        """Return the motion recorded in one of the stock files, e.g. `walk.dae`, as poses 1/24 s apart."""
        root = ET.parse(self.media / file).getroot()  # noqa: S314 likewise
        frames: dict[str, Floats] = {}
        for animation in root.iterfind(f".//{_C}library_animations/{_C}animation"):
            channel = animation.find(f"{_C}channel")
            assert channel is not None
            outputs = [s for s in animation.iterfind(f"{_C}source") if str(s.get("id")).endswith("-output")]
            numbers = _numbers(outputs[0].find(f"{_C}float_array"))
            frames[str(channel.get("target")).split("/")[0]] = numbers.reshape(-1, 4, 4)
        local = np.stack([frames[name] for name in self.names], axis=1)
        local[..., :3, 3] *= self.scale
        return [self._pose_of(frame) for frame in local]

    def _pose_of(self, local: Floats) -> Pose:
        turned = self._chain(local)[:, :3, :3] @ self._rest_rotation.transpose(0, 2, 1)
        turns = turned.copy()
        for bone, parent in enumerate(self.parents):
            if parent >= 0:
                turns[bone] = turned[parent].T @ turned[bone]
        return Pose(turns, local[0, :3, 3].copy())

    def local(self, pose: Pose) -> Floats:
        """Return the bones' matrices relative to their parents (bones, 4, 4), as COLLADA stores them."""
        turned = np.empty_like(pose.turns)
        for bone, parent in enumerate(self.parents):
            turned[bone] = pose.turns[bone] if parent < 0 else turned[parent] @ pose.turns[bone]
        world = turned @ self._rest_rotation
        local = self._rest.copy()
        for bone, parent in enumerate(self.parents):
            local[bone, :3, :3] = world[bone] if parent < 0 else world[parent].T @ world[bone]
        local[0, :3, 3] = pose.hips
        return local

    def surface(self, pose: Pose) -> Floats:
        """Return the skin's vertices (vertices, 3) in the frame in which the pelvis is given."""
        return self._skin(self._chain(self.local(pose)))

    def outline(self, pose: Pose) -> Floats:
        """Return a few hundred of the skin's vertices, (vertices, 3): enough to know what touches the floor."""
        moves = self._chain(self.local(pose)) @ self._inverse_bind
        own = self.weights[self._outline]
        each = np.einsum("bij,vj->vbi", moves[:, :3], self._bound[self._outline])
        return np.asarray(np.einsum("vb,vbi->vi", own, each))

    def joints(self, pose: Pose) -> dict[str, Floats]:
        """Return every bone's origin (3,) by name."""
        world = self._chain(self.local(pose))
        return {name: world[i, :3, 3] for i, name in enumerate(self.names)}

    def dress(self, colours: dict[str, tuple[float, float, float]], hair: tuple[float, float, float]) -> None:
        """Recolour the stock materials (RGB 0…1 by effect name) and give the bald head short hair."""
        root = self._tree.getroot()
        for name, colour in colours.items():
            _paint(root.find(f".//{_C}effect[@id='{name}-effect']"), colour)
        self._grow_hair(hair)

    def _grow_hair(self, colour: tuple[float, float, float]) -> None:
        """Move the faces of the scalp from the skin's material to one of their own."""
        head = self.names.index("Head")
        x, _, z = self.t_pose.T / self.scale
        self.patch("hair", (self.weights[:, head] > 0.5) & (z > _hairline(x)), colour)

    def patch(self, name: str, where: NDArray[np.bool_], colour: tuple[float, float, float]) -> None:
        """Give the skin's faces whose corners all lie at `where` (vertices,) a material of their own."""
        root = self._tree.getroot()
        mesh = root.find(f".//{_C}mesh")
        assert mesh is not None
        skin = next(p for p in mesh.iterfind(f"{_C}polylist") if p.get("material") == "skin-mat")
        counts = _numbers(skin.find(f"{_C}vcount")).astype(int)
        stride = len(skin.findall(f"{_C}input"))
        corners = _numbers(skin.find(f"{_C}p")).astype(int).reshape(-1, stride)
        face = np.repeat(np.arange(len(counts)), counts)
        bare = np.zeros(len(counts), dtype=bool)
        np.logical_or.at(bare, face, ~where[corners[:, 0]])
        if bare.all():
            return
        fur = copy.deepcopy(skin)
        for polygons, keep, material in ((skin, bare, "skin-mat"), (fur, ~bare, name)):
            polygons.set("material", material)
            polygons.set("count", str(int(keep.sum())))
            _write(polygons.find(f"{_C}vcount"), counts[keep])
            _write(polygons.find(f"{_C}p"), corners[keep[face]].ravel())
        mesh.append(fur)
        for parent, tag, attribute in (
            ("library_effects", "effect", "id"),
            ("library_materials", "material", "id"),
            ("library_visual_scenes", "instance_material", "symbol"),
        ):
            for holder in root.iterfind(f".//{_C}{parent}//{_C}{tag}/.."):
                model = next(e for e in holder if str(e.get(attribute)).startswith("skin-mat"))
                twin = copy.deepcopy(model)
                for element in twin.iter():
                    for key, value in element.items():
                        element.set(key, value.replace("skin-mat", name))
                holder.append(twin)
        _paint(root.find(f".//{_C}effect[@id='{name}-effect']"), colour)

    def move_skin(self, by: Floats) -> None:
        """Move the skin's vertices by (vertices, 3) metres in the T-pose: another face on the same bones."""
        array = self._tree.getroot().find(f".//{_C}mesh/{_C}source/{_C}float_array")
        _write(array, (_numbers(array).reshape(-1, 3) + by).ravel())
        self._bound[:, :3] += by
        self.t_pose = self.t_pose + by

    def write(self, path: Path, poses: list[Pose], rate: float) -> None:
        """Write the actor with `poses` at `rate` per second as its only motion."""
        root = self._tree.getroot()
        local = np.stack([self.local(pose) for pose in poses])
        times = np.arange(len(poses)) / rate
        library = root.find(f"{_C}library_animations")
        assert library is not None
        for animation in library.iterfind(f"{_C}animation"):
            channel = animation.find(f"{_C}channel")
            assert channel is not None
            bone = self.names.index(str(channel.get("target")).split("/")[0])
            for source in animation.iterfind(f"{_C}source"):
                kind = str(source.get("id")).rsplit("-", 1)[-1]
                if kind == "interpolation":
                    words = source.find(f"{_C}Name_array")
                    assert words is not None
                    words.text = " ".join(["LINEAR"] * len(poses))
                else:
                    words = source.find(f"{_C}float_array")
                    _write(words, times if kind == "input" else local[:, bone].ravel())
                    assert words is not None
                    words.set("count", str(len(poses) * (1 if kind == "input" else 16)))
                if kind == "interpolation":
                    words.set("count", str(len(poses)))
                accessor = source.find(f".//{_C}accessor")
                assert accessor is not None
                accessor.set("count", str(len(poses)))
        ET.register_namespace("", _NAMESPACE)
        self._tree.write(path, encoding="utf-8", xml_declaration=True)


def _grow(root: ET.Element, scale: float) -> None:
    """Make the figure `scale` times as large: its points, its bones at rest and where the skin was bound to them."""
    for array in root.iterfind(f".//{_C}mesh/{_C}source/{_C}float_array"):
        if str(array.get("id")).endswith("positions-array"):
            _write(array, _numbers(array) * scale)
    for matrix in root.iterfind(f".//{_C}visual_scene//{_C}node/{_C}matrix"):
        _write(matrix, _moved(_numbers(matrix), scale))
    for array in root.iterfind(f".//{_C}skin/{_C}source/{_C}float_array"):
        if "bind_poses" in str(array.get("id")):
            _write(array, _moved(_numbers(array), scale))
    shape = root.find(f".//{_C}bind_shape_matrix")
    _write(shape, _moved(_numbers(shape), scale))


def _moved(matrices: Floats, scale: float) -> Floats:
    """Scale the translations of flattened 4x4 matrices."""
    found = matrices.reshape(-1, 4, 4).copy()
    found[:, :3, 3] *= scale
    return found.ravel()


def _hairline(x: Floats) -> Floats:
    """Height above which the head has hair, by distance forward of the body's axis (T-pose, pelvis at 0)."""
    return np.asarray(np.interp(x, [-0.07, 0.00, 0.045, 0.08, 0.12], [0.49, 0.52, 0.57, 0.615, 0.632]))


def _numbers(element: ET.Element | None) -> Floats:
    assert element is not None and element.text is not None
    return np.array(element.text.split(), dtype=float)


def _write(element: ET.Element | None, numbers: Floats | NDArray[np.int_]) -> None:
    assert element is not None
    element.text = " ".join(f"{n:.6g}" if isinstance(n, float) else str(n) for n in numbers.tolist())


def _paint(effect: ET.Element | None, colour: tuple[float, float, float]) -> None:
    assert effect is not None
    for channel in ("ambient", "diffuse"):
        element = effect.find(f".//{_C}{channel}/{_C}color")
        assert element is not None
        element.text = " ".join(f"{value:.4f}" for value in (*colour, 1.0))
