"""A logger of `loggers` is the library's, once it is used."""

from __future__ import annotations

import logging
import subprocess
import sys

import pytest

from cartesia_call.loggers import before_the_first_record, logger_of

NAME = "a_logger_of_tests"


def test_what_is_logged_is_the_librarys(caplog: pytest.LogCaptureFixture) -> None:
    logger = logger_of(NAME)
    caplog.set_level(logging.INFO, NAME)
    for word in ("first", "second"):
        logger.info("the %s record", word)
    logger.debug("none")
    assert [record.getMessage() for record in caplog.records] == ["the first record", "the second record"]
    assert {(record.name, record.funcName) for record in caplog.records} == {
        (NAME, test_what_is_logged_is_the_librarys.__name__)
    }


def test_logging_is_prepared_once_before_the_first_record() -> None:
    """Whichever logger it is of."""
    prepared: list[str] = []
    before_the_first_record(lambda: prepared.append("again"))
    before_the_first_record(lambda: prepared.append("once"))
    for name in (NAME, f"{NAME}.other"):
        logger_of(name).debug("nobody sees it")
    assert prepared == ["once"]


def test_a_logger_that_logs_nothing_loads_nothing() -> None:
    code = (
        "import sys\n"
        "from cartesia_call.loggers import logger_of\n"
        "logger = logger_of('name')\n"
        "print('logging' in sys.modules)\n"
        "logger.warning('something')\n"
        "print('logging' in sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (done.stdout.split(), done.stderr.strip()) == (["False", "True"], "something")
