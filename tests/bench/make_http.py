# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes a capture of small HTTP exchanges without SCEP: make_http.py FILE [EXCHANGES]. The same bytes every time."""

import random
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from support.pcap import Pcap, http_request, http_response  # noqa: E402

PER_CONNECTION = 5
BROWSER = [("User-Agent", "Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/128.0"), ("Accept", "*/*"),
           ("Accept-Language", "en-GB,en;q=0.5"), ("Cookie", "session=4f6c1d0a9b; theme=dark")]
SERVER = [("Server", "Microsoft-IIS/10.0"), ("Date", "Tue, 14 Nov 2023 22:13:20 GMT"), ("Cache-Control", "no-cache")]


def exchange(chance):
    """@return a request and its answer, of one of the kinds that browsers and services exchange"""
    number = chance.randrange(10 ** 6)
    size = chance.choice((0, 120, 300, 700, 1200, 2500))
    kind = chance.randrange(6)
    if kind == 0:
        return (http_request("GET", "/font/%d.woff2" % number, headers=BROWSER),
                http_response(200, chance.randbytes(size), "font/woff2", SERVER))
    if kind == 1:
        return (http_request("GET", "/api/v1/items?operation=list&page=%d&sort=name" % number, headers=BROWSER),
                http_response(200, b'{"items": [%s]}' % b", ".join([b"%d" % number] * (size // 8)), "application/json",
                              SERVER))
    if kind == 2:
        return (http_request("POST", "/api/v1/items", b'{"name": "item %d"}' % number,
                             BROWSER + [("Content-Type", "application/json")]),
                http_response(204, b"", None, SERVER))
    if kind == 3:
        return (http_request("POST", "/upload/%d" % number, chance.randbytes(size),
                             BROWSER + [("Content-Type", "application/octet-stream")]),
                http_response(200, b"stored", "text/plain", SERVER))
    if kind == 4:
        return (http_request("GET", "/old/%d" % number, headers=BROWSER),
                http_response(chance.choice((302, 304, 404, 500, 503)), b"", "text/html", SERVER))
    return (http_request("GET", "/page/%d.html" % number, headers=BROWSER),
            http_response(200, b"<html><body>" + b"<p>lorem ipsum</p>" * (size // 18) + b"</body></html>",
                          headers=SERVER))


def add_exchanges(pcap, count, chance):
    """Adds count exchanges, some to a connection."""
    for start in range(0, count, PER_CONNECTION):
        connection = pcap.tcp(server_port=chance.choice((80, 80, 8080)))
        for _ in range(min(PER_CONNECTION, count - start)):
            connection.exchange(*exchange(chance))
        connection.close()


if __name__ == "__main__":
    CAPTURE = Pcap()
    add_exchanges(CAPTURE, int(sys.argv[2]) if len(sys.argv) > 2 else 2000, random.Random(7))
    CAPTURE.write(sys.argv[1])
