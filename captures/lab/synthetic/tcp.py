# SPDX-License-Identifier: GPL-2.0-or-later
"""TCP conversations over Ethernet and IPv4 or IPv6, segment by segment, with correct checksums and sequence numbers."""
import functools
import ipaddress
import struct

from .seeded import Rng

FIN, SYN, RST, PSH, ACK = 0x01, 0x02, 0x04, 0x08, 0x10
CLIENT, SERVER = 0, 1


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


@functools.lru_cache(maxsize=1024)
def packed(address):
    """4 or 16 bytes."""
    return ipaddress.ip_address(address).packed


def mac(address):
    """A locally administered address that follows from the IP address."""
    return b"\x02\x00" + packed(address)[-4:]


def ip_packet(capture, source, destination, protocol, payload, ttl=64):
    """An Ethernet frame around payload. IP identifications count up per sender."""
    from_ip, to_ip = packed(source), packed(destination)
    macs = mac(destination) + mac(source)
    if len(from_ip) == 16:
        head = struct.pack("!IHBB", 0x60000000, len(payload), protocol, ttl) + from_ip + to_ip
        return macs + b"\x86\xdd" + head + payload
    number = capture.ip_id[source] if source in capture.ip_id else Rng(source).below(65536)
    capture.ip_id[source] = (number + 1) & 0xFFFF
    head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), number, 0x4000, ttl, protocol, 0, from_ip, to_ip)
    return macs + b"\x08\x00" + head[:10] + struct.pack("!H", checksum(head)) + head[12:] + payload


def segment(source, destination, ports, numbers, flags, payload, window=1026, options=b""):
    """A TCP segment with its checksum; numbers is (sequence, acknowledgement)."""
    from_ip, to_ip = packed(source), packed(destination)
    head = struct.pack(
        "!HHIIBBHHH", ports[0], ports[1], numbers[0], numbers[1], (20 + len(options)) << 2, flags, window, 0, 0
    )
    data = head + options + payload
    if len(from_ip) == 16:
        pseudo = from_ip + to_ip + struct.pack("!II", len(data), 6)
    else:
        pseudo = from_ip + to_ip + struct.pack("!BBH", 0, 6, len(data))
    return data[:16] + struct.pack("!H", checksum(pseudo + data)) + data[18:]


class Sent:
    """What one send() put on the wire. frames are the segments in order of their sequence numbers; the one after which
    a reader has all of them is complete()."""

    def __init__(self, frames):
        self.frames = frames

    def complete(self):
        """Number of the frame that makes the data whole, None where the capture lacks a part. Where a frame is cut, a
        reader cannot join the segments: the first one then."""
        numbers = [frame.number for frame in self.frames]
        if self.is_cut():
            return numbers[0]
        return None if None in numbers else max(numbers)

    def is_cut(self):
        return any(frame.cut for frame in self.frames)

    def first(self):
        return min(frame.number for frame in self.frames if frame.number is not None)


class Conversation:
    """One TCP connection. now is its clock in microseconds; every call moves it on."""

    def __init__(self, capture, client, server, start, mss=1460, latency=700, ttl=(64, 128)):
        self.capture, self.ends = capture, (client, server)
        self.now, self.mss, self.latency, self.ttl = start, mss, latency, ttl
        rng = Rng("tcp", client, server, start)
        self.next = [rng.below(1 << 32), rng.below(1 << 32)]
        self.acked = [0, 0]  # what each side has acknowledged of the other
        self.is_open = False

    def _put(self, side, flags, payload=b"", options=b"", sequence=None):
        source, destination = self.ends[side], self.ends[1 - side]
        numbers = (self.next[side] if sequence is None else sequence, self.acked[side] if flags & ACK else 0)
        data = segment(source[0], destination[0], (source[1], destination[1]), numbers, flags, payload, options=options)
        return self.capture.add(self.now, ip_packet(self.capture, source[0], destination[0], 6, data, self.ttl[side]))

    def wait(self, microseconds):
        self.now += microseconds

    def open(self):
        """The three-way handshake."""
        options = b"\x02\x04" + struct.pack("!H", self.mss) + b"\x01\x03\x03\x08\x01\x01\x04\x02"
        self._put(CLIENT, SYN, options=options)
        self.next[CLIENT] = (self.next[CLIENT] + 1) & 0xFFFFFFFF
        self.now += self.latency
        self.acked[SERVER] = self.next[CLIENT]
        self._put(SERVER, SYN | ACK, options=options)
        self.next[SERVER] = (self.next[SERVER] + 1) & 0xFFFFFFFF
        self.now += self.latency
        self.acked[CLIENT] = self.next[SERVER]
        self._put(CLIENT, ACK)
        self.now += 60
        self.is_open = True
        return self

    def unanswered_open(self, tries=3):
        """A SYN and its repetitions, to which nobody answers."""
        for attempt in range(tries):
            self._put(CLIENT, SYN, options=b"\x02\x04" + struct.pack("!H", self.mss))
            self.now += 1000000 << attempt

    def refused_open(self):
        """A SYN that is answered with RST."""
        self._put(CLIENT, SYN, options=b"\x02\x04" + struct.pack("!H", self.mss))
        self.now += self.latency
        self.acked[SERVER] = (self.next[CLIENT] + 1) & 0xFFFFFFFF
        self.next[SERVER] = 0
        self._put(SERVER, RST | ACK)

    def send(self, side, data, missing=(), again=(), swapped=(), recovered=(), acknowledge=True):
        """Sends data in segments and the other side's acknowledgements.

        Segments by number: missing ones the capture lacks although they arrived; again ones are sent a second time;
        swapped ones arrive after the segment behind them; recovered ones are lost before the capture point and
        sent once more after the others. @return a Sent"""
        pieces = [(at, data[at : at + self.mss]) for at in range(0, len(data), self.mss)]
        start, frames, late = self.next[side], {}, []
        order = list(range(len(pieces)))
        for number in swapped:
            order[number], order[number + 1] = order[number + 1], order[number]
        for number in order:
            if number in recovered:
                late.append(number)
                continue
            frames[number] = self._piece(side, start, pieces[number], number == len(pieces) - 1)
            self.now += 12
            if number in again:
                self.now += 3000
                self._piece(side, start, pieces[number], number == len(pieces) - 1)
        for number in late:
            self.now += 210000
            frames[number] = self._piece(side, start, pieces[number], number == len(pieces) - 1)
        for number in missing:
            self.capture.drop(frames[number])
        self.next[side] = (start + len(data)) & 0xFFFFFFFF
        self.now += self.latency
        if acknowledge:
            self.acked[1 - side] = self.next[side]
            self._put(1 - side, ACK)
            self.now += 40
        return Sent([frames[number] for number in range(len(pieces))])

    def _piece(self, side, start, piece, last):
        return self._put(side, ACK | (PSH if last else 0), piece[1], sequence=(start + piece[0]) & 0xFFFFFFFF)

    def fin(self, side):
        """One side ends; the other acknowledges. @return the frame with the FIN"""
        frame = self._put(side, FIN | ACK)
        self.next[side] = (self.next[side] + 1) & 0xFFFFFFFF
        self.now += self.latency
        self.acked[1 - side] = self.next[side]
        self._put(1 - side, ACK)
        self.now += 40
        return frame

    def close(self, first=CLIENT):
        """Both sides end, one after the other. @return the first FIN"""
        frame = self.fin(first)
        self.fin(1 - first)
        self.is_open = False
        return frame

    def reset(self, side=CLIENT):
        frame = self._put(side, RST | ACK)
        self.is_open = False
        return frame
