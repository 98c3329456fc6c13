"""Install packages into an image while it is built.

    install.py FOLDER

Runs with the public image's own Python, and is no part of the image.

In /context lie requirements.txt, wheels, or both. FOLDER is /opt/jobs, the virtual environment itself, which is made here; or another folder, which
gets only what is new and is then copied over /opt/jobs, so that the layer holds nothing else. Never compiles C, never takes a package whose hash is
not in requirements.txt. Secrets are read where the build mounts them and are written nowhere.
"""

from __future__ import annotations

import compileall
import json
import os
import shutil
import subprocess
import sys
import venv
from importlib.metadata import Distribution
from pathlib import Path
from py_compile import PycInvalidationMode

CONTEXT = Path("/context")
ENVIRONMENT = Path("/opt/jobs")
SECRETS = Path("/run/secrets")
PYTHON = Path(sys.base_prefix, "bin", "python3")  # the one that has pip; the virtual environment has none


def main(folder: Path) -> None:
    """Installs, trims, compiles, links."""
    if folder == ENVIRONMENT:
        venv.create(ENVIRONMENT, symlinks=True, with_pip=False)
    folder.mkdir(exist_ok=True)
    requirements = CONTEXT / "requirements.txt"
    if requirements.exists() and requirements.read_text().strip():
        pip(folder, "--require-hashes", "--only-binary=:all:", f"--requirement={requirements}")
    wheels = sorted(CONTEXT.glob("*.whl"))
    if wheels:
        pip(folder, "--no-index", *map(str, wheels))  # built from this very checkout: there is no hash to hold it to
    for site_packages in folder.glob("lib/python*/site-packages"):
        trim(site_packages)
        for wheel in wheels:
            name, version = wheel.name.split("-")[:2]
            link_service(folder / "bin", Distribution.at(site_packages / f"{name}-{version}.dist-info"))
        for native in site_packages.glob("pycurl-*.dist-info"):
            said = subprocess.run(  # noqa: S603 (nothing comes from outside)
                [ENVIRONMENT / "bin" / "python", "-c", "import pycurl; print(pycurl.version)"],
                env={**os.environ, "PYTHONPATH": str(site_packages)},
                check=True,
                capture_output=True,
                text=True,
            ).stdout
            name_bundled(native, said)
    for script in folder.glob("bin/[Aa]ctivate*"):
        script.unlink()  # for shells
    # unchecked: in an image the source never changes, so it need not be looked at on every import.
    compileall.compile_dir(
        folder,
        quiet=1,
        stripdir=str(folder),
        prependdir=str(ENVIRONMENT),
        invalidation_mode=PycInvalidationMode.UNCHECKED_HASH,
    )


def pip(folder: Path, *what: str) -> None:
    """Installs `what` without its dependencies: the lock names everything."""
    environ = dict(os.environ)
    if (SECRETS / "ca").exists():
        environ["PIP_CERT"] = str(SECRETS / "ca")
    for name in ("pip_index_url", "pip_extra_index_url"):
        if (SECRETS / name).exists():
            environ[name.upper()] = (SECRETS / name).read_text().strip()
    where = [] if folder == ENVIRONMENT else [f"--prefix={folder}"]
    command = [str(PYTHON), "-m", "pip", f"--python={ENVIRONMENT}", "install", "--no-deps", "--no-compile"]
    options = ["--disable-pip-version-check", "--no-warn-script-location", "--root-user-action=ignore"]
    done = subprocess.run([*command, *options, *where, *what], env=environ, check=False)  # noqa: S603 (nothing comes from outside)
    if done.returncode:
        sys.exit("pip failed; its own lines above say why")  # they are what counts: no traceback of ours below them


def trim(site_packages: Path) -> None:
    """Removes what is never read at run time: botocore's examples, which only make its documentation, and its models of superseded API versions
    (boto3 takes a service's newest unless it is told an `api_version`). Every service stays: a job may call any.
    """
    for service in site_packages.glob("botocore/data/*/"):
        versions = sorted(version for version in service.iterdir() if version.is_dir())
        for superseded in versions[:-1]:
            shutil.rmtree(superseded)
        for examples in service.glob("*/examples-*.json*"):
            examples.unlink()


def name_bundled(distribution: Path, version: str) -> None:
    """Writes what pycurl's wheel brings where scanners look for it (https://peps.python.org/pep-0770/): they would see pycurl alone.

    `version` is pycurl's own word: `PycURL/7.49.0 libcurl/8.23.0 OpenSSL/3.6.5 ...`.
    """
    components = []
    for one in version.split()[1:]:
        name, _, number = one.partition("/")
        name = name.lower()
        component = {"type": "library", "name": name, "version": number, "purl": f"pkg:generic/{name}@{number}"}
        if maker := {"libcurl": "haxx", "openssl": "openssl"}.get(name):
            component["cpe"] = f"cpe:2.3:a:{maker}:{name}:{number}:*:*:*:*:*:*:*"
        components.append(component)
    (distribution / "sboms").mkdir()
    (distribution / "sboms" / "bundled.cdx.json").write_text(
        json.dumps({"bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1, "components": components})
    )


def link_service(scripts: Path, distribution: Distribution) -> None:
    """`bin/service` leads to the one console script of a service; the library has none."""
    names = [entry.name for entry in distribution.entry_points if entry.group == "console_scripts"]
    if len(names) > 1:
        sys.exit(f"{distribution.name} has the console scripts {', '.join(names)}: which one is the service?")
    for name in names:
        (scripts / "service").symlink_to(name)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
