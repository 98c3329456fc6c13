"""Build context of an image: a folder with nothing in it but what belongs into the image.

So no `.dockerignore` has to be right, the layers know nothing of the checkout, and the hash of the folder says whether an image is up to date.
"""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import dataclass
from pathlib import Path

DOCKER = Path("docker")
HASH_CHARACTERS = 12


@dataclass(frozen=True)
class Context:
    """A folder to build from; its Dockerfile is in it."""

    folder: Path

    @property
    def wheels(self) -> Path:
        """Where the workspace's own wheels are put."""
        return self.folder / "wheels"

    def requirements(self) -> str:
        """What is taken from the package index."""
        return (self.folder / "requirements.txt").read_text()

    def content_hash(self, *more: str) -> str:
        """Hash of every file's name and bytes, and of `more` (other inputs of the image): 12 hexadecimal digits."""
        found = hashlib.sha256()
        for file in sorted(file for file in self.folder.rglob("*") if file.is_file()):
            content = hashlib.sha256(file.read_bytes()).hexdigest()
            found.update(f"{file.relative_to(self.folder).as_posix()}\n{content}\n".encode())
        for value in more:
            found.update(f"{len(value)} {value}\n".encode())
        return found.hexdigest()[:HASH_CHARACTERS]


def make_context(folder: Path, repository: Path, dockerfile: str, requirements: str) -> Context:
    """Make `folder`; the wheels are put into its `wheels` afterwards, before it is hashed."""
    context = Context(folder)
    context.wheels.mkdir(parents=True)
    shutil.copyfile(repository / DOCKER / dockerfile, folder / "Dockerfile")
    (folder / "scripts").mkdir()
    for script in sorted((repository / DOCKER / "scripts").glob("*.py")):
        shutil.copyfile(script, folder / "scripts" / script.name)
    (folder / "requirements.txt").write_text(requirements)
    return context
