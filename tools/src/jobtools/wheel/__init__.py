"""How does `jobs` come in one file? `python -m jobtools.wheel` makes a wheel for `pipx install` or `uv tool install`. Layer: tools, above all of it.

In it are the modules that `jobs` imports, of whichever package of the workspace, and no other; it asks for the distributions that these import, in
the versions that the workspace's packages ask for. So who only looks and repairs installs no local AWS and no telemetry.

    reach         which modules are imported from where: from their text, nothing is run
    requirements  from imported names to requirements
    build         a project of these, built by hatchling as every package here
"""
