"""Docker's answers about images in a registry: platforms, labels and digests."""

from __future__ import annotations

from typing import Any

from jobdeploy.images.collector import PUBLIC_COLLECTOR
from jobdeploy.images.mirror import PUBLIC_DIGESTS, collector_source
from jobdeploy.images.remote import missing, read_found

INDEX: dict[str, Any] = {
    "manifest": {
        "digest": "sha256:index",
        "manifests": [
            {"digest": "sha256:amd", "platform": {"architecture": "amd64", "os": "linux"}},
            {"digest": "sha256:arm", "platform": {"architecture": "arm64", "os": "linux", "variant": "v8"}},
            {"digest": "sha256:attestation", "platform": {"architecture": "unknown", "os": "unknown"}},
        ],
    },
    "image": {"linux/amd64": {"config": {"Labels": {"jobs.content": "1f2e"}}}, "linux/arm64/v8": {"config": {}}},
}


def test_an_index_has_its_platforms_without_attestations_and_the_labels_of_its_images() -> None:
    found = read_found(INDEX)

    assert found.digest == "sha256:index"
    assert found.platforms == {"linux/amd64": "sha256:amd", "linux/arm64/v8": "sha256:arm"}
    assert found.labels == {"jobs.content": "1f2e"}
    assert missing(found, ["linux/arm64", "linux/386", "linux/amd64"]) == ["linux/386"]


def test_one_image_has_no_platforms() -> None:
    found = read_found({"manifest": {"digest": "sha256:one"}, "image": {"config": {"Labels": {"a": "b"}}}})
    assert (found.digest, found.platforms, found.labels) == ("sha256:one", {}, {"a": "b"})
    assert read_found({"manifest": {"digest": "sha256:one"}, "image": {"config": {"Labels": None}}}).labels == {}


def test_the_public_collector_is_taken_by_digest() -> None:
    assert set(PUBLIC_DIGESTS) == {PUBLIC_COLLECTOR}, "a new release needs its digest, and the old one goes"
    assert collector_source(None) == f"{PUBLIC_COLLECTOR}@{PUBLIC_DIGESTS[PUBLIC_COLLECTOR]}"
    assert collector_source("") == collector_source(None)
    assert collector_source("mine.example.org/otel:1") == "mine.example.org/otel:1"
