"""Requirements of a service beyond those of its base image."""

from __future__ import annotations

import pytest

from jobdeploy.image_build.requirements import Conflict, difference

BASE = """\
boto3==1.44.5 \\
    --hash=sha256:aa \\
    --hash=sha256:ab
colorama==0.4.6 ; sys_platform == 'win32' \\
    --hash=sha256:ba
"""
MORE = """\
rich==14.0.0 \\
    --hash=sha256:ca
"""


def test_a_service_that_needs_nothing_more_adds_nothing() -> None:
    assert difference(BASE, BASE) == ""


def test_what_only_the_service_needs_is_added_with_its_hashes() -> None:
    assert difference(BASE + MORE, BASE) == MORE


def test_what_only_the_base_has_is_not_asked_for() -> None:
    assert difference(MORE, BASE) == MORE


def test_comments_and_empty_lines_are_no_requirements() -> None:
    assert difference(f"# made by uv\n\n{BASE}    # via something\n{MORE}", BASE) == MORE


def test_a_package_that_the_base_needs_elsewhere_only_is_added() -> None:
    everywhere = BASE.replace(" ; sys_platform == 'win32'", "")

    assert difference(everywhere, BASE) == "colorama==0.4.6 \\\n    --hash=sha256:ba\n"


def test_another_version_than_the_bases_is_refused_by_name() -> None:
    with pytest.raises(Conflict, match=r"needs boto3==2\.0\.0, but its base has boto3==1\.44\.5"):
        difference(BASE.replace("1.44.5", "2.0.0"), BASE)


def test_names_are_the_same_however_they_are_spelled() -> None:
    with pytest.raises(Conflict, match="Colorama"):
        difference("Colorama==9.0", BASE)


def test_versions_for_different_pythons_are_no_conflict() -> None:
    forked = "six==1.0 ; python_full_version < '3.12'\nsix==2.0 ; python_full_version >= '3.12'\n"

    assert difference(forked + MORE, forked) == MORE
