# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes a capture as a server's network sees it, without SCEP: make_mixed.py FILE [ROUNDS]. The same bytes every time.

Each round has a TLS connection, DNS questions, a DCE/RPC connection and an SMB2 connection; every fifth some HTTP.
"""

import random
import struct
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from make_http import add_exchanges  # noqa: E402
from support.pcap import CLIENT, SERVER, Pcap  # noqa: E402


def _record(kind, content):
    """A TLS 1.2 record."""
    return struct.pack("!BHH", kind, 0x0303, len(content)) + content


def _handshake(kind, body):
    return _record(22, struct.pack("!I", kind << 24 | len(body)) + body)


def _client_hello(host, chance):
    name = host.encode("ascii")
    sni = struct.pack("!HBH", len(name) + 3, 0, len(name)) + name
    extensions = (struct.pack("!HH", 0, len(sni)) + sni + struct.pack("!HHHHHH", 10, 6, 4, 29, 23, 13) +
                  struct.pack("!HHHH", 6, 4, 0x0403, 0x0804))
    ciphers = struct.pack("!HHHH", 0xC02F, 0xC030, 0xC02B, 0x009C)
    return _handshake(1, b"\x03\x03" + chance.randbytes(32) + b"\x00" + struct.pack("!H", len(ciphers)) + ciphers +
                      b"\x01\x00" + struct.pack("!H", len(extensions)) + extensions)


def add_tls(pcap, chance):
    """A handshake that resumes a session, then opaque data."""
    connection = pcap.tcp(server_port=443)
    connection.send(_client_hello("host%d.example.com" % chance.randrange(100), chance))
    server_hello = b"\x03\x03" + chance.randbytes(32) + b"\x00" + struct.pack("!HB", 0xC02F, 0)
    change = _record(20, b"\x01")
    connection.send(_handshake(2, server_hello) + change + _record(22, chance.randbytes(40)), from_client=False)
    connection.send(change + _record(22, chance.randbytes(40)))
    for _ in range(6):
        connection.exchange(_record(23, chance.randbytes(chance.randrange(100, 900))),
                            _record(23, chance.randbytes(chance.randrange(100, 5000))))
    connection.close()


def add_dns(pcap, chance):
    """A question and its answer."""
    port = chance.randrange(20000, 60000)
    question = b"".join(bytes([len(label)]) + label
                        for label in (b"host%d" % chance.randrange(999), b"example", b"com"))
    question += b"\x00\x00\x01\x00\x01"
    identity = chance.randbytes(2)
    pcap.udp((CLIENT, port), (SERVER, 53), identity + struct.pack("!HHHHH", 0x0100, 1, 0, 0, 0) + question)
    pcap.udp((SERVER, 53), (CLIENT, port), identity + struct.pack("!HHHHH", 0x8180, 1, 1, 0, 0) + question +
             struct.pack("!HHHIH4B", 0xC00C, 1, 1, 300, 4, 192, 0, 2, chance.randrange(256)))


def _pdu(kind, call, body):
    """A connection-oriented DCE/RPC PDU, little-endian, first and last fragment."""
    return struct.pack("<BBBB4sHHI", 5, 0, kind, 3, b"\x10\x00\x00\x00", 16 + len(body), 0, call) + body


def add_dcerpc(pcap, chance):
    """A bind and calls of an interface that Wireshark does not know."""
    connection = pcap.tcp(server_port=135)
    ndr = bytes.fromhex("045d888aeb1cc9119fe808002b104860") + struct.pack("<I", 2)
    interface = bytes.fromhex("000102030405060708090a0b0c0d0e0f") + struct.pack("<I", 1)
    connection.exchange(
        _pdu(11, 1, struct.pack("<HHIBBHHBB", 4280, 4280, 0, 1, 0, 0, 0, 1, 0) + interface + ndr),
        _pdu(12, 1, struct.pack("<HHIH4sBBBBHH", 4280, 4280, 77, 4, b"135\0", 0, 0, 1, 0, 0, 0) + b"\0\0" + ndr))
    for call in range(2, 8):
        stub = chance.randbytes(chance.randrange(40, 1000))
        connection.exchange(_pdu(0, call, struct.pack("<IHH", len(stub), 0, call) + stub),
                            _pdu(2, call, struct.pack("<IHBB", len(stub), 0, 0, 0) + stub))
    connection.close()


def _smb2(command, message, answer, body):
    """One SMB2 message in its transport header."""
    header = struct.pack("<4sHHIHHIIQIIQ16s", b"\xfeSMB", 64, 1, 0, command, 1, 1 if answer else 0, 0, message, 0, 1, 5,
                         bytes(16))
    return struct.pack("!I", len(header) + len(body)) + header + body


def add_smb2(pcap):
    """Echo requests and answers, and closing of file handles."""
    connection = pcap.tcp(server_port=445)
    echo = struct.pack("<HH", 4, 0)
    for message in range(1, 9):
        if message % 2:
            connection.exchange(_smb2(13, message, False, echo), _smb2(13, message, True, echo))
        else:
            connection.exchange(_smb2(6, message, False, struct.pack("<HHI16s", 24, 0, 0, bytes(range(16)))),
                                _smb2(6, message, True, struct.pack("<HHI48s", 60, 0, 0, bytes(48)) + bytes(4)))
    connection.close()


if __name__ == "__main__":
    CHANCE = random.Random(11)
    CAPTURE = Pcap()
    for turn in range(int(sys.argv[2]) if len(sys.argv) > 2 else 200):
        add_tls(CAPTURE, CHANCE)
        for _ in range(6):
            add_dns(CAPTURE, CHANCE)
        add_dcerpc(CAPTURE, CHANCE)
        add_smb2(CAPTURE)
        if turn % 5 == 0:
            add_exchanges(CAPTURE, 5, CHANCE)
    CAPTURE.write(sys.argv[1])
