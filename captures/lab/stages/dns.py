# SPDX-License-Identifier: GPL-2.0-or-later
"""DNS over UDP (RFC 1035): questions for addresses and their answers."""
import struct

from synthetic.tcp import checksum, ip_packet, packed

A, CNAME, SOA, AAAA = 1, 5, 6, 28
NO_ERROR, SERVFAIL, NXDOMAIN, REFUSED = 0, 2, 3, 5
RCODES = {NO_ERROR: "NOERROR", SERVFAIL: "SERVFAIL", NXDOMAIN: "NXDOMAIN", REFUSED: "REFUSED"}


def name(text):
    return b"".join(bytes([len(label)]) + label.encode() for label in text.split(".")) + b"\0"


def record(owner, kind, data, seconds=300):
    return name(owner) + struct.pack("!HHIH", kind, 1, seconds, len(data)) + data


def start_of_authority(zone):
    data = name("ns1." + zone) + name("hostmaster." + zone) + struct.pack("!IIIII", 2026050401, 3600, 600, 604800, 300)
    return record(zone, SOA, data)


def question(number, host, kind=A):
    return struct.pack("!HHHHHH", number, 0x0100, 1, 0, 0, 0) + name(host) + struct.pack("!HH", kind, 1)


def answer(number, host, addresses=(), aliases=(), rcode=NO_ERROR, kind=A):
    """aliases: names that host stands for, the last of which has the addresses."""
    chain = [host] + list(aliases)
    found = [record(one, CNAME, name(two)) for one, two in zip(chain, chain[1:])]
    found += [record(chain[-1], kind, packed(address)) for address in addresses]
    lacking = [] if addresses or rcode in (SERVFAIL, REFUSED) else [start_of_authority(".".join(host.split(".")[-2:]))]
    head = struct.pack("!HHHHHH", number, 0x8180 | rcode, 1, len(found), len(lacking), 0)
    return head + name(host) + struct.pack("!HH", kind, 1) + b"".join(found + lacking)


def datagram(capture, source, destination, payload):
    """An Ethernet frame. source, destination: (address, port)"""
    head = struct.pack("!HHHH", source[1], destination[1], 8 + len(payload), 0)
    pseudo = packed(source[0]) + packed(destination[0]) + struct.pack("!BBH", 0, 17, len(head + payload))
    total = checksum(pseudo + head + payload) or 0xFFFF
    return ip_packet(capture, source[0], destination[0], 17, head[:6] + struct.pack("!H", total) + payload)
