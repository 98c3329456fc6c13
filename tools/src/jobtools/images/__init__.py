"""Build of the container images, and measurements of what was built.

machine        the settings of this machine: JOBS_*, proxies, the package index
workspace      which packages become images: libs/common the base, every folder of services/ an image of its own
uv             what uv knows: requirements with hashes, wheels
requirements   what a service needs beyond the base
context        the folder that an image is built from, and its content hash
labels         the image's labels
docker_build   one image, by content hash: an image that exists is not built again
build          the base and every service
saved          what is in the layers of an image: compressed sizes, files and their modes
service_run    one service in one container, with the rights that it has in Fargate
relay          time of the first call of an operation
first_receive  from a container's start to its first ReceiveMessage, on a quarter of a core
measure        all of that for all images
report         table, notes and faults
"""

from jobtools.images.build import build_images
from jobtools.images.docker_build import DockerBuild
from jobtools.images.machine import BadSetting, Machine

__all__ = ["BadSetting", "DockerBuild", "Machine", "build_images"]
