"""Images from a checkout into the registry that tasks pull from: by digest, each pushed once, and scanned.

It is the step `pictures` of jobdeploy.steps; each function can be called alone and again: what is there is found by asking the engine and the
registry.

    choice     named images, the images that a change touches, or all
    platforms  the processors to build for, and those that this machine's builder can
    workshop   inputs of every image; the build of one for one platform
    building   the step `build`: images on this machine
    tag        the tags of an image
    place      addresses that images are pushed to, and the names that they get there
    login      ECR's token, for the length of a push
    remote     the content of the registry
    publish    one image into the registry, once
    mirror     the collector, copied by digest
    pushing    the step `push`: base, services on that base, collector
    record     images.json, and the stack's variables
    sbom       a CycloneDX file for each image
    findings   ECR's scan findings, translated into those of `scan.toml`
    scanning   a scan of one digest that can be judged
    gate       the step `gate`: whether these digests may be deployed
    command    docker commands that Ctrl-C ends
    trouble    errors of docker and registries, as what a person can do
"""

from jobdeploy.images.building import build
from jobdeploy.images.choice import choose_images
from jobdeploy.images.gate import ImageRefusedError, gate
from jobdeploy.images.pushing import push
from jobdeploy.images.record import Pushed, read_record

__all__ = ["ImageRefusedError", "Pushed", "build", "choose_images", "gate", "push", "read_record"]
