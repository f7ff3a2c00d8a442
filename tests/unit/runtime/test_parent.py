"""A child process ends with the one that started it, and starting it leaves nothing waiting for ever."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from tests.conftest import WaitUntil

from dolbom.runtime.parent import following

BESIDE_MATRICES = """
import threading, numpy
from dolbom.speech.programs import run
multiplied = ended = 0
def multiply():
    global multiplied
    one, other = numpy.ones((80, 201), numpy.float32), numpy.ones((201, 3000), numpy.float32)
    while not ended:
        one @ other
        multiplied += 1
thread = threading.Thread(target=multiply, daemon=True)
thread.start()
for _ in range(60):
    run(["true"], "", 5.0, threading.Event())
ended = True
thread.join(5)
print(thread.is_alive(), multiplied > 0)
"""


def test_programs_that_are_started_beside_a_thread_that_multiplies_matrices_leave_nothing_waiting() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", BESIDE_MATRICES], capture_output=True, text=True, timeout=50, check=True
    )
    assert ran.stdout.split() == ["False", "True"]


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel is asked for it")
def test_a_child_ends_when_the_one_that_started_it_is_killed(wait_until: WaitUntil, tmp_path: Path) -> None:
    told = tmp_path / "child"
    parent = subprocess.Popen([sys.executable, "-c", (
        "import subprocess, sys, time\nfrom pathlib import Path\nfrom dolbom.runtime.parent import following\n"
        f"child = subprocess.Popen(following(['sleep', '600']))\nPath({str(told)!r}).write_text(f'{{child.pid}} ')\n"
        "time.sleep(600)"
    )])  # fmt: skip
    child = psutil.Process(int(wait_until(lambda: told.exists() and told.read_text().strip(), what="the child")))
    wait_until(lambda: child.name() == "sleep", what="setpriv to become the program")
    parent.kill()
    parent.wait(5)
    wait_until(lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE, what="the child's end")


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel is asked for it")
def test_a_child_whose_parent_was_killed_before_the_kernel_knew_of_it_does_not_begin(tmp_path: Path) -> None:
    told = tmp_path / "begun"
    asked = subprocess.run(
        [sys.executable, "-c", f"import json; from dolbom.runtime.parent import following\n"
                               f"print(json.dumps(following(['touch', {str(told)!r}])))"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert subprocess.run(json.loads(asked.stdout), check=False).returncode != 0
    assert not told.exists()


def test_a_program_that_is_not_there_is_told_before_anything_is_started() -> None:
    with pytest.raises(FileNotFoundError, match="no-such-program"):
        following(["no-such-program"])


def test_the_command_keeps_its_words_and_its_process() -> None:
    begun = subprocess.Popen(
        following(["sh", "-c", 'echo "$$ $1"', "sh", "two words"]), stdout=subprocess.PIPE, text=True
    )
    out, _ = begun.communicate(timeout=10)
    assert out.split(maxsplit=1) == [str(begun.pid), "two words\n"]
