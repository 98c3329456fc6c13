"""What people call an image, asked of a registry that stands for ECR."""

from __future__ import annotations

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from jobctl.environment.image_tags import image_tags
from jobctl.environment.target import Target

ONE, OTHER, GONE = (f"sha256:{letter * 64}" for letter in "abc")
TAGS = {"content-1234": ONE, "1.0.0-abc1234": ONE, "2.0.0-def5678": OTHER}
REPOSITORY = "/v2/jobs/main-job"


class Registry(BaseHTTPRequestHandler):
    """The part of the distribution API that is asked."""

    def do_GET(self) -> None:
        assert self.path == f"{REPOSITORY}/tags/list"
        body = json.dumps({"tags": list(TAGS)}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_HEAD(self) -> None:
        asked = self.path.removeprefix(f"{REPOSITORY}/manifests/")
        digest = TAGS.get(asked) or (asked if asked in TAGS.values() else None)
        self.send_response(404 if digest is None else 200)
        if digest is not None:
            self.send_header("Docker-Content-Digest", digest)
        self.end_headers()

    def log_message(self, *args: object) -> None:
        """Says nothing."""


@pytest.fixture
def target() -> Iterator[Target]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Registry) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        registry = f"127.0.0.1:{server.server_port}"
        yield Target("jobs", "dev", "us-east-1", "111122223333", endpoint_url="http://127.0.0.1:1", registry=registry)
        server.shutdown()


def test_an_image_has_its_tags_the_release_first(target: Target) -> None:
    assert image_tags(target, f"{target.ecr}/jobs/main-job@{ONE}") == ["1.0.0-abc1234", "content-1234"]


def test_an_image_that_is_gone_has_none_to_be_told_from_one_without_a_tag(target: Target) -> None:
    assert image_tags(target, f"{target.ecr}/jobs/main-job@{GONE}") is None


def test_an_image_of_another_registry_is_not_asked_for(target: Target) -> None:
    assert image_tags(target, f"public.ecr.aws/jobs/main-job@{ONE}") is None
