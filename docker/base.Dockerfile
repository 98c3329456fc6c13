# What all services stand on: Python, the locked third-party packages of the library, the library. Built by `nox -s images` from a folder that
# holds nothing but requirements.txt (from uv.lock, with hashes), wheels/ (the library's) and scripts/. See README.md.

# The one place where the public image is pinned: the tag for people, the digest of its index (every architecture) for the build.
ARG PYTHON_IMAGE=python:3.13-slim-trixie@sha256:bb2988715db2cf7ace7b53f38f3cffbef7c7046a656bee66245eb0ed386e2e81

FROM ${PYTHON_IMAGE} AS python

FROM python AS dependencies
# Not the whole folder: a change of the library does not install the third-party packages again.
RUN --mount=type=bind,source=scripts,target=/mnt \
    --mount=type=bind,source=requirements.txt,target=/context/requirements.txt \
    --mount=type=secret,id=ca --mount=type=secret,id=pip_index_url --mount=type=cache,target=/root/.cache/pip \
    ["python", "/mnt/install.py", "/opt/jobs"]

FROM dependencies AS library
RUN --mount=type=bind,source=scripts,target=/mnt \
    --mount=type=bind,source=wheels,target=/context/wheels \
    ["python", "/mnt/install.py", "/opt/library"]

FROM python
# Nothing may change who it runs as, and nothing is writable by everyone but /tmp: mount, su, passwd and their like keep working for root only.
RUN ["find", "/", "-xdev", "(", "-perm", "/6000", "-o", "-type", "f", "-perm", "-0002", \
     "-o", "-type", "d", "-perm", "-0002", "!", "-path", "/tmp", ")", "-exec", "chmod", "u-s,g-s,o-w", "{}", "+"]
# The public image comes without the standard library's byte code, and a read-only root file system never gets it: every start and every health
# check would compile some 200 modules again (measured at a quarter of a core: 1.3 s of imports became 2.7 s).
RUN --mount=type=bind,source=scripts,target=/mnt ["python", "/mnt/compile_standard_library.py"]
COPY --from=dependencies /opt/jobs /opt/jobs
COPY --from=library /opt/library /opt/jobs

# glibc gives the threads of a process up to eight heaps a core, and returns little of them: with the default slots 8 to 14 MB more at the peak,
# measured, for no gain to an interpreter that runs one thread at a time.
ENV MALLOC_ARENA_MAX=2 \
    PATH=/opt/jobs/bin:${PATH} \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONSAFEPATH=1
USER 10001:10001

# Last: another revision is another label, and no other layer.
ARG TITLE
ARG VERSION
ARG REVISION
ARG SOURCE
LABEL org.opencontainers.image.title=${TITLE} \
      org.opencontainers.image.version=${VERSION} \
      org.opencontainers.image.revision=${REVISION} \
      org.opencontainers.image.source=${SOURCE}
