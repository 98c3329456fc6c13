"""What gets through to the services of a local run, and what never does."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from devkit.demo.options import read_arguments
from devkit.given import given, given_to_each
from jobctl.checkout import REPOSITORY

ACCOUNT = {
    "AWS_PROFILE": "production",
    "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",  # AWS's own, of its documentation
    "AWS_SESSION_TOKEN": "t",
    "AWS_REGION": "eu-west-1",
    "AWS_ENDPOINT_URL_SQS": "https://sqs.eu-west-1.amazonaws.com",
}
ELSEWHERE = {
    "OTEL_EXPORTER_OTLP_HEADERS": "key=1",
    "HTTPS_PROXY": "http://proxy:3128",
    "https_proxy": "http://proxy:3128",
}


def test_of_the_environment_only_what_a_service_declares_gets_through_and_never_an_account_or_a_proxy() -> None:
    environ = {**ACCOUNT, **ELSEWHERE, "CRM_URL": "of the caller", "OTHER": "x"}
    names = ["CRM_URL", "CRM_TOKEN", *ACCOUNT, *ELSEWHERE]
    assert given(names, {"CRM_URL": "of the file", "CRM_TOKEN": "t"}, environ) == {
        "CRM_URL": "of the caller",
        "CRM_TOKEN": "t",
    }


def test_every_service_of_a_checkout_gets_the_file() -> None:
    found = given_to_each(REPOSITORY, {"CRM_URL": "x"})
    assert {"main-job", "background-job"} <= found.keys()
    assert all(one["CRM_URL"] == "x" for one in found.values())


def test_an_env_file_that_names_an_account_is_refused_by_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "my.env"
    file.write_text("AWS_PROFILE=production\n")
    with pytest.raises(SystemExit) as ended:
        read_arguments(["--env-file", str(file)])
    assert ended.value.code == 2
    assert "my.env:1: AWS_PROFILE is AWS's" in capsys.readouterr().err


@pytest.mark.slow
def test_a_handler_in_the_demo_sees_the_local_endpoint_and_dummy_keys_whoever_calls(tmp_path: Path) -> None:
    package = tmp_path / "sources" / "background_job"
    shutil.copytree(REPOSITORY / "services/background-job/src/background_job", package)
    settings, handlers = package / "settings.py", package / "handlers.py"
    settings.write_text(
        settings.read_text().replace("import setting\n", "import Secret, setting\n")
        + '    crm_url: str = setting("the CRM")\n    crm_token: Secret = setting("its token")\n'
    )
    seen = tmp_path / "seen.json"
    handlers.write_text(
        f"{handlers.read_text()}\n\ndef look(data, context):\n    import json, os, pathlib\n"
        f"    pathlib.Path({str(seen)!r}).write_text(json.dumps(dict(os.environ) | {{'url': context.settings.crm_url}}))\n"
    )
    jobs = package / "jobs.py"
    jobs.write_text(jobs.read_text().replace('"simulate": handlers.simulate', '"simulate": handlers.look'))
    (tmp_path / "my.env").write_text("CRM_TOKEN=of-the-file\nLIBRARY_SETTING=1\n")
    (tmp_path / "triggers.jsonl").write_text('{"trigger": "look", "jobType": "simulate"}\n')
    command = [sys.executable, "-m", "devkit.demo", "--file", "triggers.jsonl", "--env-file", "my.env"]
    environ = {
        **os.environ,
        **ACCOUNT,
        **ELSEWHERE,
        "CRM_URL": "http://of-the-caller",
        "UNDECLARED": "x",
        "PYTHONPATH": str(tmp_path / "sources"),
    }
    ended = subprocess.run(command, cwd=tmp_path, env=environ, capture_output=True, text=True, check=False, timeout=240)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    found = json.loads(seen.read_text())
    assert found["AWS_ENDPOINT_URL"].startswith("http://127.0.0.1:")
    assert (found["AWS_ACCESS_KEY_ID"], found["AWS_SECRET_ACCESS_KEY"]) == ("testing", "testing")
    assert (found["AWS_CONFIG_FILE"], found["AWS_SHARED_CREDENTIALS_FILE"]) == (os.devnull, os.devnull)
    assert not found.keys() & {"AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL_SQS", "UNDECLARED", *ELSEWHERE}
    assert (found["url"], found["CRM_TOKEN"], found["LIBRARY_SETTING"]) == ("http://of-the-caller", "of-the-file", "1")
