"""The report on images: sizes, notes and faults."""

from __future__ import annotations

from rich.console import Console

from devkit.image_sizes.measure import Measured
from devkit.image_sizes.report import faults, notes, size, table

GOOD = [
    Measured("base", 43_000_000, 28_000_000, ()),
    Measured("main-job", 71_000_000, 8_000, (), 1.25),
]


def test_images_within_their_targets_have_neither_faults_nor_notes() -> None:
    assert faults(GOOD) == []
    assert notes(GOOD) == []


def test_a_large_public_image_is_told_and_is_no_fault() -> None:
    images = [Measured("base", 60_000_000, 28_000_000, ())]

    assert faults(images) == []
    (note,) = notes(images)
    assert "88.0 MB, above its target of 75.0 MB: 60.0 MB of it is the public image" in note


def test_own_layers_above_their_target_are_a_fault() -> None:
    found = faults([Measured("base", 43_000_000, 33_000_000, ()), Measured("main-job", 76_000_000, 300_000, ())])

    assert found == [
        "base: its own layers have 33.0 MB, the target is 32.0 MB",
        "main-job: its own layers have 300.0 KB, the target is 200.0 KB",
    ]


def test_each_file_that_is_open_to_all_is_a_fault_with_its_name() -> None:
    (found,) = faults([Measured("main-job", 71_000_000, 8_000, ("-rwsr-xr-x /bin/su",))])

    assert found == "main-job: setuid, setgid or writable by everybody: -rwsr-xr-x /bin/su"


def test_the_table_fits_80_columns_and_names_every_image() -> None:
    console = Console(width=80, record=True, quiet=False, file=None)
    with console.capture() as written:
        console.print(table(GOOD))

    lines = written.get().splitlines()
    assert max(map(len, lines)) <= 80
    assert "main-job" in written.get()
    assert "1.2 s" in written.get()


def test_sizes_are_in_decimal_units() -> None:
    assert [size(7_240), size(999_999), size(1_000_000), size(27_740_000)] == [
        "7.2 KB",
        "1000.0 KB",
        "1.0 MB",
        "27.7 MB",
    ]
