"""What tests tell `resolve`: a machine with nothing configured, and evidently fake keys."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from cartesia_call.cli.options import as_text
from cartesia_call.declarations.setting import OF_A_CALL, Need, Setting
from cartesia_call.errors import SettingsError
from cartesia_call.settings import (
    answering,
    asking,
    call,
    credentials,
    dial_list,
    fences,
    fleet,
    output,
    public_path,
    rehearsal,
    speaking,
    turns,
)
from cartesia_call.settings.model import Settings
from cartesia_call.settings.resolve import resolve
from cartesia_call.settings.table import TABLE

_MODULES = (
    answering,
    asking,
    call,
    credentials,
    dial_list,
    fences,
    fleet,
    output,
    public_path,
    rehearsal,
    speaking,
    turns,
)

BY_NAME: dict[str, Setting[object]] = {
    **{setting.option[2:].replace("-", "_"): setting for setting in TABLE if setting.option},
    **{
        name.lower(): value
        for module in _MODULES
        for name, value in vars(module).items()
        if isinstance(value, Setting)
    },
}
"""Every setting with an option, by that or by the name of its constant: `ring_timeout`, `caller_id`."""

OFFERED: dict[Setting[object], str | None] = {setting: None for setting in TABLE if setting.options}
"""A command that offers every option and was given none."""

ACCOUNT_SID = "AC" + "0" * 32
KEYS = {
    "TWILIO_ACCOUNT_SID": ACCOUNT_SID,
    "TWILIO_AUTH_TOKEN": "fake-token",
    "TWILIO_FROM_NUMBER": "+12025550100",
    "CARTESIA_API_KEY": "sk_car_fake",
    "NGROK_AUTHTOKEN": "fake-authtoken",
}


def command_line(**given: object) -> dict[Setting[object], str | None]:
    """Options as click would hand them over, by the names of their constants."""
    return {BY_NAME[name]: as_text(value) for name, value in given.items()}


class Machine:
    """A working directory and a configuration directory, both empty at first."""

    def __init__(self, root: Path) -> None:
        self.here = root / "here"
        self.config = root / "config"
        self.here.mkdir()
        self.config.mkdir()

    def write(self, path: Path, text: str) -> Path:
        path.write_text(text, encoding="utf-8")
        path.chmod(0o600)
        return path

    def resolve(
        self,
        environ: Mapping[str, str] = KEYS,
        *,
        needs: frozenset[Need] = OF_A_CALL,
        offered: Mapping[Setting[object], str | None] = OFFERED,
        **given: Any,
    ) -> Settings:
        return resolve(
            {**offered, **command_line(**given)},
            environ,
            working_directory=self.here,
            config_directory=self.config,
            needs=needs,
        )

    def problems(self, environ: Mapping[str, str] = KEYS, **given: Any) -> tuple[str, ...]:
        with pytest.raises(SettingsError) as refusal:
            self.resolve(environ, **given)
        return refusal.value.problems
