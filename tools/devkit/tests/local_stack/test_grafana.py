"""Grafana beside the local stack: its container, and a stack that goes on if the image cannot be had, with a fake `docker`."""

from __future__ import annotations

import io
import json
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest
import yaml

from devkit.dashboards.grafana import UID, XRAY
from devkit.dashboards.targets import SOURCE
from devkit.local_stack.grafana import IMAGE_SETTING, PUBLIC_IMAGE, XRAY_PLUGIN, Options, definition, grafana, options
from devkit.local_stack.options import read_arguments
from jobctl.checkout import REPOSITORY
from jobctl.stop import StopSignals
from jobdeploy.progress import Progress
from localaws.docker import Docker
from localaws.ecs_agent import EcsAgent

PROVISIONING = REPOSITORY / "grafana" / "provisioning"
AWS = "http://host.docker.internal:4566"


def docker(folder: Path, script: str) -> Docker:
    """A fake docker that runs the script and records its arguments."""
    program = folder / "docker"
    program.write_text(f'#!/bin/sh\necho "$@" >> {folder}/asked\n{script}\n')
    program.chmod(0o755)
    return Docker({"PATH": f"{folder}:/usr/bin:/bin"})


def start(engine: Docker, warnings: list[str], image: str = PUBLIC_IMAGE) -> str:
    with (
        StopSignals() as stop,
        EcsAgent("http://127.0.0.1:9") as agent,
        grafana(engine, agent, "p-grafana", Options(image, 0), Progress(io.StringIO()), stop, warnings.append) as url,
    ):
        return url


class Healthy(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/api/health" else 404)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing on the test's screen."""


def test_grafana_is_started_on_request() -> None:
    asked = read_arguments(["up", "--grafana", "--grafana-port", "0"])
    assert (asked.grafana, asked.grafana_port) == (True, 0)
    assert read_arguments(["up"]).grafana is False


def test_the_image_is_the_public_one_pinned_by_tag_unless_the_setting_names_another() -> None:
    assert options(3000, {}) == Options(PUBLIC_IMAGE, 3000)
    assert PUBLIC_IMAGE.partition(":")[2].count(".") == 2
    assert options(0, {IMAGE_SETTING: "mirror/grafana:1"}).image == "mirror/grafana:1"


def test_its_container_listens_on_loopback_only_and_reads_the_checkout_s_provisioning() -> None:
    arguments = definition(Options("g:1", 3000), "p-grafana", AWS)
    assert arguments[-1] == "g:1"
    assert "--publish=127.0.0.1:3000:3000" in arguments
    assert definition(Options("g:1", 0), "p", AWS).count("--publish=127.0.0.1::3000") == 1
    assert {"--cap-drop=ALL", "--security-opt=no-new-privileges", "--label=localaws.project=p-grafana"} <= set(
        arguments
    )
    assert not {"--privileged", "--network=host"} & set(arguments)
    mounted = [one.removeprefix("--volume=").split(":") for one in arguments if one.startswith("--volume=")]
    assert [(place, how) for _, place, how in mounted] == [
        ("/etc/grafana/provisioning", "ro"),
        ("/etc/grafana/dashboards", "ro"),
    ]
    assert all(Path(source).is_dir() for source, *_ in mounted)


def test_who_looks_in_may_change_nothing_and_aws_is_the_local_one() -> None:
    arguments = definition(Options("g:1", 3000), "p", AWS)
    environment = dict(one.removeprefix("--env=").split("=", 1) for one in arguments if one.startswith("--env="))
    assert environment["GF_AUTH_ANONYMOUS_ORG_ROLE"] == "Viewer"
    assert environment["GRAFANA_AWS_ENDPOINT"] == environment["AWS_ENDPOINT_URL"] == AWS
    assert environment["AWS_ACCESS_KEY_ID"] == "testing"
    assert environment["GF_PLUGINS_PREINSTALL"] == XRAY_PLUGIN == XRAY


def test_where_the_image_cannot_be_had_it_is_told_with_what_to_do_and_the_rest_goes_on(tmp_path: Path) -> None:
    warnings: list[str] = []
    pull = 'case "$1" in pull) echo "dial tcp: lookup docker.io: no such host" >&2; exit 1;; esac'
    assert start(docker(tmp_path, pull), warnings) == ""
    assert len(warnings) == 1
    assert warnings[0].startswith(
        f"{PUBLIC_IMAGE} is not here and cannot be pulled (dial tcp: lookup docker.io: no such host)."
    )
    assert f"{IMAGE_SETTING}=" in warnings[0]
    assert warnings[0].endswith("Going on without it.")


@pytest.mark.slow
def test_an_image_that_is_there_is_not_pulled_and_no_proxy_is_asked_for_its_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    server = HTTPServer(("127.0.0.1", 0), Healthy)
    thread = Thread(target=server.serve_forever)
    thread.start()
    address = f"127.0.0.1:{server.server_address[1]}"
    script = f'case "$1" in images) echo 4711;; run) echo c0ffee;; port) echo {address};; esac'
    warnings: list[str] = []
    try:
        assert start(docker(tmp_path, script), warnings) == f"http://{address}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    asked = [line.split()[0] for line in (tmp_path / "asked").read_text().splitlines()]
    assert (warnings, asked) == ([], ["ps", "images", "run", "port", "ps"])


@pytest.mark.slow
def test_a_grafana_that_ends_by_itself_is_told_with_its_last_words(tmp_path: Path) -> None:
    warnings: list[str] = []
    script = (
        'case "$1" in images) echo 4711;; run) echo c0ffee;; port) echo 127.0.0.1:9;; logs) echo "no space left";; esac'
    )
    assert start(docker(tmp_path, script), warnings) == ""
    assert "does not answer" in warnings[0]
    assert "no space left" in warnings[0]


def test_the_data_sources_are_those_that_the_dashboard_asks_for() -> None:
    settings = yaml.safe_load((PROVISIONING / "datasources" / "aws.yaml").read_text())
    assert settings["apiVersion"] == 1
    assert [one["type"] for one in settings["datasources"]] == [SOURCE.type_val, XRAY]
    for one in settings["datasources"]:
        assert one["jsonData"]["assumeRoleArn"] == "$GRAFANA_ROLE_ARN"
        assert not one["editable"]
        assert "secureJsonData" not in one


def test_the_provider_reads_the_dashboards_where_the_container_has_them() -> None:
    (provider,) = yaml.safe_load((PROVISIONING / "dashboards" / "jobs.yaml").read_text())["providers"]
    assert provider["options"]["path"] == "/etc/grafana/dashboards"
    (file,) = (REPOSITORY / "grafana" / "dashboards").glob("*.json")
    assert json.loads(file.read_text())["uid"] == UID
