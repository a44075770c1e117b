"""What a `check --json` printed, read."""

from __future__ import annotations

import json
from typing import Any

from tests.cli_process import Finished

TOKEN = "evidently-fake-ngrok-token"
SECRETS = ("rehearsal-auth-token", "sk_car_rehearsal", TOKEN)


def checks_of(ran: Finished) -> dict[str, dict[str, Any]]:
    """The object's lines by name; it agrees with the exit status, and holds no secret."""
    fields = json.loads(ran.stdout)
    assert (fields["schema"], fields["exit_code"]) == (1, ran.status)
    assert fields["ok"] is (ran.status == 0)
    assert not [secret for secret in SECRETS if secret in ran.stdout + ran.stderr]
    return {check["name"]: check for check in fields["checks"]}


def only_failure(ran: Finished) -> str:
    (name,) = [name for name, check in checks_of(ran).items() if check["status"] == "fail"]
    return name
