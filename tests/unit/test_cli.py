"""The command line as a person meets it."""

from __future__ import annotations

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

        def fail(error: Exception = error, **_: object) -> None:
            raise error

        monkeypatch.setattr(cli, "app", fail)
        with pytest.raises(SystemExit) as left:
            cli.main()
        assert left.value.code == 2
        assert capsys.readouterr().err.strip() == line


def test_a_commands_help_names_it_as_it_is_typed_and_offers_no_completion_of_its_own(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["/somewhere/__main__.py", "eval", "falls", "--help"])
    with pytest.raises(SystemExit):
        cli.main()
    told = capsys.readouterr().out
    assert "Usage: dolbom eval falls" in told
    assert "--install-completion" not in told


def test_words_that_are_no_text_are_refused_in_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["dolbom", "demo", "--camera", "\udcff.mp4"])
    with pytest.raises(SystemExit, match="2"):
        cli.main()
    said = capsys.readouterr().err
    assert said == "dolbom: \\udcff.mp4 is not UTF-8 text — set the locale to UTF-8: LANG=C.UTF-8\n"
