"""One wheel with all of `jobs`: `python -m jobtools.wheel` builds it for `pipx install` or `uv tool install`.

In it are the modules that `jobs` imports, of whichever package of the workspace, and no other; it requires the distributions that these import, in
the versions that the workspace's packages require. So an installation for inspection and repair has no local AWS and no telemetry.

    reach         imported modules, read from the sources; nothing is run
    requirements  from imported names to requirements
    build         a project of these, built by hatchling as every package here
"""
