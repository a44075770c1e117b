"""Which hosts are this machine itself."""

from __future__ import annotations

import ipaddress


def is_loopback(host: str) -> bool:
    """Whether `host`, a name or an IP address without brackets, can only lead to this machine.

    True for `localhost`, 127.0.0.0/8, ::1, and the first two written as IPv6 (::ffff:127.0.0.1). Not for
    `calls.localhost`: most resolvers ask the network for such a name, which may answer anything.
    """
    name = host.lower().removesuffix(".")
    if name == "localhost":
        return True
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped.is_loopback
    return address.is_loopback
