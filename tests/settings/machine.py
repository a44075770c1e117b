"""What tests tell `resolve`: a machine with nothing configured, and evidently fake keys."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from cartesia_call.errors import SettingsError
from cartesia_call.settings.model import Settings
from cartesia_call.settings.resolve import resolve
from cartesia_call.settings.table import TABLE

OFFERED: dict[str, object] = {setting.key: None for setting in TABLE if setting.options}
"""A command that offers every option and was given none."""

EVERYTHING = frozenset({"twilio", "cartesia", "caller_id", "path"})
ACCOUNT_SID = "AC" + "0" * 32
KEYS = {
    "TWILIO_ACCOUNT_SID": ACCOUNT_SID,
    "TWILIO_AUTH_TOKEN": "fake-token",
    "TWILIO_FROM_NUMBER": "+12025550100",
    "CARTESIA_API_KEY": "sk_car_fake",
    "NGROK_AUTHTOKEN": "fake-authtoken",
}


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
        needs: frozenset[str] = EVERYTHING,
        offered: Mapping[str, object] = OFFERED,
        **given: Any,
    ) -> Settings:
        return resolve(
            {**offered, **given},
            environ,
            working_directory=self.here,
            config_directory=self.config,
            needs=needs,
        )

    def problems(self, environ: Mapping[str, str] = KEYS, **given: Any) -> tuple[str, ...]:
        with pytest.raises(SettingsError) as refusal:
            self.resolve(environ, **given)
        return refusal.value.problems
