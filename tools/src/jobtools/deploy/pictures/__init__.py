"""How do images get from a checkout into the registry that tasks pull from? By digest, each once, and looked into.

Layer: tools, main thread; above images, docker and scan. It is the step `pictures` of jobtools.deploy.steps; each function can be called alone and
again: what is there is found by asking the engine and the registry.

    choice     named images, what a change touches, or all
    platforms  which processors, and can this machine's builder do them?
    workshop   what every image is built from; one built for one platform
    building   the step `build`: images on this machine
    tag        which tags an image gets
    place      where images go, and what they are called there
    login      ECR's token, for the length of a push
    remote     what the registry has
    publish    one image into the registry, once
    mirror     the collector, copied by digest
    pushing    the step `push`: base, services on that base, collector
    record     images.json, and the stack's variables
    sbom       a CycloneDX file for each image
    findings   ECR's words for what it found, in ours
    scanning   a scan of one digest that can be judged
    gate       the step `gate`: may these digests be deployed?
    command    docker commands that obey Ctrl-C
    trouble    what docker and registries say, as what a person can do
"""

from jobtools.deploy.pictures.building import build
from jobtools.deploy.pictures.choice import choose_images
from jobtools.deploy.pictures.gate import ImageRefused, gate
from jobtools.deploy.pictures.pushing import push
from jobtools.deploy.pictures.record import Pushed, read_record

__all__ = ["ImageRefused", "Pushed", "build", "choose_images", "gate", "push", "read_record"]
