"""Which places may set what: a place is as trusted as whoever may write there."""

from __future__ import annotations

from enum import IntEnum


class Trust(IntEnum):
    """A place where a setting may stand, the more trusted the higher. A setting names the least one."""

    FOUND = 1
    """A `.env` of the working directory: whoever filled that directory wrote it, such as an archive."""
    NAMED = 2
    """A file that the user named, and that others may write, too."""
    OWN = 3
    """A file that the user alone may write: named, or in the user's configuration directory."""
    PROCESS = 4
    """The command line and the environment of this process."""

    def may_lead(self, key: Trust) -> bool:
        """Whether an address from here may be where a key from `key` is sent. The user's own file says
        where keys go as well as the environment does."""
        return self >= min(key, Trust.OWN)


WHAT_IS_FOUND_MAY_SET = "keys, caller ID, voice, model, language, region, country and time-outs"
