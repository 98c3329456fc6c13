"""Who receives is deployed before who sends, and back the other way round."""

from __future__ import annotations

from jobctl.checkout import REPOSITORY, STACK, TERRAFORM
from jobdeploy.declared import Declared, read_declared
from jobdeploy.image_set import ImageSet
from jobdeploy.rollout_order import in_order, waves_of

OURS = read_declared(REPOSITORY / TERRAFORM / STACK)


def declared(receives: str, *sends: str) -> Declared:
    return Declared(receives, sends, job_logs=False)


def test_the_background_job_is_deployed_before_the_main_job() -> None:
    assert waves_of(OURS, {"main-job", "background-job"}) == [{"background-job"}, {"main-job"}]


def test_a_rollback_goes_the_other_way_round() -> None:
    assert waves_of(OURS, {"main-job", "background-job"}, backwards=True) == [{"main-job"}, {"background-job"}]


def test_what_did_not_change_needs_no_wave() -> None:
    assert waves_of(OURS, {"main-job"}) == [{"main-job"}]
    assert waves_of(OURS, set()) == [set()]


def test_a_chain_of_services_has_a_wave_for_each() -> None:
    chain = {"a": declared("qa", "qb"), "b": declared("qb", "qc", "qd"), "c": declared("qc"), "d": declared("qd")}
    assert in_order(chain) == [{"c", "d"}, {"b"}, {"a"}]


def test_services_that_send_to_each_other_share_the_last_wave() -> None:
    circle = {"a": declared("qa", "qb"), "b": declared("qb", "qa"), "c": declared("qc"), "d": declared("qd", "qd")}
    assert in_order(circle) == [{"c", "d"}, {"a", "b"}]


def test_images_are_the_stacks_variables_and_back() -> None:
    images = {
        "main_job_image": "m",
        "background_job_image": "b",
        "collector_image": "c",
        "service_images": {"mailer": "x"},
    }
    assert ImageSet.of(images).by_name == {"main-job": "m", "background-job": "b", "collector": "c", "mailer": "x"}
    assert ImageSet.of(images).variables() == images


def test_a_later_wave_keeps_what_runs_and_a_new_service_has_its_own() -> None:
    wanted = ImageSet({"main-job": "m2", "background-job": "b2", "mailer": "x1", "collector": "c2"})
    running = ImageSet({"main-job": "m1", "background-job": "b1", "collector": "c1"})
    assert wanted.differing(running) == {"main-job", "background-job"}
    staged = wanted.with_those_of(running, {"main-job", "mailer"})
    assert staged.by_name == {"main-job": "m1", "background-job": "b2", "mailer": "x1", "collector": "c2"}
