"""A setting is declared as the field of the plan that is read where it is used."""

from __future__ import annotations

from dataclasses import dataclass

from cartesia_call.declarations.setting import Section, optional, setting, settings_in, switch
from cartesia_call.settings.reader import Reader

HEIGHT = optional("--height", parse=int, help="How high.")


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Three settings, and what is no setting."""

    speed_ms: int = setting("--speed", parse=int, default="20", help="How fast.").field
    height: int | None = HEIGHT.field
    is_loud: bool = switch("--loud", help="Whether it is loud.").field
    title: str


def reader(*texts: str | None) -> Reader:
    return Reader(dict(zip(settings_in(Plan).values(), texts, strict=True)), {}, ())


def test_a_plan_declares_its_settings() -> None:
    """By the names of its fields, and in their order below a heading."""
    declared = settings_in(Plan)
    assert {name: one.option for name, one in declared.items()} == {
        "speed_ms": "--speed",
        "height": "--height",
        "is_loud": "--loud",
    }
    assert declared["height"] is HEIGHT
    section = Section("Plans")
    section.include(Plan)
    assert section.settings == [*declared.values()]


def test_a_plan_without_a_reader_has_the_defaults() -> None:
    """What a test or a library makes of it is what a command makes that was told nothing."""
    assert Plan(title="") == reader(None, None, None).read(Plan, title="")
    assert Plan(title="") == Plan(speed_ms=20, height=None, is_loud=False, title="")


def test_the_reader_fills_in_what_was_said() -> None:
    """But for what is computed of several settings."""
    told = reader("40", "3", "yes")
    assert told.read(Plan, title="x") == Plan(speed_ms=40, height=3, is_loud=True, title="x")
    assert told.read(Plan, title="x", height=5) == Plan(speed_ms=40, height=5, is_loud=True, title="x")


def test_what_cannot_be_read_is_a_problem_and_counts_as_unset() -> None:
    """So all problems of a plan are told at once."""
    told = reader("fast", "high", None)
    assert told.read(Plan, title="") == Plan(title="")
    assert [problem.partition(":")[0] for problem in told.problems] == ["--speed", "--height"]
