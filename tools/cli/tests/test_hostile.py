"""Every command over a stack of hostile text, as text and as JSON: nothing of it reaches the terminal as it is, and JSON is JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

import jobctl
from jobctl.app import app
from jobctl.environment import prompt
from jobctl.views.console import VisibleConsole
from jobctl.views.visible import HIDDEN
from jobctl.watch.confirm_screen import ConfirmScreen
from jobctl.watch.dead_screen import DeadScreen
from jobctl.watch.job_screen import JobScreen
from jobctl.watch.stack_screen import StackScreen
from localaws.aws import CREDENTIALS

from .conftest import Jobs
from .hostile import EVIL, Hostile, fill
from .watch.watching import Viewer, watch
from .world import World

SEEN = re.compile(f"[{HIDDEN}]")
LINES = {"cancel", "submit", "tail"}
"""Commands whose JSON is a line each (docs/howto/look-and-repair.md)."""


def commands(hostile: Hostile) -> dict[str, list[list[str]]]:
    """Each command, with the options that make it say most."""
    job, dead = hostile.jobs
    return {
        "status": [["status"]],
        "list": [["list"], ["list", "--logs"]],
        "show": [["show", dead], ["show", job], ["show", job, "--logs"]],
        "step": [
            ["step", job],
            ["step", job, EVIL, "--again"],
            ["step", job, "\u202echarge", "--again"],
            ["step", job, "a", "--done", EVIL],
        ],
        "cancel": [["cancel", job], ["cancel", EVIL], ["cancel", job, "--reason", EVIL], ["cancel", job, "--tree"]],
        "logs": [["logs", job]],
        "trace": [["trace", dead]],
        "tail": [["tail", "--no-follow", "--stack", "--since", "1h"]],
        "tasks": [["tasks"], ["tasks", hostile.task[:12]]],
        "submit": [
            ["submit", "--data", f'["{EVIL}"]'],
            ["submit", "--data", f"{{{EVIL}"],
            ["submit", "--trigger", EVIL],
            ["submit", "--count", "2"],
            ["submit", "--type", "work", "--unique-key", EVIL],
            ["submit", "--type", "work", "--unique-key", "another's"],
        ],
        "pause": [["pause", EVIL], ["pause", "main-job", "--no-wait"]],
        "resume": [["resume", EVIL], ["resume", "main-job", "--no-wait"]],
        "dead": [
            # Of one queue, where they can: each look waits a second for the last letter.
            ["dead", "list", "--queue", "main-job"],
            ["dead", "show", dead],
            ["dead", "redrive", "--all", "--queue", "main-job"],
            ["dead", "drop", "--reason", EVIL, "--queue", "main-job"],
        ],
    }


@pytest.fixture
def hostile(still: World) -> Hostile:
    return fill(still)


@pytest.mark.timeout(600)
def test_no_command_lets_a_hostile_character_through(
    still: World, hostile: Hostile, shell: Callable[[World], Jobs]
) -> None:
    typed = commands(hostile)
    assert {*typed, "watch"} == {
        *(one.name for one in app.registered_commands),
        *(one.name for one in app.registered_groups),
    }
    jobs = shell(still)
    for arguments in [one for several in typed.values() for one in several]:
        for options in ([], ["--json"]):
            result = jobs.run(*arguments, *options)
            said = result.stdout + result.stderr
            assert isinstance(result.exception, SystemExit | None), (arguments, result.exception)
            assert SEEN.search(said) is None, (arguments, options, SEEN.findall(said))
            assert said.strip(), arguments
            assert not any(line.startswith("01KFORGED") for line in said.splitlines()), (arguments, said)
            if options and result.exit_code == 0:
                for one in result.stdout.splitlines() if arguments[0] in LINES else [result.stdout]:
                    assert isinstance(json.loads(one), dict | list), arguments


def test_json_says_the_very_text(still: World, hostile: Hostile, shell: Callable[[World], Jobs]) -> None:
    jobs = shell(still)
    (event, *_) = jobs.said("logs", hostile.jobs[0])
    assert event["message"].startswith(EVIL)
    assert event["fields"][EVIL] == {EVIL: [EVIL]}
    (letter, *_) = jobs.said("dead", "show", hostile.jobs[1])
    assert json.loads(letter["body"])["trigger"].startswith(EVIL)


def test_what_is_asked_is_shown_without_them(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr("builtins.input", lambda question: asked.append(question) or "n")
    for stream in ("stdin", "stdout"):
        monkeypatch.setattr(f"sys.{stream}.isatty", lambda: True)
    assert prompt.ask_on_terminal(f"Redrive {EVIL}?\n") == "n"
    assert SEEN.search(asked[0]) is None


def test_the_live_view_shows_them_as_signs(
    still: World, hostile: Hostile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)

    async def seen(viewer: Viewer, *words: str) -> None:
        await viewer.reads(*words)
        assert SEEN.search(viewer.screen()) is None, SEEN.findall(viewer.screen())

    async def story(viewer: Viewer) -> None:
        await seen(viewer, hostile.jobs[0])
        viewer.app.call_later(viewer.app.open_job, hostile.jobs[1])
        await viewer.on_screen(JobScreen)
        for key, view in (("1", "timeline"), ("2", "log"), ("3", "trace")):
            await viewer.press(key)
            await viewer.until(lambda view=view: viewer.shows(f"{view}-view"))
            await seen(viewer, "\u241b")
        await viewer.press("escape")
        await viewer.on_screen(StackScreen)
        viewer.app.call_later(viewer.app.open_dead)
        await viewer.on_screen(DeadScreen)
        await seen(viewer, "\ufffd")
        await viewer.press("R")
        await viewer.on_screen(ConfirmScreen)
        await seen(viewer, "Redrive", "\ufffd")

    watch(still, story, size=(200, 60))


CONSOLE = re.compile(
    r"\bConsole\(|\bStatic\(|(?<![.\w])print\(|typer\.(echo|secho|confirm|prompt)|sys\.std(out|err)\.write"
)
ALLOWED = {"output.py": "print("}
"""JSON, escaped."""


def sources() -> Iterator[tuple[str, str]]:
    root = Path(jobctl.__file__).parent
    for path in sorted(root.rglob("*.py")):
        yield path.relative_to(root).as_posix(), path.read_text(encoding="utf-8")


def test_nothing_writes_to_the_terminal_past_the_one_place() -> None:
    found = {name: {match[0] for match in CONSOLE.finditer(text)} - {ALLOWED.get(name)} for name, text in sources()}
    assert {name: words for name, words in found.items() if words} == {}


def test_a_cell_that_grows_by_its_signs_stays_in_its_column() -> None:
    from io import StringIO

    from jobctl.views.console import plain_table

    table: Any = plain_table("one", "two")
    table.add_row("\x1b" * 3 + "a", "b")
    console: Console = VisibleConsole(file=StringIO(), width=40)
    console.print(table)
    assert isinstance(console.file, StringIO)
    assert "\u241b" in console.file.getvalue()
    assert SEEN.search(console.file.getvalue()) is None
