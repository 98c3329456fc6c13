"""The rendered page: complete, self-contained and accessible, with everything that a job wrote escaped."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from devkit.demo.page.contents import RunRecord
from devkit.demo.page.render import render
from jobctl.queries.span import Span
from jobctl.views.visible import visible
from jobqueue.consumer.job_records import JobRecord, Key, Status

from .read_page import ReadPage
from .runs import JOBS_DLQ, event, fate, letter, ordinary_run, run_of, spans_of

LOADS = {"src", "srcset", "action", "formaction", "xlink:href", "data", "poster", "background", "style"}


def run_saying(text: str) -> RunRecord:
    """A run with this text wherever the text of others appears."""
    dead = replace(fate(1, "dead letter", what=text, attempts=2, reason=text))
    done = fate(2, what=text)
    events = [
        event(done, text, level=text, colour=text),
        event(dead, text, level="ERROR", stack=text, more={text: text}),
    ]
    spans: list[Span] = [span for one in (dead, done) for span in spans_of(one, service=text, what=text)]
    run = run_of([dead, done], [letter(JOBS_DLQ, dead, body=text, error=text, reason=text)], events, spans)
    record = JobRecord(key=Key(dead.job_id, text), type=text, status=Status.DEAD, reason=text, parent=text)
    waits = JobRecord(key=Key(done.job_id, text), type=text, status=Status.QUEUED, progress=text, cancel=text)
    return replace(run, findings=replace(run.findings, records=[record, waits]))


def shape(page: ReadPage) -> list[tuple[str, tuple[str, ...]]]:
    """The page without the resources where a line may end."""
    return [(tag, tuple(attributes)) for tag, attributes in page.tags if tag != "wbr"]


PLAIN = shape(ReadPage(render(run_saying("plain"))))
HOSTILE = st.one_of(
    st.text(min_size=1, max_size=40),
    st.sampled_from(
        [
            "<script>alert(1)</script>",
            '"><img src=x onerror=alert(1)>',
            "</pre></details></main>",
            "' autofocus onfocus=alert(1) x='",
            "</title></style><!--",
            "{{ 7 * 7 }} {% raw %}",
            "&lt;b&gt; &amp; &#x3c;",
            "a\x00b\r\n\x1b[31m\u202ereversed",
            "]]>",
        ]
    ),
)


@settings(max_examples=60, deadline=None)
@given(HOSTILE)
def test_whatever_others_wrote_is_text_and_adds_no_tag_and_no_attribute(text: str) -> None:
    page = ReadPage(render(run_saying(text)))
    assert shape(page) == PLAIN
    assert (page.open, page.wrong) == ([], [])
    assert page.text.count(visible(text)) >= 8


def test_nothing_is_loaded_and_the_only_scripts_and_styles_are_those_that_the_policy_names() -> None:
    page = ReadPage(render(ordinary_run()))
    for tag, attributes in page.tags:
        assert not LOADS & attributes.keys(), tag
        assert not [name for name in attributes if name.startswith("on")], tag
        assert (attributes.get("href") or "#").startswith(("#", "data:,")), tag
    assert (len(page.of("script")), len(page.of("style")), len(page.of("link"))) == (1, 1, 1)
    policy = page.of("meta")[1]["content"]
    assert policy is not None
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    assert len(re.findall(r"'sha256-[A-Za-z0-9+/]{43}='", policy)) == 2


def test_headings_go_down_one_by_one_and_every_table_and_picture_says_what_it_is() -> None:
    page = ReadPage(render(ordinary_run()))
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert len(page.of("caption")) == len(page.of("table"))
    order = [tag for tag, _ in page.tags]
    assert all(order[place + 1] in ("caption", "title") for place, tag in enumerate(order) if tag in ("table", "svg"))
    assert all(one.get("scope") in ("col", "row") for one in page.of("th"))


def test_an_id_stands_once_and_what_leads_somewhere_finds_it() -> None:
    page = ReadPage(render(ordinary_run()))
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    wanted = [one["href"] for one in page.of("a")]
    assert {str(href)[1:] for href in wanted} <= set(ids)
    labels = [attributes["aria-labelledby"] for _, attributes in page.tags if "aria-labelledby" in attributes]
    assert {label for one in labels for label in str(one).split()} <= set(ids)


def test_every_fate_reason_and_log_is_on_it() -> None:
    text = ReadPage(render(ordinary_run())).text
    for said in (
        "5 triggers: 3 completed, 2 dead letters, 0 lost",
        "None is lost:",
        "attempts_exhausted",
        "malformed_json",
        "started, attempt 1",
        "Traceback: boom",
        "{cut",
        "A job that was retried",
        "A job that became a dead letter",
        "An ordinary job",
        "nox -s demo -- --count 5",
    ):
        assert said in text, said


def test_a_lost_trigger_is_named_first() -> None:
    text = ReadPage(render(run_of([fate(1), fate(2, "lost", attempts=0)]))).text
    assert "1 lost." in text
    assert "None is lost" not in text


def test_a_run_of_which_nothing_came_back_still_has_a_page() -> None:
    text = ReadPage(render(run_of([fate(1, "lost", attempts=0)], spans=[]))).text
    assert "Nothing completed." in text
    assert "No spans were received." in text
    assert text.count("Empty.") == 2


def test_two_hundred_triggers_take_less_than_half_a_megabyte() -> None:
    assert len(render(ordinary_run(200)).encode()) < 500_000
