# SPDX-License-Identifier: GPL-2.0-or-later
"""Connection-oriented DCE/RPC PDUs (C706 12.6, MS-RPCE 2.2.2), without and with a security trailer."""
import struct
import uuid

from .ndr import guid

REQUEST, RESPONSE, FAULT, BIND, BIND_ACK, BIND_NAK, ALTER, ALTER_ACK, AUTH3 = 0, 2, 3, 11, 12, 13, 14, 15, 16
FIRST, LAST, OBJECT, SUPPORT_HEADER_SIGN, MULTIPLEX = 0x01, 0x02, 0x80, 0x04, 0x10
DID_NOT_EXECUTE = 0x20

NDR = (guid("8a885d04-1ceb-11c9-9fe8-08002b104860"), 2)
NDR64 = (guid("71710533-beba-4937-8319-b5dbef9ccc36"), 1)
FEATURES = (guid("6cb71c2c-9812-4540-0300-000000000000"), 1)  # bind time feature negotiation
NONE, CONNECT, INTEGRITY, PRIVACY = 1, 2, 5, 6
ACCEPT, REJECT, FEATURE_ACK = 0, 2, 3
TRAILER = 8


def pdu(kind, call_id, body, flags=FIRST | LAST, auth=b"", minor=0):
    """auth: the trailer and the token behind it; what pads the body is already part of it."""
    token = len(auth) - TRAILER if auth else 0
    size = 16 + len(body) + len(auth)
    return struct.pack("<BBBB4sHHI", 5, minor, kind, flags, b"\x10\0\0\0", size, token, call_id) + body + auth


def trailer(kind, level, pad, context):
    return struct.pack("<BBBBI", kind, level, pad, 0, context)


def syntax(identifier):
    return identifier[0] + struct.pack("<I", identifier[1])


def bind_body(contexts, max_frag, group=0):
    """contexts: (number, abstract syntax, transfer syntaxes)"""
    body = struct.pack("<HHIB3x", max_frag, max_frag, group, len(contexts))
    for number, abstract, transfers in contexts:
        body += struct.pack("<HBx", number, len(transfers)) + syntax(abstract)
        body += b"".join(syntax(one) for one in transfers)
    return body


def ack_body(results, max_frag, port, group=0x00001234):
    """results: (result, reason, transfer syntax or None). port: text of the secondary address."""
    address = port.encode() + b"\0" if port else b""
    body = struct.pack("<HHIH", max_frag, max_frag, group, len(address)) + address
    body += b"\0" * (-(len(body) + 16) % 4) + struct.pack("<B3x", len(results))
    for result, reason, transfer in results:
        body += struct.pack("<HH", result, reason) + (syntax(transfer) if transfer else bytes(20))
    return body


def nak_body(reason):
    """With the protocol versions that the server speaks."""
    return struct.pack("<HBBB", reason, 1, 5, 0)


def request_head(size, context, opnum, target=None):
    return struct.pack("<IHH", size, context, opnum) + (target or b"")


def response_head(size, context, cancel=0):
    return struct.pack("<IHBx", size, context, cancel)


def fault_body(context, status):
    return struct.pack("<IHBxI4x", 0, context, 0, status)


def pieces(stub, room):
    """@return the stub in parts of at most room bytes, one at least"""
    return [stub[at : at + room] for at in range(0, len(stub), room)] or [b""]


def turned(kind, call_id, flags, stub, context, number, target=None):
    """A request or response whose data representation is big-endian; every PDU says so for itself. number: opnum, or
    cancel count of a response; target: IPID, the first three fields little-endian as elsewhere."""
    form = ">IHH" if kind == REQUEST else ">IHBx"
    head = struct.pack(form, len(stub), context, number) + (uuid.UUID(bytes_le=target).bytes if target else b"")
    return struct.pack(">BBBB4sHHI", 5, 0, kind, flags, bytes(4), 16 + len(head) + len(stub), 0, call_id) + head + stub
