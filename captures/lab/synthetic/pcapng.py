# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes pcapng files (https://www.ietf.org/archive/id/draft-ietf-opsawg-pcapng-04.html), the same bytes on every
run."""
import struct

ETHERNET = 1
START = 1777881600  # 2026-05-04 08:00:00 UTC: every capture begins here


def _block(kind, body):
    body += b"\0" * (-len(body) % 4)
    size = struct.pack("<I", len(body) + 12)
    return struct.pack("<I", kind) + size + body + size


def _option(code, value):
    return struct.pack("<HH", code, len(value)) + value + b"\0" * (-len(value) % 4)


def section_header():
    options = _option(4, b"SCEP synthetic captures") + _option(0, b"")
    return _block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1) + options)


def interface(snaplen, name):
    options = _option(2, name.encode()) + _option(9, b"\x06") + _option(0, b"")
    return _block(1, struct.pack("<HHI", ETHERNET, 0, snaplen) + options)


def packet(microseconds, data, snaplen, number=0, comment=None):
    """An Enhanced Packet Block; only the first snaplen bytes are kept."""
    kept = data[:snaplen]
    head = struct.pack("<IIIII", number, microseconds >> 32, microseconds & 0xFFFFFFFF, len(kept), len(data))
    options = _option(1, comment.encode()) + _option(0, b"") if comment else b""
    return _block(6, head + kept + b"\0" * (-len(kept) % 4) + options)


def tls_secrets(lines):
    """A Decryption Secrets Block with the lines of an SSLKEYLOGFILE."""
    return _block(0x0A, struct.pack("<II", 0x544C534B, len(lines)) + lines)


class Frame:
    """One packet. number is set when the capture is put in order; None where the capture lacks it. cut: the capture
    holds only its beginning. comment: text for who opens the capture."""

    __slots__ = ("time", "order", "data", "number", "cut", "comment")

    def __init__(self, time, order, data, cut):
        self.time, self.order, self.data, self.number, self.cut, self.comment = time, order, data, None, cut, None


class Capture:
    """Frames of any number of conversations, put in order of time when the capture is written. Times in
    microseconds."""

    def __init__(self, snaplen=262144):
        self.frames = []
        self.snaplen = snaplen
        self.ip_id = {}

    def add(self, microseconds, data):
        frame = Frame(microseconds, len(self.frames), data, len(data) > self.snaplen)
        self.frames.append(frame)
        return frame

    def drop(self, frame):
        """The capture missed this frame; it was on the wire all the same."""
        self.frames.remove(frame)

    def number(self):
        """Puts the frames in order and numbers them from 1."""
        self.frames.sort(key=lambda frame: (frame.time, frame.order))
        for number, frame in enumerate(self.frames, 1):
            frame.number = number

    def write(self, path, secrets=b""):
        """secrets: lines of an SSLKEYLOGFILE that the file is to hold."""
        self.number()
        with open(path, "wb") as out:
            out.write(section_header() + interface(self.snaplen, "eth0"))
            if secrets:
                out.write(tls_secrets(secrets))
            for frame in self.frames:
                out.write(packet(frame.time, frame.data, self.snaplen, comment=frame.comment))
