"""Who may deploy where: credentials that are missing, expired or another account's are told with what to do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from jobctl.environment.prompt import Prompt
from jobctl.errors import NotAllowedError, UsageError
from jobdeploy.identity import check_local, confirm, identify
from jobdeploy.settings import Settings
from jobdeploy.target import DeployTarget

ACCOUNT, OTHER = "111111111111", "222222222222"


def nobody(question: str) -> None:
    return None


def settings(*accounts: str) -> Settings:
    return Settings("jobs", "us-east-1", {"dev": accounts})


def refusing(code: str) -> Any:
    client = boto3.client("sts", region_name="us-east-1")
    stubber = Stubber(client)
    stubber.add_client_error("get_caller_identity", code, "no")
    stubber.activate()
    return client


def test_sts_says_who_we_are(target: DeployTarget) -> None:
    assert identify(target.clients("sts"))[0] == target.account


def test_no_credentials_are_told_with_how_to_get_some(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    with pytest.raises(NotAllowedError, match=r"No credentials for AWS.*\nNext: log in"):
        identify(boto3.Session().client("sts", region_name="us-east-1"))


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("ExpiredToken", r"have expired\.\nNext: log in"),
        ("InvalidClientTokenId", r"does not know these credentials \(InvalidClientTokenId\)"),
    ],
)
def test_credentials_that_do_not_work_any_more_are_told(code: str, said: str) -> None:
    with pytest.raises(NotAllowedError, match=said):
        identify(refusing(code))


def test_another_account_than_those_allowed_is_refused_with_both() -> None:
    with pytest.raises(NotAllowedError, match=rf"credentials of account {ACCOUNT}; dev may go to {OTHER}"):
        confirm(ACCOUNT, settings(OTHER), "dev", Prompt(yes=True), "Deploy?")


def test_another_account_may_not_even_be_read() -> None:
    with pytest.raises(NotAllowedError):
        confirm(ACCOUNT, settings(OTHER), "dev", Prompt(yes=True), None)


def test_an_allowed_account_needs_no_person_in_ci() -> None:
    confirm(ACCOUNT, settings(ACCOUNT), "dev", Prompt(yes=True, ask=nobody), "Deploy?")


def test_yes_is_not_enough_where_no_account_is_named() -> None:
    with pytest.raises(NotAllowedError, match=rf'Next: write dev = \["{ACCOUNT}"\]'):
        confirm(ACCOUNT, settings(), "dev", Prompt(yes=True, ask=nobody), "Deploy?")


def test_a_person_is_asked_and_may_say_no() -> None:
    asked: list[str] = []

    def answer(question: str) -> str:
        asked.append(question)
        return "n"

    with pytest.raises(NotAllowedError, match="Not agreed"):
        confirm(ACCOUNT, settings(), "dev", Prompt(yes=False, ask=answer), "Deploy?")
    assert asked == ["Deploy? [y/N] "]


def test_without_a_terminal_nobody_is_asked() -> None:
    with pytest.raises(NotAllowedError, match="add --yes"):
        confirm(ACCOUNT, settings(ACCOUNT), "dev", Prompt(yes=False, ask=nobody), "Deploy?")


def test_only_an_endpoint_on_this_machine_is_a_local_aws() -> None:
    assert check_local("http://127.0.0.1:4566") == "http://127.0.0.1:4566"
    with pytest.raises(UsageError, match="is not on this machine"):
        check_local("https://sts.us-east-1.amazonaws.com")


@pytest.mark.parametrize("person", [Prompt(yes=True, ask=nobody), Prompt(yes=True, confirmed=["dev"], ask=nobody)])
def test_production_is_not_confirmed_by_yes_or_by_another_name(person: Prompt) -> None:
    with pytest.raises(NotAllowedError, match="add --confirm prod"):
        person.type_name("prod", "Destroy?", yes_is_enough=False)


def test_production_is_confirmed_by_its_name_typed_before_or_now() -> None:
    Prompt(yes=False, confirmed=["prod"], ask=nobody).type_name("prod", "Destroy?", yes_is_enough=False)
    Prompt(yes=True, ask=lambda question: "prod").type_name("prod", "Destroy?", yes_is_enough=False)
