"""The collector's image: the public one, or the one that JOBS_COLLECTOR_IMAGE names."""

from __future__ import annotations

import os
from collections.abc import Mapping

COLLECTOR = "collector"
COLLECTOR_SETTING = "JOBS_COLLECTOR_IMAGE"
PUBLIC_COLLECTOR = "public.ecr.aws/aws-observability/aws-otel-collector:v0.49.0"


def collector_image(environ: Mapping[str, str] = os.environ) -> str:
    """The image that local tasks run: the public ADOT image, unless JOBS_COLLECTOR_IMAGE names another."""
    return environ.get(COLLECTOR_SETTING) or PUBLIC_COLLECTOR
