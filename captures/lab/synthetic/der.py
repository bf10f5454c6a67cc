# SPDX-License-Identifier: GPL-2.0-or-later
"""ASN.1 encoding by hand: DER by default, and the BER forms that real peers use where a Ber asks for them.

A library would normalize exactly what these captures are to show, so nothing here decides for the caller."""
import datetime
import functools
from dataclasses import dataclass

BOOLEAN, INTEGER, BIT_STRING, OCTET_STRING, NULL, OID, ENUMERATED = 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x0A
UTF8, PRINTABLE, T61, IA5, UTC_TIME, GENERALIZED_TIME, UNIVERSAL, BMP = 0x0C, 0x13, 0x14, 0x16, 0x17, 0x18, 0x1C, 0x1E
SEQUENCE, SET = 0x30, 0x31
CONSTRUCTED = 0x20


def length(size):
    """Length octets of the definite form."""
    if size < 0x80:
        return bytes([size])
    octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([0x80 | len(octets)]) + octets


def tlv(tag, content):
    """One element with a definite length."""
    return bytes([tag]) + length(len(content)) + content


def indefinite(tag, content):
    """One constructed element with indefinite length."""
    return bytes([tag | CONSTRUCTED, 0x80]) + content + b"\0\0"


def seq(*parts):
    return tlv(SEQUENCE, b"".join(parts))


def set_of(*parts):
    """SET OF in DER order."""
    return tlv(SET, b"".join(sorted(parts)))


def set_as_given(*parts):
    return tlv(SET, b"".join(parts))


def explicit(number, content):
    return tlv(0xA0 | number, content)


def implicit(number, content, constructed=False):
    """Context tag with the given content octets."""
    return tlv(0x80 | number | (CONSTRUCTED if constructed else 0), content)


def retag(element, tag):
    """The same element under another identifier octet: IMPLICIT tagging."""
    return bytes([tag]) + element[1:]


def integer(value):
    return tlv(INTEGER, value.to_bytes(value.bit_length() // 8 + 1, "big", signed=True))


def boolean(value):
    return tlv(BOOLEAN, b"\xff" if value else b"\0")


def null():
    return b"\x05\0"


def octets(content):
    return tlv(OCTET_STRING, content)


def bits(content, unused=0):
    return tlv(BIT_STRING, bytes([unused]) + content)


def named_bits(*numbers):
    """BIT STRING of a named bit list, trailing zero bits removed."""
    if not numbers:
        return bits(b"")
    size = max(numbers) // 8 + 1
    value = bytearray(size)
    for number in numbers:
        value[number // 8] |= 0x80 >> number % 8
    return bits(bytes(value), 7 - max(numbers) % 8)


@functools.lru_cache(maxsize=1024)
def oid(dotted):
    arcs = [int(arc) for arc in dotted.split(".")]
    content = b""
    for arc in [arcs[0] * 40 + arcs[1]] + arcs[2:]:
        group = [arc & 0x7F]
        while arc > 0x7F:
            arc >>= 7
            group.insert(0, arc & 0x7F | 0x80)
        content += bytes(group)
    return tlv(OID, content)


def string(text, tag=PRINTABLE):
    """Text in the encoding of its string type; bytes go in as they are."""
    if isinstance(text, bytes):
        return tlv(tag, text)
    codec = {UTF8: "utf-8", BMP: "utf-16-be", UNIVERSAL: "utf-32-be"}.get(tag, "latin-1")
    return tlv(tag, text.encode(codec))


def utc_time(moment):
    """From seconds since 1970."""
    return tlv(
        UTC_TIME, datetime.datetime.fromtimestamp(moment, datetime.timezone.utc).strftime("%y%m%d%H%M%SZ").encode()
    )


def generalized_time(moment):
    return tlv(
        GENERALIZED_TIME,
        datetime.datetime.fromtimestamp(moment, datetime.timezone.utc).strftime("%Y%m%d%H%M%SZ").encode(),
    )


def time(moment):
    """Time as RFC 5280 4.1.2.5 wants it: UTCTime up to 2049."""
    return utc_time(moment) if moment < 2524608000 else generalized_time(moment)


def header(element):
    """(tag, offset of the content, size of the content) of a definite-length element with a one-byte tag."""
    if element[1] < 0x80:
        return element[0], 2, element[1]
    count = element[1] & 0x7F
    return element[0], 2 + count, int.from_bytes(element[2 : 2 + count], "big")


def content(element):
    _, offset, size = header(element)
    return element[offset : offset + size]


def children(element):
    """The elements inside a definite-length constructed element."""
    rest, found = content(element), []
    while rest:
        _, offset, size = header(rest)
        found.append(rest[: offset + size])
        rest = rest[offset + size :]
    return found


# Levels of a pkiMessage at which a Ber can ask for the indefinite form.
LEVELS = ("outer", "signed", "encap", "inner", "enveloped", "recipients", "encrypted")


@dataclass(frozen=True)
class Ber:
    """How to encode the frame of a CMS message. Signed attributes, certificates and names stay DER always.

    indefinite: levels of LEVELS with indefinite length; padded: levels with four length octets whatever the size;
    chunk: size of the segments into which eContent and encryptedContent are split as constructed strings, 0 for
    primitive ones; nested: the segments are constructed strings too; empty_chunks: with segments of length 0
    between."""

    indefinite: frozenset = frozenset()
    chunk: int = 0
    padded: frozenset = frozenset()
    nested: bool = False
    empty_chunks: bool = False

    def wrap(self, level, tag, content_octets):
        if level in self.padded:
            return bytes([tag, 0x84]) + len(content_octets).to_bytes(4, "big") + content_octets
        return (indefinite if level in self.indefinite else tlv)(tag, content_octets)

    def string(self, level, tag, content_octets):
        """An OCTET STRING, or a context tag in place of one, whole or in segments."""
        if not self.chunk:
            return tlv(tag, content_octets)
        segments = [octets(content_octets[at : at + self.chunk]) for at in range(0, len(content_octets), self.chunk)]
        if self.nested:
            segments = [self.wrap(level, OCTET_STRING | CONSTRUCTED, segment) for segment in segments]
        return self.wrap(level, tag | CONSTRUCTED, (octets(b"") if self.empty_chunks else b"").join(segments))


DER = Ber()
BER_EVERYWHERE = Ber(frozenset(LEVELS), 1000)
