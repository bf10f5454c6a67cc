# SPDX-License-Identifier: GPL-2.0-or-later
"""The endpoint mapper's ept_map (C706 appendix O): towers and the call around them."""
import ipaddress
import struct

from .ndr import Writer, guid
from .rpc import NDR

EPM = (guid("e1af8308-5d1f-11c9-91a4-08002b14a0fa"), 3)
MAP = 3
NOT_REGISTERED = 0x16C9A0D6


def _floor(left, right):
    return struct.pack("<H", len(left)) + left + struct.pack("<H", len(right)) + right


def _uuid_floor(identifier, version):
    return _floor(b"\x0d" + identifier + struct.pack("<H", version), struct.pack("<H", 0))


def tower(identifier, version, port, address, transfer=NDR):
    """ncacn_ip_tcp. identifier: 16 bytes."""
    floors = [
        _uuid_floor(identifier, version),
        _uuid_floor(*transfer),
        _floor(b"\x0b", struct.pack("<H", 0)),
        _floor(b"\x07", struct.pack(">H", port)),
        _floor(b"\x09", ipaddress.ip_address(address).packed),
    ]
    return struct.pack("<H", len(floors)) + b"".join(floors)


def _twr(writer, data):
    writer.u32(len(data)).u32(len(data)).raw(data).align(4)


def map_request(identifier, version, transfer=NDR):
    writer = Writer(referent=1)
    writer.pointer().raw(bytes(16)).pointer()
    _twr(writer, tower(identifier, version, 135, "0.0.0.0", transfer))
    return writer.raw(bytes(20)).u32(4).bytes()


def map_response(towers, status=0):
    """Full pointers: request and answer share one space of referent ids."""
    writer = Writer(referent=0x21).raw(bytes(20))
    writer.u32(len(towers)).u32(4).u32(0).u32(len(towers))
    for _ in towers:
        writer.pointer()
    for data in towers:
        _twr(writer, data)
    return writer.u32(status).bytes()
