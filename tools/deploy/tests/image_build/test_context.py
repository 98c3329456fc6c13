"""Build contexts, and the content hash that identifies an image."""

from __future__ import annotations

from pathlib import Path

import pytest

from jobctl.checkout import REPOSITORY
from jobdeploy.image_build.context import Context, make_context


@pytest.fixture
def context(tmp_path: Path) -> Context:
    return make_context(tmp_path / "one", REPOSITORY, "base.Dockerfile", "boto3==1 --hash=sha256:aa\n")


def test_it_holds_what_the_dockerfile_reads_and_nothing_else(context: Context) -> None:
    files = {file.relative_to(context.folder).as_posix() for file in context.folder.rglob("*") if file.is_file()}

    assert files == {"Dockerfile", "requirements.txt", "scripts/install.py", "scripts/compile_standard_library.py"}
    assert context.wheels.is_dir()


def test_the_same_content_has_the_same_hash_in_another_folder(context: Context, tmp_path: Path) -> None:
    other = make_context(tmp_path / "other", REPOSITORY, "base.Dockerfile", context.requirements())

    assert other.content_hash("x") == context.content_hash("x")
    assert len(context.content_hash()) == 12


def test_every_file_decides(context: Context) -> None:
    before = {context.content_hash()}

    for name in ("Dockerfile", "requirements.txt", "scripts/install.py", "wheels/a.whl"):
        with (context.folder / name).open("a") as file:
            file.write("\n# changed")
        assert context.content_hash() not in before
        before.add(context.content_hash())


def test_a_files_name_decides(context: Context) -> None:
    (context.wheels / "a.whl").write_text("wheel")
    before = context.content_hash()

    (context.wheels / "a.whl").rename(context.wheels / "b.whl")

    assert context.content_hash() != before


def test_what_else_decides_is_told_apart(context: Context) -> None:
    assert context.content_hash("ab", "c") != context.content_hash("a", "bc")
    assert context.content_hash("python:3.13") != context.content_hash("python:3.14")
