from __future__ import annotations

import platform

from jobqueue.arenas import keep_few_arenas


def test_it_takes_effect_where_the_c_library_is_glibc_and_is_harmless_elsewhere() -> None:
    assert keep_few_arenas() == (platform.libc_ver()[0] == "glibc")
