from __future__ import annotations

import pickle
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobqueue.settings import Secret, SettingError, check_ranges, explain, load, load_all, read_env_file, setting


@dataclass(frozen=True)
class Pump:
    queue_url: str = setting("the queue to empty")
    max_speed: int = setting("how fast", 10, unit="l/s", minimum=1, maximum=1_000)
    pressure_bar: float = setting("how hard", 2.5, unit="bar", minimum=0.5)
    reverse: bool = setting("push instead of pull", False)
    label: str | None = setting("shown on the dial", None)
    limit: int | None = setting("stop after so many", None, unit="l", minimum=1)
    mode: str = setting("how", "eco", one_of=("eco", "full"))

    def __post_init__(self) -> None:
        check_ranges(self)
        if self.reverse and self.max_speed > 100:
            raise SettingError("REVERSE=true allows MAX_SPEED up to 100 l/s")


@pytest.fixture
def faults() -> Callable[..., list[str]]:
    def lines(**environ: str) -> list[str]:
        with pytest.raises(SettingError) as refused:
            load(Pump, {"QUEUE_URL": "q", **environ})
        return str(refused.value).splitlines()

    return lines


def test_settings_come_from_variables_of_their_names_in_upper_case() -> None:
    pump = load(
        Pump,
        {"QUEUE_URL": "q", "MAX_SPEED": "7", "PRESSURE_BAR": "3", "REVERSE": "TRUE", "LABEL": " north ", "LIMIT": "5"},
    )
    assert pump == Pump("q", 7, 3.0, reverse=True, label="north", limit=5)
    assert isinstance(pump.pressure_bar, float)


def test_what_is_not_set_or_empty_has_its_default_and_the_rest_of_the_environment_is_ignored() -> None:
    assert load(Pump, {"QUEUE_URL": "q", "MAX_SPEED": "", "LABEL": "  ", "max_speed": "7", "PATH": "/bin"}) == Pump("q")


def test_a_required_setting_that_is_missing_is_named_with_what_it_is(faults: Callable[..., list[str]]) -> None:
    assert faults(QUEUE_URL=" ") == ["QUEUE_URL is not set: the queue to empty"]


def test_every_fault_is_named_and_not_only_the_first(faults: Callable[..., list[str]]) -> None:
    assert faults(QUEUE_URL="", MAX_SPEED="fast", PRESSURE_BAR="nan", REVERSE="1", LIMIT="1.5") == [
        "QUEUE_URL is not set: the queue to empty",
        "MAX_SPEED='fast' is not a whole number, between 1 and 1,000 l/s",
        "PRESSURE_BAR='nan' is not a number, at least 0.5 bar",
        "REVERSE='1' is not true or false",
        "LIMIT='1.5' is not a whole number, at least 1 l",
    ]


def test_a_text_of_a_list_is_one_of_it(faults: Callable[..., list[str]]) -> None:
    assert faults(MODE="FULL") == ["MODE='FULL' is not one of eco, full"]
    assert load(Pump, {"QUEUE_URL": "q", "MODE": "full"}).mode == "full"


def test_what_cannot_be_read_hides_no_value_out_of_range(faults: Callable[..., list[str]]) -> None:
    assert faults(MAX_SPEED="fast", LIMIT="0", MODE="loud") == [
        "MAX_SPEED='fast' is not a whole number, between 1 and 1,000 l/s",
        "LIMIT=0 must be at least 1 l",
        "MODE='loud' is not one of eco, full",
    ]


@dataclass(frozen=True)
class Tank:
    litres: int = setting("how much", unit="l", minimum=1)


def test_several_groups_are_read_and_all_their_faults_told_at_once_and_each_once() -> None:
    environ = {"QUEUE_URL": "q", "LITRES": "5"}
    assert load_all((Pump, Tank), environ, lambda: "more") == [Pump("q"), Tank(5), "more"]

    def refuse() -> None:
        raise SettingError("MODE='loud' is not one of eco, full\nVALVE=7 is open")

    with pytest.raises(SettingError) as refused:
        load_all((Pump, Tank), {"QUEUE_URL": "q", "MODE": "loud"}, refuse)
    assert str(refused.value).splitlines() == [
        "MODE='loud' is not one of eco, full",
        "LITRES is not set: how much",
        "VALVE=7 is open",
    ]


@pytest.mark.parametrize("text", ["inf", "-inf", "NaN", "1,5", "0x1"])
def test_a_number_is_a_finite_decimal_one(faults: Callable[..., list[str]], text: str) -> None:
    assert faults(PRESSURE_BAR=text) == [f"PRESSURE_BAR={text!r} is not a number, at least 0.5 bar"]


def test_values_out_of_range_are_named_with_their_bounds_and_unit(faults: Callable[..., list[str]]) -> None:
    assert faults(MAX_SPEED="0", PRESSURE_BAR="0.25", LIMIT="0") == [
        "MAX_SPEED=0 must be between 1 and 1,000 l/s",
        "PRESSURE_BAR=0.25 must be at least 0.5 bar",
        "LIMIT=0 must be at least 1 l",
    ]


def test_large_bounds_are_written_out() -> None:
    @dataclass(frozen=True)
    class Queue:
        max_message_bytes: int = setting(
            "the largest message", 2_000_000, unit="bytes", minimum=1_024, maximum=1_048_576
        )

    with pytest.raises(SettingError, match="MAX_MESSAGE_BYTES=2000000 must be between 1,024 and 1,048,576 bytes"):
        check_ranges(Queue())


def test_bounds_are_inclusive() -> None:
    assert load(Pump, {"QUEUE_URL": "q", "MAX_SPEED": "1", "PRESSURE_BAR": "0.5"}).max_speed == 1
    assert load(Pump, {"QUEUE_URL": "q", "MAX_SPEED": "1000"}).max_speed == 1000


def test_what_is_impossible_together_is_refused_by_the_group(faults: Callable[..., list[str]]) -> None:
    assert faults(REVERSE="true", MAX_SPEED="101") == ["REVERSE=true allows MAX_SPEED up to 100 l/s"]


def test_ranges_are_checked_also_where_no_environment_is_read() -> None:
    with pytest.raises(SettingError, match="MAX_SPEED=0"):
        Pump("q", max_speed=0)


@given(st.text(max_size=8))
def test_any_text_is_a_setting_or_a_fault(text: str) -> None:
    assert _loads(text) == _is_speed(text)


def _loads(text: str) -> bool:
    try:
        load(Pump, {"QUEUE_URL": "q", "MAX_SPEED": text})
    except SettingError:
        return False
    return True


def _is_speed(text: str) -> bool:
    try:
        return not text.strip() or 1 <= int(text.strip()) <= 1000
    except ValueError:
        return False


def test_settings_are_explained_with_defaults_and_units_in_columns() -> None:
    assert explain([Pump]).splitlines() == [
        "  QUEUE_URL     required  the queue to empty",
        "  MAX_SPEED     10 l/s    how fast",
        "  PRESSURE_BAR  2.5 bar   how hard",
        "  REVERSE       false     push instead of pull",
        "  LABEL         not set   shown on the dial",
        "  LIMIT         not set   stop after so many",
        "  MODE          eco       how",
    ]


def test_a_setting_of_another_kind_is_a_mistake_of_the_programmer() -> None:
    @dataclass(frozen=True)
    class Wrong:
        names: list[str] = setting("several", None)  # noqa: RUF009 (what the test is about)

    with pytest.raises(TypeError, match="list"):
        load(Wrong, {"NAMES": "a,b"})


@dataclass(frozen=True)
class WithSecret:
    token: Secret = setting("the CRM's token")  # noqa: RUF009 (a Secret cannot be changed)


def test_a_secret_is_read_and_revealed_but_never_printed() -> None:
    group = load(WithSecret, {"TOKEN": "s3cr3t"})
    assert group.token.reveal() == "s3cr3t"
    assert group.token == Secret("s3cr3t")
    assert group.token != Secret("other")
    assert "s3cr3t" not in f"{group} {group.token} {group.token!r} {explain([WithSecret])}"
    with pytest.raises(TypeError, match="cannot be pickled"):
        pickle.dumps(group)
    with pytest.raises(SettingError, match="TOKEN is not set: the CRM's token"):
        load(WithSecret, {})


def test_an_env_file_is_lines_of_names_and_values(tmp_path: Path) -> None:
    file = tmp_path / "crm.env"
    file.write_text("# of the CRM\n\nCRM_URL=https://crm.example/?a=b\nexport CRM_TOKEN='t0p #1' \nCRM_NAME=\n")
    assert read_env_file(file) == {"CRM_URL": "https://crm.example/?a=b", "CRM_TOKEN": "t0p #1", "CRM_NAME": ""}


def test_an_env_file_names_none_of_aws_s_variables_and_no_nonsense(tmp_path: Path) -> None:
    file = tmp_path / "crm.env"
    file.write_text("AWS_PROFILE=production\ncrm url\nCRM_URL=x\naws_region=y\n")
    with pytest.raises(SettingError) as refused:
        read_env_file(file)
    assert [line.partition(": ")[2].partition(" is ")[0] for line in str(refused.value).splitlines()] == [
        "AWS_PROFILE",
        "is not NAME=VALUE",
        "aws_region",
    ]
    assert f"{file}:2:" in str(refused.value)
    with pytest.raises(SettingError, match="cannot be read"):
        read_env_file(tmp_path / "absent.env")
