"""Versions are ordered by their numbers, and every step goes up."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobtools.release.version import STEPS, NotAVersion, Version, parse

versions = st.builds(Version, st.integers(0, 30), st.integers(0, 30), st.integers(0, 30))


@given(versions)
def test_a_version_is_read_back_as_it_is_written(version: Version) -> None:
    assert parse(str(version)) == version


@given(versions, versions)
def test_the_order_is_that_of_the_numbers_from_the_left(one: Version, other: Version) -> None:
    assert (one < other) == ((one.major, one.minor, one.patch) < (other.major, other.minor, other.patch))


@given(versions)
def test_every_step_is_greater_and_a_greater_step_goes_further(version: Version) -> None:
    patch, minor, major = (version.next(step) for step in STEPS)
    assert version < patch < minor < major or (
        version < patch <= minor <= major and 30 in (version.patch, version.minor)
    )


@pytest.mark.parametrize(
    "text", ["1.2", "1.2.3.4", "v1.2.3", "1.02.3", "1.2.3rc1", "1.2.-3", "", "1.2.3\n", "\u0661.0.0"]
)
def test_anything_else_is_no_version(text: str) -> None:
    with pytest.raises(NotAVersion, match=r"X\.Y\.Z"):
        parse(text)


def test_an_unknown_step_is_an_error() -> None:
    with pytest.raises(ValueError, match="huge"):
        Version(1, 0, 0).next("huge")
