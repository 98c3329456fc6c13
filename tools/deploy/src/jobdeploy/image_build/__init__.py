"""Build of the container images.

machine        the settings of this machine: JOBS_*, proxies, the package index
workspace      which packages become images: libs/common the base, every folder of services/ an image of its own
uv             what uv knows: requirements with hashes, wheels
requirements   what a service needs beyond the base
context        the folder that an image is built from, and its content hash
labels         the image's labels
docker_build   one image, by content hash: an image that exists is not built again
build          the base and every service
"""

from jobdeploy.image_build.build import build_images
from jobdeploy.image_build.docker_build import DockerBuild
from jobdeploy.image_build.machine import BadSetting, Machine

__all__ = ["BadSetting", "DockerBuild", "Machine", "build_images"]
