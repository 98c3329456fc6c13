# One service, whichever: the shared base, and what only this service needs. Built by `nox -s images` from a folder that holds nothing but
# requirements.txt (what the service needs and the base lacks, often nothing), wheels/ (the service's) and scripts/. See README.md.

# Where it was pushed: by digest. On this machine: by the tag that its content gave it, since a local image has no digest.
ARG BASE

FROM ${BASE} AS installed
# In this stage only; the finished image has the base's user.
USER 0:0
# One mount for each part, none for the whole folder: beside a mount of a part, the builder of engine 20.10 leaves the rest of the folder out of the
# step's cache key, and gives one service the layer of another.
RUN --mount=type=bind,source=scripts,target=/mnt \
    --mount=type=bind,source=requirements.txt,target=/context/requirements.txt \
    --mount=type=bind,source=wheels,target=/context/wheels \
    --mount=type=secret,id=ca --mount=type=secret,id=pip_index_url --mount=type=cache,target=/root/.cache/pip \
    ["python", "/mnt/install.py", "/opt/service"]

FROM ${BASE}
COPY --from=installed /opt/service /opt/jobs
# A link to the service's console script, which install.py found in its wheel: the same path in every service.
ENTRYPOINT ["/opt/jobs/bin/service"]

ARG TITLE
ARG VERSION
ARG REVISION
ARG SOURCE
LABEL org.opencontainers.image.title=${TITLE} \
      org.opencontainers.image.version=${VERSION} \
      org.opencontainers.image.revision=${REVISION} \
      org.opencontainers.image.source=${SOURCE}
