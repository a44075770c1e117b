"""Whose a file or a directory is, and who else on this machine decides what stands there."""

from __future__ import annotations

import grp
import os
import pwd
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = 0
_MOST_LINKS = 40
"""As many as Linux follows for one path (path_resolution(7))."""


def why_untrusted(
    *, mode: int, owner: int, group: int, own_user: int, is_private_group: Callable[[int], bool]
) -> str | None:
    """What lets others than `own_user` and root decide what a file says, as the end of a sentence; None if
    nothing does. To read it is a smaller matter.

    `is_private_group` tells whether a group has the user alone in it; it is asked only where that counts.
    """
    if owner not in {own_user, ROOT}:
        return f"it belongs to another user (number {owner})"
    if mode & stat.S_IWOTH:
        return f"everybody on this machine may write it (mode {stat.S_IMODE(mode):04o})"
    if mode & stat.S_IWGRP and not is_private_group(group):
        return f"the group number {group} may write it (mode {stat.S_IMODE(mode):04o})"
    return None


def is_strangers(owner: int) -> bool:
    """Whether this user is neither the one we run as nor root, who may do everything anyway."""
    return owner not in {os.geteuid(), ROOT}


def is_own_private_group(group: int) -> bool:
    """Whether it is the group that some systems make for each user: it has the user's name and nobody else.

    Where users share one (`staff`, `users`), or names are unknown, it is not.
    """
    try:
        user, found = pwd.getpwuid(os.geteuid()), grp.getgrgid(group)
    except KeyError:
        return False
    return user.pw_gid == group and found.gr_name == user.pw_name and set(found.gr_mem) <= {user.pw_name}


def owner_of_strange_link(path: Path) -> int | None:
    """Whose the first symbolic link on the way from `path` to its file is that belongs to a stranger.

    Whoever made a link decides which of our own files is read in its place. Folders on the way are not
    looked at.
    """
    for link in _links(path):
        owner = link.lstat().st_uid
        if is_strangers(owner):
            return owner
    return None


def refuse_foreign_directory(path: Path, *, above: str) -> None:
    """PermissionError if a stranger owns `path`, or a directory above it, up to the one called `above`.

    The owner of a directory may exchange whatever stands in it. A link counts by its own owner, too. What
    is missing belongs to nobody.
    """
    for directory in (path, *path.parents):
        for owner in _owners(directory):
            if is_strangers(owner):
                raise PermissionError(f"{directory} belongs to another user (number {owner})")
        if directory.name == above:
            return


def _owners(path: Path) -> Iterator[int]:
    try:
        yield path.lstat().st_uid
        yield path.stat().st_uid
    except (FileNotFoundError, NotADirectoryError):
        return


def _links(path: Path) -> Iterator[Path]:
    for _ in range(_MOST_LINKS):
        if not path.is_symlink():
            return
        yield path
        path = path.parent / os.readlink(path)
