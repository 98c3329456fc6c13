"""Layers of a saved image: stored sizes, final file modes, and files that grant rights or are open to all."""

from __future__ import annotations

import gzip
import io
import json
import os
import stat
import tarfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from devkit.image_sizes.saved import Layer, final_modes, open_to_all, read_saved

FILE, FOLDER = stat.S_IFREG, stat.S_IFDIR


def tar(content: Mapping[str, bytes | int]) -> bytes:
    """Returns a tar archive: files by their bytes; an empty file or, with a slash at the end, a folder by its mode."""
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w") as archive:
        for name, value in content.items():
            member = tarfile.TarInfo(name.rstrip("/"))
            member.type = tarfile.DIRTYPE if name.endswith("/") else tarfile.REGTYPE
            member.mode = value if isinstance(value, int) else 0o644
            member.size = 0 if isinstance(value, int) else len(value)
            archive.addfile(member, io.BytesIO(b"" if isinstance(value, int) else value))
    return written.getvalue()


def saved(folder: Path, images: Mapping[str, Mapping[str, bytes]]) -> Path:
    """Writes images as `docker save` does: by tag, each layer by the digest of its content."""
    content: dict[str, bytes | int] = {}
    manifest = []
    for tag, layers in images.items():
        name = tag.replace(":", "-")
        content[f"{name}.json"] = json.dumps({"rootfs": {"diff_ids": list(layers)}}).encode()
        content.update({f"{name}/{digest}": layer for digest, layer in layers.items()})
        paths = [f"{name}/{digest}" for digest in layers]
        manifest.append({"Config": f"{name}.json", "RepoTags": [tag], "Layers": paths})
    archive = folder / "images.tar"
    archive.write_bytes(tar({**content, "manifest.json": json.dumps(manifest).encode()}))
    return archive


def test_layers_are_counted_as_a_registry_stores_them(tmp_path: Path) -> None:
    layer = tar({"a": os.urandom(10_000), "b": bytes(1_000_000)})

    (found,) = read_saved(saved(tmp_path, {"x:1": {"sha256:a": layer}}))["x:1"]

    assert found.compressed_bytes == pytest.approx(len(gzip.compress(layer, 6)), abs=64)


def test_a_compressed_layer_is_counted_as_it_is(tmp_path: Path) -> None:
    layer = gzip.compress(tar({"a": os.urandom(10_000)}))

    (found,) = read_saved(saved(tmp_path, {"x:1": {"sha256:a": layer}}))["x:1"]

    assert found.compressed_bytes == len(layer)
    assert found.modes == {"/a": FILE | 0o644}


def test_a_layer_is_the_same_in_every_image_that_has_it(tmp_path: Path) -> None:
    base, more = tar({"a": 0o644}), tar({"b": 0o644})

    found = read_saved(saved(tmp_path, {"x:1": {"base": base}, "y:1": {"base": base, "more": more}}))

    assert found["y:1"][0] is found["x:1"][0]
    assert [layer.name for layer in found["y:1"]] == ["base", "more"]


def test_reading_can_be_stopped(tmp_path: Path) -> None:
    def look() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        read_saved(saved(tmp_path, {"x:1": {"a": tar({"a": 0o644})}}), look)


def layers(*contents: Mapping[str, int]) -> tuple[Layer, ...]:
    found = []
    for content in contents:
        with tarfile.open(fileobj=io.BytesIO(tar(content))) as archive:
            from devkit.image_sizes.saved import _modes

            found.append(Layer("", 0, dict(_modes(archive))))
    return tuple(found)


def test_an_upper_layer_changes_the_mode_of_a_lower_ones_file() -> None:
    assert final_modes(layers({"bin/su": 0o4755}, {"bin/su": 0o755})) == {"/bin/su": FILE | 0o755}


def test_what_an_upper_layer_takes_away_is_gone_with_all_below_it() -> None:
    lower = {"usr/": 0o755, "usr/a": 0o644, "usr/lib/": 0o755, "usr/lib/b": 0o644, "usr/library": 0o644}

    assert set(final_modes(layers(lower, {"usr/.wh.lib": 0}))) == {"/usr", "/usr/a", "/usr/library"}


def test_an_opaque_folder_hides_what_was_in_it_and_keeps_what_comes_with_it() -> None:
    lower = {"opt/": 0o755, "opt/old": 0o644}

    assert set(final_modes(layers(lower, {"opt/": 0o755, "opt/new": 0o644, "opt/.wh..wh..opq": 0}))) == {
        "/opt",
        "/opt/new",
    }


def test_files_that_give_rights_and_what_everybody_may_write_are_found() -> None:
    found = open_to_all(
        layers(
            {
                "bin/su": 0o4755, "bin/chage": 0o2755, "etc/open": 0o666, "var/open/": 0o777,
                "bin/ls": 0o755, "etc/closed": 0o644, "var/mail/": 0o2775, "tmp/": 0o1777,
            }
        )
    )  # fmt: skip

    assert found == ["-rwxr-sr-x /bin/chage", "-rwsr-xr-x /bin/su", "-rw-rw-rw- /etc/open", "drwxrwxrwx /var/open"]


def test_tmp_has_to_be_sticky() -> None:
    assert open_to_all(layers({"tmp/": 0o777})) == ["drwxrwxrwx /tmp"]
