# SPDX-License-Identifier: GPL-2.0-or-later
"""Requests and answers are found wherever Wireshark finds TCP: whatever the addresses are, below any encapsulation."""

import struct

import pytest

from support.pcap import Pcap, http_request, http_response

ETHERNET = 14
CLIENT_PORT = 49152  # c0 00

# Both addresses hold the octets of the ports (c0 00 00 50, and turned round), and the sequence numbers begin with what
# would be the length of a TCP header there.
LOOKALIKE = {"client": "192.0.0.80", "server": "0.80.192.0", "client_port": CLIENT_PORT,
             "sequence": (0x60000000, 0x70000000)}


def packets(**addresses):
    """@return the IP packets of a connection with two requests and their answers"""
    pcap = Pcap()
    connection = pcap.tcp(**addresses)
    connection.exchange(http_request("GET", "/certsrv/mscep/mscep.dll?operation=GetCACaps&message=x"),
                        http_response(200, b"AES\nSHA-256\n", "text/plain"))
    connection.exchange(http_request("GET", "/certsrv/mscep/mscep.dll?operation=GetCACert&message=x"),
                        http_response(404, b"no"))
    connection.close()
    return [frame[ETHERNET:] for frame in pcap.frames]


def ethernet(kind, payload):
    return b"\x02\0\0\0\0\2\x02\0\0\0\0\1" + struct.pack("!H", kind) + payload


def ipv4(protocol, payload, fragment=0, number=1):
    return struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), number, fragment, 64, protocol, 0,
                       b"\x0a\0\0\1", b"\x0a\0\0\2") + payload


def ipv6(next_header, payload):
    # The addresses are those of the packet, in the last four octets.
    return struct.pack("!IHBB", 0x60000000, len(payload), next_header, 64) + b"\x20\1\r\xb8" + b"\0" * 8


def as_ipv6(packet, extension=b"", first=6):
    header = ipv6(first, extension + packet[20:])
    source, target = packet[12:16], packet[16:20]
    return header + source + header[8:] + target + extension + packet[20:]


def with_addresses(packet, made):
    """@return what was made, from and to whom the packet is"""
    return made[:12] + packet[12:20] + made[20:]


def authentication_header(packet):
    return with_addresses(packet, ipv4(51, struct.pack("!BBHII", 6, 4, 0, 1, 1) + b"\0" * 12 + packet[20:]))


def fragments(packet, number):
    """Two fragments where there is enough to cut."""
    payload = packet[20:]
    if len(payload) < 64:
        return [ethernet(0x0800, packet)]
    return [ethernet(0x0800, with_addresses(packet, ipv4(6, part, fragment, number)))
            for part, fragment in ((payload[:32], 0x2000), (payload[32:], 32 // 8))]


ENCAPSULATIONS = {
    "plain": lambda packet, _: [ethernet(0x0800, packet)],
    "vlan": lambda packet, _: [ethernet(0x8100, b"\0\x0a\x08\0" + packet)],
    "ip in ip": lambda packet, _: [ethernet(0x0800, ipv4(4, packet))],
    "gre": lambda packet, _: [ethernet(0x0800, ipv4(47, b"\0\0\x08\0" + packet))],
    "vxlan": lambda packet, _: [ethernet(0x0800, ipv4(17, struct.pack(
        "!HHHH", 49152, 4789, 8 + 8 + ETHERNET + len(packet), 0) + b"\x08\0\0\0\0\0\1\0" + ethernet(0x0800, packet)))],
    "authentication header": lambda packet, _: [ethernet(0x0800, authentication_header(packet))],
    "ipv6": lambda packet, _: [ethernet(0x86dd, as_ipv6(packet))],
    "ipv6, hop by hop": lambda packet, _: [ethernet(0x86dd, as_ipv6(packet, b"\6\0\1\4\0\0\0\0", 0))],
    "ipv6 in ip": lambda packet, _: [ethernet(0x0800, ipv4(41, as_ipv6(packet)))],
    "fragments": fragments,
}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """@return function: the capture of one encapsulation, with addresses of one kind"""
    folder = tmp_path_factory.mktemp("segment")

    def make(encapsulation, addresses):
        pcap = Pcap()
        for number, packet in enumerate(packets(**addresses), 1):
            for frame in ENCAPSULATIONS[encapsulation](packet, number):
                pcap.frame(frame)
        return pcap.write(folder / "made.pcap")

    return make


@pytest.mark.parametrize("two_pass", [False, True], ids=["one pass", "two passes"])
@pytest.mark.parametrize("encapsulation,addresses", [("plain", {})] + [(name, LOOKALIKE) for name in ENCAPSULATIONS])
def test_every_message_is_found(tshark, made, encapsulation, addresses, two_pass):
    found = tshark.fields(made(encapsulation, addresses), "scep.operation", "scep.http_status", only="scep",
                          two_pass=two_pass)
    assert [(frame["scep.operation"], frame["scep.http_status"]) for frame in found] == [
        (["GetCACaps"], []), (["GetCACaps"], ["200"]), (["GetCACert"], []), (["GetCACert"], ["404"])]


def test_a_quoted_segment_is_none(tshark, made, tmp_path):
    """An ICMP message quotes the beginning of a packet: the frame carries none of it."""
    pcap = Pcap()
    for packet in packets():
        pcap.frame(ethernet(0x0800, packet))
        pcap.frame(ethernet(0x0800, ipv4(1, b"\3\1\0\0\0\0\0\0" + packet)))
    path = pcap.write(tmp_path / "quoted.pcap")
    assert tshark.frames(path, "scep") == [frame * 2 - 1 for frame in tshark.frames(made("plain", {}), "scep")]


@pytest.mark.parametrize("protocol", ["ip", "tcp"])
def test_a_protocol_that_is_switched_off_stays_off(tshark, stock, made, protocol):
    path = made("plain", {})
    assert tshark.read(path, "--disable-protocol", protocol) == stock.read(path, "--disable-protocol", protocol)


def test_layers_are_counted_as_ever(tshark, stock, made):
    path = made("ip in ip", {})
    wanted = ("frame.protocols", "ip.src#2", "tcp.srcport#1") if stock.version() >= (4, 2) else ("frame.protocols",)
    assert [frame["frame.protocols"][0].replace(":scep", "") for frame in tshark.fields(path, *wanted)] == [
        frame["frame.protocols"][0] for frame in stock.fields(path, *wanted)]


def test_decode_as_has_its_lists(tshark, stock):
    """Where the name of a protocol is wrong, tshark lists what there is: once each, with nothing on top."""
    process = tshark.start("-d", "ip.proto==6,nonesuch", "-r", "/dev/null")
    assert process.returncode != 0
    assert "tcp" in process.stderr and "Valid protocols" in process.stderr


def test_other_rows_stay_in_the_lists(tshark, stock):
    """Rows that are wrapped have no protocol, so that it is not counted twice; all others are as they were. Since 4.2
    the list has media types too."""
    own, before = set(tshark.report("decodes")), set(stock.report("decodes"))
    gone = before - own - {"media_type\tapplication/vnd.syncml.dm+wbxml\twbxml"}
    assert gone == {"ip.proto\t6\ttcp", "ip.proto\t17\tudp"}
