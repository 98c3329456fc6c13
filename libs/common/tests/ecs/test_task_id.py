from __future__ import annotations

from jobqueue.ecs.task_id import task_id


def test_on_ecs_it_is_the_task_s_own_id() -> None:
    uri = "http://169.254.170.2/v4/8f03e41243824aea923aca126495f665-0179205828"
    assert task_id({"ECS_CONTAINER_METADATA_URI_V4": uri}) == "8f03e41243824aea923aca126495f665"


def test_elsewhere_it_is_the_same_for_the_life_of_the_process() -> None:
    assert task_id({}) == task_id({}) != ""
