"""The command line as a person meets it."""

from __future__ import annotations

import subprocess
import sys

import pytest
from typer.testing import CliRunner

from dolbom import __version__, cli
from dolbom.errors import UserError


def test_the_version_is_told() -> None:
    told = CliRunner().invoke(cli.app, ["--version"])
    assert told.output.strip() == f"dolbom {__version__}"


def test_what_a_person_can_mend_is_one_line_and_exit_code_two(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for error, line in [
        (
            UserError("no camera at /dev/video9", "plug it in, or name another with --camera"),
            "dolbom: no camera at /dev/video9 — plug it in, or name another with --camera",
        ),
        (
            OSError(28, "No space left on device", "home.db"),
            "dolbom: No space left on device: home.db",
        ),
    ]:

        def fail(error: Exception = error) -> None:
            raise error

        monkeypatch.setattr(cli, "app", fail)
        with pytest.raises(SystemExit) as left:
            cli.main()
        assert left.value.code == 2
        assert capsys.readouterr().err.strip() == line


def test_the_core_never_imports_ros() -> None:
    program = (
        "import sys, pkgutil, importlib, dolbom\n"
        "sys.modules['rclpy'] = None\n"
        "for m in pkgutil.walk_packages(dolbom.__path__, 'dolbom.'):\n"
        "    if not m.name.endswith('__main__') and '.migrations' not in m.name:\n"
        "        importlib.import_module(m.name)\n"
    )
    run = subprocess.run([sys.executable, "-c", program], check=False, capture_output=True, text=True, timeout=120)
    assert run.returncode == 0, run.stderr[-2000:]
