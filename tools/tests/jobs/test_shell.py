"""The word `jobs` in shells, which have a builtin of that name.

The documented line is tried in the real shells of this machine.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from jobtools.pages import ROOT

from .world import World

PAGE = (ROOT / "docs/howto/look-and-repair.md").read_text()
(LINE,) = re.findall(r"^```sh\n(jobs\(\) .*)\n```$", PAGE, re.MULTILINE)
BIN = Path(sys.executable).parent
SHELLS = [name for name in ("bash", "zsh") if shutil.which(name)]


def typed(shell: str, one: World, *lines: str) -> subprocess.CompletedProcess[str]:
    environ = {**os.environ, **one.environ, "PATH": f"{BIN}:{os.environ['PATH']}"}
    return subprocess.run(
        [shell, "-c", "\n".join(lines)], env=environ, capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.parametrize("shell", SHELLS)
def test_the_documented_line_leads_jobs_here(still: World, shell: str) -> None:
    done = typed(shell, still, LINE, "jobs list --json", "jobs --json list", 'jobs show nonsense; echo "ended with $?"')
    assert done.stdout == "[]\n[]\nended with 2\n", done.stderr
    assert "'nonsense' is no job id" in done.stderr


@pytest.mark.parametrize("shell", SHELLS)
def test_the_shells_own_jobs_stay_what_they_are(still: World, shell: str) -> None:
    done = typed(shell, still, "set -m", LINE, "sleep 60 &", "jobs", "jobs -l", "jobs %1", "kill %1")
    assert done.stdout.count("sleep 60") == 3, done.stderr


def test_a_script_types_env_jobs(still: World) -> None:
    done = typed("sh", still, "env jobs list --json")
    assert (done.returncode, done.stdout) == (0, "[]\n"), done.stderr
