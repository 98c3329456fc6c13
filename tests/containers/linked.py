"""A check in X-Ray that each job is one trace over both services, with its link and its ids."""

from __future__ import annotations

from jobctl.queries.job_state import JobState

from .stage_run import StageRun


def linked(run: StageRun, stories: list[JobState]) -> bool:
    """Whether each job has exactly one trace: the main job's segment, below its processing the background job's."""
    wanted = {story.job_id for story in stories}
    traces: dict[str, list[str]] = {}
    for trace_id, segments in run.traces().items():
        by_name = {segment["name"]: segment for segment in segments}
        if not {"main-job", "background-job"} <= by_name.keys():
            continue
        main, background = by_name["main-job"], by_name["background-job"]
        job_id = main["annotations"]["jobs.job_id"]
        if job_id not in wanted:
            continue
        (processing,) = main["subsegments"]
        triggers, jobs = queue_names(run)
        assert processing["name"] == f"process {triggers}"
        assert background["parent_id"] == processing["id"]
        assert background["annotations"]["jobs.job_id"] == job_id
        assert [one["name"] for one in background["subsegments"]] == [f"process {jobs}"]
        traces.setdefault(job_id, []).append(trace_id)
    assert all(len(found) == 1 for found in traces.values())
    return wanted <= traces.keys()


def queue_names(run: StageRun) -> tuple[str, str]:
    urls = run.output("sqs_main_job_triggers_queue_url"), run.output("sqs_background_jobs_queue_url")
    triggers, jobs = (url.rpartition("/")[2] for url in urls)
    return triggers, jobs
