"""Versions of installed distributions, as the standard library reads them."""

from importlib.metadata import PackageNotFoundError, version

import pytest

from jobqueue.installed import version_of


@pytest.mark.parametrize("distribution", ["main-job", "background-job", "msgspec", "opentelemetry-sdk"])
def test_a_version_is_what_the_standard_library_says(distribution: str) -> None:
    assert version_of(distribution) == version(distribution)


def test_what_is_not_installed_is_said_as_the_standard_library_says_it() -> None:
    with pytest.raises(PackageNotFoundError):
        version_of("no-such-distribution")
