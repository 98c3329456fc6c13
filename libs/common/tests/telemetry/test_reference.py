from pathlib import Path

from jobqueue.telemetry.reference import page

PAGE = Path(__file__).parents[4] / "docs/reference/telemetry.md"


def test_the_reference_page_is_the_one_that_the_names_make() -> None:
    assert PAGE.read_text() == page(), "run: python -m jobqueue.telemetry.reference > docs/reference/telemetry.md"
