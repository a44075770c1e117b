"""Where the ngrok agent is, how it gets there, and which one it is."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import io
import logging
import os
import re
import shutil
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from pyngrok import installer
from pyngrok.exception import PyngrokError

from cartesia_call.blocking import in_daemon_thread
from cartesia_call.check_ports import AgentFacts
from cartesia_call.clock import SystemClock
from cartesia_call.errors import TunnelError
from cartesia_call.patterns import regex
from cartesia_call.quoting import quotable
from cartesia_call.vendors.ngrok_versions import judge

# Without a handler of their own, pyngrok's warnings would reach the user's terminal.
logging.getLogger("pyngrok").addHandler(logging.NullHandler())

_CORRECT_IT = "correct it, or unset it to have the agent looked for"
_WRAPPER_PEEK_BYTES = 2048
_IMPORTS_PYNGROK = regex(rb"^\s*(?:from|import) pyngrok\b", re.MULTILINE)
_VERSION = regex(rb"version (\d\S*)")
_VERSION_LIMIT_S = 5.0
"""The agent prints its version without asking anybody, in well under a second."""
_DOWNLOAD_STALL_S = 30.0
"""How long the download may stand still; pyngrok's own 6 s are short for a slow line."""


class NgrokAgent:
    """Implements `check_ports.TunnelAgent`: the agent that `NgrokTunnel` would start. Downloads nothing."""

    def __init__(
        self, configured: str | None, environment: Mapping[str, str], *, limit_s: float = _VERSION_LIMIT_S
    ) -> None:
        """`configured` is PYNGROK_NGROK_PATH; `environment` the process environment, of which it gets
        PATH and HOME. `limit_s`, in seconds, is how long it may take to print its version."""
        self._configured = configured
        self._environment = environment
        self._limit_s = limit_s

    async def inspect(self) -> AgentFacts:
        """Find it as `find_agent` does, have it print its version, and judge that."""
        find = functools.partial(find_agent, self._configured, self._environment.get("PATH"))
        path = await in_daemon_thread(find)
        version = await version_of(path, self._environment, limit_s=self._limit_s)
        return judge(path, version, SystemClock().utc_now().date())


async def version_of(path: str, environment: Mapping[str, str], *, limit_s: float) -> str:
    """What the agent at `path` prints as its version, such as `3.39.10`.

    It gets PATH and HOME of `environment`. TunnelError if it says nothing of the kind within `limit_s`
    seconds.
    """
    passed_on = {name: environment[name] for name in ("PATH", "HOME") if name in environment}
    try:
        process = await asyncio.create_subprocess_exec(
            path,
            "--version",
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env=passed_on,
        )
    except OSError as error:
        raise TunnelError(
            f"{path} cannot be started: {error.strerror}",
            hint="run `cartesia-call check --install-agent`",
        ) from error
    try:
        async with asyncio.timeout(limit_s):
            said, _ = await process.communicate()
    except TimeoutError:
        said = b""
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    match = _VERSION.search(said)
    if match is None:
        raise TunnelError(
            f"{path} did not say within {limit_s:g} s which version of the ngrok agent it is",
            hint="set PYNGROK_NGROK_PATH to the agent, or run `cartesia-call check --install-agent`",
        )
    return quotable(match[1].decode(errors="replace"))


def find_agent(configured: str | None, search_path: str | None) -> str:
    """The agent's absolute path: `configured`, else an `ngrok` on `search_path`, else where `init` puts it.

    Relative folders of `search_path` are passed over. Never downloads. TunnelError if there is none, or if
    `configured` is none or cannot be executed.
    """
    if configured:
        if not _is_executable(configured):
            raise TunnelError(
                f"PYNGROK_NGROK_PATH names {configured}, which is not an executable file",
                hint=_CORRECT_IT,
            )
        if _is_pyngrok_wrapper(configured):
            raise TunnelError(
                f"PYNGROK_NGROK_PATH names {configured}, which is pyngrok's own script and no agent: "
                "it would download one behind your back",
                hint=_CORRECT_IT,
            )
        return os.path.abspath(configured)
    for folder in (search_path or os.defpath).split(os.pathsep):
        # What PATH names by a relative folder is whatever lies in the working directory.
        found = shutil.which("ngrok", path=folder) if os.path.isabs(folder) else None
        if found and not _is_pyngrok_wrapper(found):
            return os.path.abspath(found)
    installed = _install_path()
    if os.path.isabs(installed) and _is_executable(installed):  # it is as relative as HOME
        return installed
    raise TunnelError(
        "no ngrok agent was found: neither on PATH nor installed by cartesia-call",
        hint="run `cartesia-call check --install-agent`, or set PYNGROK_NGROK_PATH",
    )


def install_agent() -> str:
    """Download the current agent from ngrok's own server through pyngrok; where it now is.

    Blocks for as long as ten megabytes take. Prints nothing. TunnelError if it cannot be had.
    """
    path = _install_path()
    if not os.path.isabs(path):
        raise TunnelError(
            "the ngrok agent cannot be installed: this user has no home directory",
            hint="set HOME, or download the agent from ngrok.com/download and set PYNGROK_NGROK_PATH to it",
        )
    try:
        with _private_download_folder(), contextlib.redirect_stdout(io.StringIO()):
            installer.install_ngrok(path, timeout=_DOWNLOAD_STALL_S)
    except (PyngrokError, OSError, tarfile.TarError, zipfile.BadZipFile, EOFError) as error:
        raise TunnelError(
            f"the ngrok agent could not be installed to {path}: {error}",
            hint="download it from ngrok.com/download and set PYNGROK_NGROK_PATH to it",
        ) from error
    return path


@contextlib.contextmanager
def _private_download_folder() -> Iterator[None]:
    """pyngrok downloads to a name that everybody on the machine can guess, in a folder that all share."""
    shared = tempfile.tempdir
    with tempfile.TemporaryDirectory(prefix="cartesia-call-") as private:
        tempfile.tempdir = private
        try:
            yield
        finally:
            tempfile.tempdir = shared


def _install_path() -> str:
    return os.path.join(installer.get_default_ngrok_dir(), installer.get_ngrok_bin())


def _is_executable(path: str) -> bool:
    return os.path.isfile(path) and os.access(path, os.X_OK)


def _is_pyngrok_wrapper(path: str) -> bool:
    """pyngrok installs a Python script of the agent's name, which would download one behind our back."""
    try:
        with Path(path).open("rb") as file:
            start = file.read(_WRAPPER_PEEK_BYTES)
    except OSError:
        return False
    return start.startswith(b"#!") and _IMPORTS_PYNGROK.search(start) is not None
