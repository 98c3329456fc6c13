"""Names that `nox -s new-service` refuses, and what it writes. That the service works: `tests/system/test_new_service.py`."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from devkit.infra_check.new_service import PAGE, QUEUE, SERVICE, make_example
from devkit.infra_check.values import further_services, images
from devkit.new_service import RefusedError, main, plan
from jobctl.checkout import REPOSITORY, STACK, TERRAFORM
from jobdeploy.declared import Declared, read_declared

pytestmark = pytest.mark.skipif(
    bool(further_services(REPOSITORY / TERRAFORM / STACK)), reason="this checkout has services of its own"
)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy with the service of the how-to."""
    root = tmp_path_factory.mktemp("copy")
    make_example(REPOSITORY, root)
    return root


def test_the_block_declares_a_service_that_reads_its_queues_under_the_names_that_it_is_told(tmp_path: Path) -> None:
    names = make_example(REPOSITORY, tmp_path)
    declared = read_declared(tmp_path / TERRAFORM / STACK)
    assert declared[SERVICE] == Declared(QUEUE, (), job_logs=True)
    assert set(names) == declared[SERVICE].addresses()
    assert QUEUE in declared["main-job"].sends


def test_the_new_service_has_an_image_wherever_the_stack_is_applied(root: Path) -> None:
    assert images(root / TERRAFORM / STACK)["service_images"].keys() >= {SERVICE}


def test_every_import_contract_that_names_a_service_names_the_new_one_once(root: Path) -> None:
    text = (root / "pyproject.toml").read_text()
    assert text.count("report_job") == text.count("background_job")
    assert "main_job | background_job | report_job" in text


@pytest.mark.parametrize(
    ("name", "queue", "problem"),
    [
        ("Report", "reports", "'Report' is not the name of a service"),
        ("report--job", "reports", "'report--job' is not the name of a service"),
        ("a-job", "-invoices", "'-invoices' is not the name of a queue"),
        ("a-name-of-21-letters-", "reports", "is not the name of a service"),
        ("a-service-with-a-name", "reports", "has 21 characters: an IAM role's name has room for 20"),
        (SERVICE, "reports", "services/report-job is there already"),
        ("a-job", QUEUE, "'report-jobs' is the queue of another service"),
        ("base", "bases", "'base' is the name of an image already"),
        ("moto", "motos", "'moto' is the name of a distribution in uv.lock"),
        ("json", "jsons", "would be 'json', and Python has something of that name"),
        ("class", "classes", "would be 'class'"),
    ],
)
def test_a_bad_or_taken_name_is_refused(root: Path, name: str, queue: str, problem: str) -> None:
    with pytest.raises(RefusedError, match=re.escape(problem)):
        plan(root, name, queue)


def test_a_refusal_says_what_is_wrong_and_changes_nothing(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
    monkeypatch.chdir(root)
    assert main(["background-job"]) == 2
    assert capsys.readouterr().err == "new-service: services/background-job is there already. Nothing was changed.\n"
    assert {path: path.read_bytes() for path in root.rglob("*") if path.is_file()} == before


def test_the_how_to_makes_the_service_that_is_checked() -> None:
    assert f"./noxw -s new-service -- {SERVICE}\n" in (REPOSITORY / PAGE).read_text()
