"""Who decides what stands in a file: we, root, and nobody else."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from cartesia_call.ownership import is_own_private_group, refuse_foreign_directory, why_untrusted

OWN_GROUP, SHARED_GROUP = 1000, 100


@pytest.mark.parametrize(
    ("mode", "owner", "group", "reason"),
    [
        (0o100600, 1000, OWN_GROUP, None),
        (0o100644, 1000, SHARED_GROUP, None),
        (0o100600, 0, 0, None),
        (0o100600, 1001, OWN_GROUP, "it belongs to another user (number 1001)"),
        (0o100666, 1001, OWN_GROUP, "it belongs to another user (number 1001)"),
        (0o100660, 1000, OWN_GROUP, None),
        (0o100660, 0, OWN_GROUP, None),
        (0o100660, 1000, SHARED_GROUP, "the group number 100 may write it (mode 0660)"),
        (0o100602, 0, OWN_GROUP, "everybody on this machine may write it (mode 0602)"),
        (0o100662, 1000, SHARED_GROUP, "everybody on this machine may write it (mode 0662)"),
    ],
)
def test_who_may_decide_what_a_file_says(mode: int, owner: int, group: int, reason: str | None) -> None:
    """We, root and a group that has us alone in it; to read it is a smaller matter."""
    why = why_untrusted(
        mode=mode,
        owner=owner,
        group=group,
        own_user=1000,
        is_private_group=lambda number: number == OWN_GROUP,
    )
    assert why == reason


def test_a_shared_group_is_not_ours() -> None:
    """One that nobody knows, and one of another name than the user's."""
    assert not is_own_private_group(987654)
    assert not is_own_private_group(1)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a directory away")
def test_a_foreign_directory_is_refused(tmp_path: Path) -> None:
    """Also one above it as far as they bear our name, and a stranger's link to one of ours."""
    ours = tmp_path / "theirs" / "cartesia-call" / "below"
    ours.mkdir(parents=True)
    link = tmp_path / "link"
    link.symlink_to(ours)

    def refuse(path: Path) -> None:
        refuse_foreign_directory(path, above="cartesia-call")

    os.chown(tmp_path / "theirs", 12345, 12345)
    refuse(ours)
    refuse(ours / "missing" / "deep")
    for directory in (ours, ours.parent):
        os.chown(directory, 12345, 12345)
        with pytest.raises(PermissionError, match=r"belongs to another user \(number 12345\)"):
            refuse(ours)
        os.chown(directory, 0, 0)
    refuse(link)
    os.lchown(link, 12345, 12345)
    with pytest.raises(PermissionError, match=f"{link} belongs to another user"):
        refuse(link)
