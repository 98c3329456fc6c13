"""How does a package get its next version? `python -m jobtools.release PACKAGE patch|minor|major|X.Y.Z`, which `nox -s release` runs.

Layer: tools, main thread. Each package has its own version, in its pyproject.toml and nowhere else, its own changelog and its own tags.
Everything is made in a work tree beside yours (inside .git), and arrives in yours as one finished commit: until then nothing of yours changes.

    version      X.Y.Z, its order, the next ones
    commits      which commits touch a package, in which groups
    changelog    a new section in a file that people may edit
    plan         what would be released, and why not
    guards       what must be so before: clean, on the branch, all of the history
    writing      the files of a release: pyproject.toml, CHANGELOG.md, uv.lock
    side_tree    the work tree beside yours, and the lock that lets only one release run
    arrival      how the finished commit and its tags get to your branch, and how an interrupted release is finished
    run          the order of all that
"""
