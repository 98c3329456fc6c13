"""Container images: built from a checkout by `docker buildx bake`, found in the registry by content, pushed once, judged by the registry's scan.

sources      what images are built from: a folder, and a hash of each image's inputs
declaration  what a service reads from its environment, as a label of its image
building     images on this machine
pushing      images in the registry that tasks pull from, and the stack's variables that name them
registry     a registry by `docker buildx imagetools`; ECR's login; the collector's mirror
docker       docker commands, ended by Ctrl-C; their errors with what to do
findings     ECR's scan findings as those of `scan.toml`
scanning     a scan of one digest that can be judged
gate         whether these digests may be deployed
"""

from jobdeploy.images.step import ImageStep

__all__ = ["ImageStep"]
