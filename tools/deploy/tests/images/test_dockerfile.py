"""Rules for the Dockerfile that can be checked in its text."""

from __future__ import annotations

import re

from jobctl.checkout import REPOSITORY

RAW = (REPOSITORY / "docker" / "Dockerfile").read_text()
TEXT = re.sub(r"^#.*\n", "", RAW, flags=re.MULTILINE).replace("\\\n", " ")


def test_the_public_image_is_pinned_by_digest_in_one_place() -> None:
    (image,) = re.findall(r"^ARG PYTHON_IMAGE=(\S+)$", TEXT, re.MULTILINE)
    assert re.fullmatch(r"python:3\.\d+-slim-[a-z]+@sha256:[0-9a-f]{64}", image)
    assert TEXT.count("python:3") == 1


def test_every_command_is_in_exec_form_and_the_engine_s_own_frontend_does() -> None:
    commands = re.findall(r"^(?:RUN|ENTRYPOINT|CMD)\s+(?:--\S+\s+)*(.*)$", TEXT, re.MULTILINE)
    assert commands
    assert all(command.lstrip().startswith("[") for command in commands)
    assert "syntax=" not in RAW


def test_it_knows_no_service() -> None:
    assert not [folder.name for folder in (REPOSITORY / "services").iterdir() if folder.name in TEXT]
