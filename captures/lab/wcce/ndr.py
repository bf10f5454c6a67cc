# SPDX-License-Identifier: GPL-2.0-or-later
"""NDR and NDR64 (C706 chapter 14, MS-RPCE 2.2.5): what the certificate interfaces and their surroundings need of it."""
import struct
import uuid


def guid(text):
    """16 bytes, the first three fields little-endian."""
    return uuid.UUID(text).bytes_le


class Writer:
    """A stub in the making. Alignment counts from its start. wide: NDR64.

    fill: the byte used for padding; peers differ in it (0 on Windows, others elsewhere); big: most significant byte
    first.
    """

    def __init__(self, wide=False, fill=0, referent=0x00020000, big=False):
        self.data, self.wide, self.fill, self.next = bytearray(), wide, bytes([fill]), referent
        self.order = ">" if big else "<"

    def align(self, size):
        self.data += self.fill * (-len(self.data) % size)
        return self

    def raw(self, data):
        self.data += data
        return self

    def _number(self, form, size, value):
        return self.align(size).raw(struct.pack(self.order + form, value & ((1 << 8 * size) - 1)))

    def u16(self, value):
        return self._number("H", 2, value)

    def u32(self, value):
        return self._number("I", 4, value)

    def u64(self, value):
        return self._number("Q", 8, value)

    def count(self, value):
        """A conformance or variance value: 8 bytes in NDR64."""
        return self.u64(value) if self.wide else self.u32(value)

    def pointer(self, present=True):
        """The referent id of a unique pointer; the referent is the caller's."""
        value = 0
        if present:
            value = self.next
            self.next += 4
        return self.count(value)

    def guid(self, value):
        """value: 16 bytes, the first three fields little-endian."""
        return self.align(4).raw(value if self.order == "<" else uuid.UUID(bytes_le=value).bytes)

    def string(self, text):
        """[string, unique] wchar_t *, with its NUL. None is the null pointer."""
        self.pointer(text is not None)
        if text is not None:
            units = (text + "\0").encode("utf-16-le" if self.order == "<" else "utf-16-be")
            self.count(len(units) // 2).count(0).count(len(units) // 2).raw(units)
        return self

    def blob(self, data, claimed=None):
        """A CERTTRANSBLOB in line. None or nothing is cb 0 and pb null. claimed: another cb than the true one."""
        self.align(8 if self.wide else 4)
        self.u32(len(data or b"") if claimed is None else claimed).pointer(bool(data))
        if data:
            self.count(len(data)).raw(data)
        return self

    def bytes(self):
        return bytes(self.data)


class Reader:
    """The other way round. Values that do not fit raise ValueError."""

    def __init__(self, data, wide=False):
        self.data, self.wide, self.at = data, wide, 0

    def align(self, size):
        self.at += -self.at % size

    def raw(self, size):
        if self.at + size > len(self.data):
            raise ValueError("%d bytes wanted at %d of %d" % (size, self.at, len(self.data)))
        self.at += size
        return self.data[self.at - size : self.at]

    def u16(self):
        self.align(2)
        return struct.unpack("<H", self.raw(2))[0]

    def u32(self):
        self.align(4)
        return struct.unpack("<I", self.raw(4))[0]

    def u64(self):
        self.align(8)
        return struct.unpack("<Q", self.raw(8))[0]

    def count(self):
        return self.u64() if self.wide else self.u32()

    def string(self):
        if not self.count():
            return None
        limit, start, units = self.count(), self.count(), self.count()
        if start or units > limit:
            raise ValueError("string of %d units from %d in %d" % (units, start, limit))
        text = self.raw(2 * units).decode("utf-16-le")
        if not text.endswith("\0"):
            raise ValueError("string without NUL")
        return text[:-1]

    def blob(self):
        """@return bytes, None where pb is null"""
        self.align(8 if self.wide else 4)
        size, present = self.u32(), self.count()
        if not present:
            return None
        if self.count() != size:
            raise ValueError("cb and the array differ")
        return self.raw(size)
