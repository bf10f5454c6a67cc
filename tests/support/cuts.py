# SPDX-License-Identifier: GPL-2.0-or-later
"""Captures that lack something: octets of each packet, a segment, their begin or their end.

A cut copy is written here and not by editcap, since a sweep makes hundreds of them and most of editcap is its start."""

import json
import struct

# What the tools write by default or are told to in guides: pktmon 128, tcpdump of old 68 and 96, a packet without its
# link header 1500, and with it 1514.
SIZES = (64, 96, 128, 256, 512, 1024, 1400, 1500, 1514)

NOTE = 1

# What may stand above a note on a copy of which part was not captured: that it was not.
CUT_HINTS = {"message_cut"}

_ENHANCED_PACKET = 6
_HEADER = 28  # of such a block, up to the octets of the packet


def _blocks(data):
    """@return (type, bytes of the whole block) of a little-endian pcapng file"""
    at = 0
    while at + 12 <= len(data):
        kind, length = struct.unpack_from("<II", data, at)
        yield kind, data[at:at + length]
        at += length


def _shortened(block, size):
    captured, length = struct.unpack_from("<II", block, 20)
    if captured <= size:
        return block
    packet = block[_HEADER:_HEADER + size]
    packet += b"\0" * (-len(packet) % 4)
    total = _HEADER + len(packet) + 4
    head = struct.pack("<II", _ENHANCED_PACKET, total) + block[8:20] + struct.pack("<II", size, length)
    return head + packet + struct.pack("<I", total)


def cut(capture, path, size=None, drop=()):
    """Copies a capture. size: octets that are kept of each packet; drop: numbers of the frames that are left out.
    @return path"""
    number = 0
    with open(path, "wb") as file:
        for kind, block in _blocks(capture.read_bytes()):
            if kind == _ENHANCED_PACKET:
                number += 1
                if number in drop:
                    continue
                if size is not None:
                    block = _shortened(block, size)
            file.write(block)
    return path


def frame_count(capture):
    return sum(kind == _ENHANCED_PACKET for kind, _ in _blocks(capture.read_bytes()))


def report(tshark, capture):
    """@return the objects of the JSON report"""
    text = tshark.run("-n", "-q", "-r", capture, "-z", "scep,report,json", timeout=300)
    return [json.loads(line) for line in text.splitlines() if line.startswith("{")]


def alarms(objects):
    """@return ids of the hints above a note"""
    return {hint["id"] for line in objects for hint in line["hints"] if hint["severity"] > NOTE}


def outcomes(objects):
    return [line["outcome"] for line in objects if line["type"] == "enrollment"]
