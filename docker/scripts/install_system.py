"""Install Debian's packages into an image while it is built, and leave nothing in it that runs as another user or that everybody may write.

    install_system.py        SYSTEM_PACKAGES names the packages; none: only the second

Runs as root, and is no part of the image.
"""

from __future__ import annotations

import os
import subprocess
import sys

OPTIONS = ("--yes", "--no-install-recommends", "--quiet=2")
OPEN = ("-perm", "/6000", "-o", "-type", "f", "-perm", "-0002", "-o", "-type", "d", "-perm", "-0002")


def main(packages: list[str]) -> None:
    """Debian's archive keeps the newest version of a package alone: a version is held only where a person names it."""
    if packages:
        environ = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for command in (["apt-get", "update", "--quiet=2"], ["apt-get", "install", *OPTIONS, "--", *packages]):
            if subprocess.run(command, env=environ, check=False).returncode:  # noqa: S603 (names that `jobdeploy.images` has looked at)
                sys.exit("apt-get failed; its own lines above say why")
    # Nothing may change who it runs as: mount, su, passwd and their like keep working for root only.
    found = ["find", "/", "-xdev", "(", *OPEN, "!", "-path", "/tmp", ")"]  # noqa: S108 (left as it is)
    subprocess.run([*found, "-exec", "chmod", "u-s,g-s,o-w", "{}", "+"], check=True)  # noqa: S603 (nothing comes from outside)


if __name__ == "__main__":
    main(os.environ.get("SYSTEM_PACKAGES", "").split())
