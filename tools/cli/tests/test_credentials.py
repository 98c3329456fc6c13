"""Whatever is wrong with a person's credentials is told in two lines, with the right next step and exit code 3."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from .conftest import Jobs
from .world import World

KEYS = "aws_access_key_id = a\naws_secret_access_key = b\n"
ROLE = "role_arn = arn:aws:iam::123456789012:role/x\n"
SSO = (
    "sso_session = x\nsso_account_id = 1\nsso_role_name = y\n"
    "[sso-session x]\nsso_region = us-east-1\nsso_start_url = https://example.invalid\n"
)
EXPIRES = '{"Version": 1, "AccessKeyId": "a", "SecretAccessKey": "b", "SessionToken": "c", "Expiration": "soon"}'
PROFILES = {
    "a process that prints no JSON": ("credential_process = /bin/echo hello", "credential_process of profile p"),
    "a process that prints null": ("credential_process = /bin/echo null", "AccessKeyId and SecretAccessKey"),
    "a process that prints a list": ("credential_process = /bin/echo [1]", "run that command by hand"),
    "a process that prints half": ("""credential_process = /bin/echo '{"Version": 1}'""", "run that command by hand"),
    "a process that fails": ("credential_process = /bin/false", "run that command by hand"),
    "a process that is not there": ("credential_process = /no/such", "/no/such"),
    "a process that cannot be split": ("credential_process = /bin/echo 'a", "run that command by hand"),
    "a process whose time is none": (f"credential_process = /bin/echo '{EXPIRES}'", "run that command by hand"),
    "a process of the source": (
        f"{ROLE}source_profile = q\n[profile q]\ncredential_process = /bin/false",
        "run that command by hand",
    ),
    "half of the keys": ("aws_access_key_id = a", "missing: aws_secret_access_key"),
    "a role without a source": (ROLE, "missing: source_profile or credential_source"),
    "a source that is not there": (f"{ROLE}source_profile = q", "mend ~/.aws/config"),
    "sources in a circle": (f"{ROLE}source_profile = q\n[profile q]\n{ROLE}source_profile = p", "mend ~/.aws/config"),
    "a source that is none": (f"{ROLE}credential_source = Moon", "mend ~/.aws/config"),
    "a token file that is not there": (f"{ROLE}web_identity_token_file = /no/such", "web_identity_token_file of"),
    "a login that was never made": (SSO, "aws sso login"),
    "a login's session that is not there": (SSO.partition("[")[0], "mend ~/.aws/config"),
    "a configuration that is none": ("[profile", "mend ~/.aws/config"),
}
VARIABLES: dict[str, tuple[dict[str, str | None], str]] = {
    "half of the keys": ({"AWS_SECRET_ACCESS_KEY": None}, "missing: AWS_SECRET_ACCESS_KEY"),
    "a token with a line end": ({"AWS_SESSION_TOKEN": "HUSH\n"}, "AWS_SESSION_TOKEN holds a line end"),
    "a key with a line end": ({"AWS_ACCESS_KEY_ID": "HUSH\n"}, "AWS_ACCESS_KEY_ID holds a line end"),
    "a token with a dash": ({"AWS_SESSION_TOKEN": "HUSH\u2013"}, "AWS_SESSION_TOKEN holds a character"),
    "a profile that is not there": ({"AWS_PROFILE": "nobody"}, "aws configure list-profiles"),
    "a token file that is not there": (
        {
            "AWS_WEB_IDENTITY_TOKEN_FILE": "/no/such",
            "AWS_ROLE_ARN": "arn:aws:iam::123456789012:role/x",
            "AWS_ACCESS_KEY_ID": None,
        },
        "AWS_WEB_IDENTITY_TOKEN_FILE",
    ),
    "a container's token file that is not there": (
        {
            "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1:9/x",
            "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": "/no/such",
            "AWS_ACCESS_KEY_ID": None,
        },
        "AWS_CONTAINER_AUTHORIZATION",
    ),
}


@pytest.fixture
def jobs(still: World, shell: Callable[[World], Jobs], tmp_path: Path) -> Jobs:
    one = shell(still)
    one.environ |= {
        "AWS_CONFIG_FILE": str(tmp_path / "config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "credentials"),
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_PROFILE": None,
    }
    return one


def told(jobs: Jobs, said: str, *options: str, **environ: str | None) -> None:
    result = jobs.run("status", *options, **environ)
    assert (result.exit_code, result.stdout) == (3, ""), (result.stderr, result.exception)
    assert [line.partition(": ")[0] for line in result.stderr.splitlines()] == ["jobctl", "Next"], result.stderr
    assert said in result.stderr
    assert [word for word in ("HUSH", "--endpoint-url", "Aborted") if word in result.stderr] == []


@pytest.mark.parametrize("name", PROFILES)
def test_a_profile_that_gives_no_credentials(jobs: Jobs, tmp_path: Path, name: str) -> None:
    settings, said = PROFILES[name]
    (tmp_path / "config").write_text(f"[profile p]\n{settings}\n")
    told(jobs, said, "--profile", "p")


@pytest.mark.parametrize("name", VARIABLES)
def test_variables_that_give_none(jobs: Jobs, name: str) -> None:
    environ, said = VARIABLES[name]
    told(jobs, said, **environ)


@pytest.mark.parametrize("content", ["no JSON", "[]", '{"accessToken": "t", "expiresAt": "2020-01-01T00:00:00Z"}'])
def test_a_login_that_was_left_in_a_bad_state(jobs: Jobs, tmp_path: Path, content: str) -> None:
    cache = tmp_path / ".aws" / "sso" / "cache"
    cache.mkdir(parents=True)
    (cache / f"{hashlib.sha1(b'x', usedforsecurity=False).hexdigest()}.json").write_text(content)
    (tmp_path / "config").write_text(f"[profile p]\n{SSO}")
    environ = {name: value for name, value in jobs.environ.items() if value is not None} | {"HOME": str(tmp_path)}
    command = [sys.executable, "-m", "jobctl", "status", "--profile", "p"]
    ended = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=120)
    assert (ended.returncode, ended.stdout) == (3, "")
    assert [line.partition(": ")[0] for line in ended.stderr.splitlines()] == ["jobctl", "Next"], ended.stderr
    assert "aws sso login" in ended.stderr


def test_a_code_that_nobody_can_type_is_said_so(jobs: Jobs, tmp_path: Path) -> None:
    mfa = f"{ROLE}source_profile = q\nmfa_serial = arn:aws:iam::123456789012:mfa/anna\n"
    (tmp_path / "config").write_text(f"[profile p]\n{mfa}[profile q]\n{KEYS}")
    environ = {name: value for name, value in jobs.environ.items() if value is not None}
    command = [sys.executable, "-m", "jobctl", "status", "--profile", "p"]
    ended = subprocess.run(
        command, env=environ, input="", capture_output=True, text=True, timeout=120, start_new_session=True
    )
    assert (ended.returncode, ended.stdout) == (3, "")
    assert "profile p asks for an MFA code, and nobody can type one here" in ended.stderr
    assert "Aborted" not in ended.stderr


def test_an_address_in_the_configuration_is_not_the_options(jobs: Jobs, tmp_path: Path) -> None:
    (tmp_path / "config").write_text(f"[profile p]\n{KEYS}endpoint_url = garbage\n")
    result = jobs.run("status", "--profile", "p", AWS_ENDPOINT_URL=None)
    assert result.exit_code == 2
    assert "write endpoint_url in ~/.aws/config" in result.stderr
