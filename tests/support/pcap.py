# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes captures byte by byte: Ethernet, IPv4, TCP with handshake and acknowledgements, UDP; classic pcap format.

    pcap = Pcap()
    connection = pcap.tcp(server_port=80)
    connection.exchange(http_request("GET", "/x"), http_response(200, b"..."))
    connection.close()
    pcap.write("x.pcap")

Every frame is one millisecond after the one before it, so the same calls give the same bytes.
"""

import struct

MSS = 1460
PSH_ACK = 0x18
ACK = 0x10
SYN = 0x02
FIN_ACK = 0x11

CLIENT = "192.0.2.10"
SERVER = "198.51.100.20"


def _checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def _address(text):
    return bytes(int(part) for part in text.split("."))


class Pcap:
    """A capture that grows frame by frame."""

    def __init__(self, start=1700000000, snaplen=262144):
        self.frames = []
        self.snaplen = snaplen
        self._start = start
        self._next_port = 49152
        self._ip_id = 0

    def frame(self, data):
        """Adds one Ethernet frame."""
        self.frames.append(data)

    def ip(self, source, destination, protocol, payload):
        """Adds one IPv4 packet; addresses as dotted text."""
        self._ip_id = (self._ip_id + 1) & 0xFFFF
        header = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), self._ip_id, 0x4000, 64, protocol, 0,
                             _address(source), _address(destination))
        header = header[:10] + struct.pack("!H", _checksum(header)) + header[12:]
        macs = b"\x02\x00" + _address(destination) + b"\x02\x00" + _address(source)
        self.frame(macs + b"\x08\x00" + header + payload)

    def udp(self, source, destination, payload):
        """Adds one datagram; source and destination are (address, port)."""
        self.ip(source[0], destination[0], 17,
                struct.pack("!HHHH", source[1], destination[1], 8 + len(payload), 0) + payload)

    def tcp(self, server_port=80, client=CLIENT, server=SERVER, client_port=None, sequence=(1000, 5000)):
        """Opens a connection, three frames; sequence: first numbers of client and server. @return a Connection"""
        if client_port is None:
            client_port = self._next_port
            self._next_port = self._next_port + 1 if self._next_port < 65535 else 49152
        return Connection(self, (client, client_port), (server, server_port), sequence)

    def write(self, path):
        """Writes the file. @return the path"""
        with open(path, "wb") as file:
            file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, self.snaplen, 1))
            for number, data in enumerate(self.frames):
                kept = data[:self.snaplen]
                file.write(struct.pack("<IIII", self._start + number // 1000, number % 1000 * 1000, len(kept),
                                       len(data)) + kept)
        return path


class Connection:
    """One TCP connection within a capture."""

    def __init__(self, pcap, client, server, sequence):
        self._pcap = pcap
        self._ends = (client, server)
        self._sequence = list(sequence)
        self._segment(0, SYN)
        self._sequence[0] += 1
        self._segment(1, SYN | ACK)
        self._sequence[1] += 1
        self._segment(0, ACK)

    def _segment(self, sender, flags, payload=b""):
        (source, source_port), (target, target_port) = self._ends[sender], self._ends[1 - sender]
        acknowledged = self._sequence[1 - sender] if flags & ACK else 0
        header = struct.pack("!HHIIBBHHH", source_port, target_port, self._sequence[sender], acknowledged, 5 << 4,
                             flags, 64240, 0, 0)
        pseudo = _address(source) + _address(target) + struct.pack("!BBH", 0, 6, len(header) + len(payload))
        checksum = struct.pack("!H", _checksum(pseudo + header + payload))
        self._pcap.ip(source, target, 6, header[:16] + checksum + header[18:] + payload)

    def send(self, data, from_client=True, mss=MSS):
        """Adds the data in segments of at most mss bytes, and one acknowledgement."""
        sender = 0 if from_client else 1
        for start in range(0, len(data), mss):
            part = data[start:start + mss]
            self._segment(sender, PSH_ACK, part)
            self._sequence[sender] = (self._sequence[sender] + len(part)) & 0xFFFFFFFF
        self._segment(1 - sender, ACK)

    def exchange(self, request, response):
        """Adds what the client sends and what the server answers."""
        self.send(request)
        self.send(response, from_client=False)

    def close(self):
        """Adds the frames that end the connection."""
        for sender in (0, 1):
            self._segment(sender, FIN_ACK)
            self._sequence[sender] += 1
        self._segment(0, ACK)


REASONS = {200: "OK", 204: "No Content", 302: "Found", 304: "Not Modified", 400: "Bad Request", 401: "Unauthorized",
           403: "Forbidden", 404: "Not Found", 500: "Internal Server Error", 503: "Service Unavailable"}


def http_request(method, target, body=None, headers=(), host="www.example.com", version="1.1"):
    """@return the bytes of a request; headers is a list of (name, value); a body adds its Content-Length"""
    lines = ["%s %s HTTP/%s" % (method, target, version), "Host: " + host]
    lines += ["%s: %s" % header for header in headers]
    if body is not None:
        lines.append("Content-Length: %d" % len(body))
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1") + (body or b"")


def http_response(status, body=b"", content_type="text/html", headers=(), length=True, version="1.1"):
    """@return the bytes of an answer; content_type None leaves the header out, length False the Content-Length"""
    lines = ["HTTP/%s %d %s" % (version, status, REASONS.get(status, "Other"))]
    if content_type is not None:
        lines.append("Content-Type: " + content_type)
    lines += ["%s: %s" % header for header in headers]
    if length:
        lines.append("Content-Length: %d" % len(body))
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1") + body
