"""Layers of an image, read from what `docker save` writes.

Layers that are not compressed (the classic image store) are counted as a registry would store them: gzip, at Go's default level, which is zlib's 6.
Already compressed ones (containerd's image store) are counted as they are.
https://github.com/opencontainers/image-spec/blob/main/layer.md
"""

from __future__ import annotations

import json
import stat
import tarfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

GZIP_LEVEL = 6
_GZIP_WINDOW = 31
_GZIP_MAGIC = b"\x1f\x8b"
_CHUNK = 1 << 20
_WHITEOUT = ".wh."
_OPAQUE = ".wh..wh..opq"


@dataclass(frozen=True)
class Layer:
    """`name` is the digest of its content, not compressed. `modes`: of files and folders by path, as `stat` has them; None: taken away."""

    name: str
    compressed_bytes: int
    modes: dict[str, int | None]


def read_saved(archive: Path, look: Callable[[], None] = lambda: None) -> dict[str, tuple[Layer, ...]]:
    """The layers of every tag in the archive, lowest first. `look` is called often, so that it can raise."""
    layers: dict[str, Layer] = {}
    found: dict[str, tuple[Layer, ...]] = {}
    with tarfile.open(archive) as saved:
        for image in json.load(_member(saved, "manifest.json")):
            # The same layer may lie in the archive under two names; what is in it, it is known by.
            names: list[str] = json.load(_member(saved, image["Config"]))["rootfs"]["diff_ids"]
            for name, member in zip(names, image["Layers"], strict=True):
                if name not in layers:
                    layers[name] = _read_layer(name, _member(saved, member), look)
            for tag in image["RepoTags"] or ():
                found[tag] = tuple(layers[name] for name in names)
    return found


def final_modes(layers: tuple[Layer, ...]) -> dict[str, int]:
    """The modes of what a container sees: upper layers over lower ones."""
    seen: dict[str, int] = {}
    for layer in layers:
        for path, mode in layer.modes.items():
            if mode is None:
                opaque = path.endswith("/")
                gone = [known for known in seen if known.startswith(path if opaque else f"{path}/")]
                for known in gone if opaque else [path, *gone]:
                    seen.pop(known, None)
        seen.update({path: mode for path, mode in layer.modes.items() if mode is not None})
    return seen


def open_to_all(layers: tuple[Layer, ...], allowed: frozenset[str] = frozenset({"/tmp"})) -> list[str]:  # noqa: S108 (a path in an image)
    """Files that are setuid or setgid, or may be written by everybody: modes and paths. `allowed` folders may, if sticky."""
    found = []
    for path, mode in sorted(final_modes(layers).items()):
        writable = bool(mode & stat.S_IWOTH) and not (path in allowed and mode & stat.S_ISVTX)
        if writable or (not stat.S_ISDIR(mode) and mode & (stat.S_ISUID | stat.S_ISGID)):
            found.append(f"{stat.filemode(mode)} {path}")
    return found


def _read_layer(name: str, content: IO[bytes], look: Callable[[], None]) -> Layer:
    size = 0
    compressor = zlib.compressobj(GZIP_LEVEL, zlib.DEFLATED, _GZIP_WINDOW)
    is_compressed = content.read(2) == _GZIP_MAGIC
    content.seek(0)
    while chunk := content.read(_CHUNK):
        look()
        size += len(chunk) if is_compressed else len(compressor.compress(chunk))
    size += 0 if is_compressed else len(compressor.flush())
    content.seek(0)
    with tarfile.open(fileobj=content, mode="r:*") as layer:
        return Layer(name, size, dict(_modes(layer)))


def _modes(layer: tarfile.TarFile) -> Iterator[tuple[str, int | None]]:
    for member in layer:
        path = "/" + member.name.removeprefix("./").strip("/")
        folder, _, name = path.rpartition("/")
        if name == _OPAQUE:
            yield f"{folder}/", None
        elif name.startswith(_WHITEOUT):
            yield f"{folder}/{name.removeprefix(_WHITEOUT)}", None
        elif (
            member.isfile() or member.isdir() or member.islnk()
        ):  # a container gets devices of its own; a symbolic link has no rights
            yield path, member.mode | (stat.S_IFDIR if member.isdir() else stat.S_IFREG)


def _member(saved: tarfile.TarFile, name: str) -> IO[bytes]:
    content = saved.extractfile(name)
    if content is None:
        raise ValueError(f"{name} in the saved image is no file")
    return content
