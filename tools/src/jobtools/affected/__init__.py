"""Which packages, images and checks does a change touch? `python -m jobtools.affected`, which `nox -s affected` runs.

Layer: tools, main thread. Reads pyproject.toml files, uv.lock and git; changes nothing.

    git        one git command, and the errors a person can act on
    workspace  the packages, their folders, who depends on whom
    lock       what uv.lock installs for a package, and how two locks differ
    changes    which files differ from the base, or why that cannot be told
    rules      what a path means: a package, an image, the infrastructure, a page, everything
    verdict    rules applied to files: the answer, as a value
    ask        all of that for a folder: the call that other tools make
    answer     the answer as text, as JSON, as GitHub Actions' outputs
"""
