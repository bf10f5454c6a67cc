# SPDX-License-Identifier: GPL-2.0-or-later
"""A plain HTTP/1 client that sends exactly the bytes it is told to, in the pieces it is told to."""
import base64
import gzip
import re
import socket
import time
import urllib.parse

import lab

PATH = "/scep"


def escape(text, safe=""):
    return urllib.parse.quote(text, safe=safe)


def encodings(message):
    """Every shape of `message=` that clients are known to send for one pkiMessage: name -> query string."""
    text = base64.b64encode(message).decode()
    lines = [text[start:start + 64] for start in range(0, len(text), 64)]
    url_text = base64.urlsafe_b64encode(message).decode()
    lower = re.sub(r"%[0-9A-F]{2}", lambda match: match.group(0).lower(), escape(text))

    def query(value):
        return "operation=PKIOperation&message=" + value

    return {
        "rfc": query(escape(text)),
        "lower-case-escapes": query(lower),
        "lines-lf": query(escape("\n".join(lines) + "\n")),
        "lines-crlf": query(escape("\r\n".join(lines) + "\r\n")),
        "only-padding-escaped": query(escape(text, safe="+/")),
        "nothing-escaped": query(text),
        "plus-as-space": query(escape(text.replace("+", " "), safe="/")),
        "base64url": query(escape(url_text)),
        "base64url-no-padding": query(url_text.rstrip("=")),
        "no-padding": query(escape(text.rstrip("="))),
        "double-escaped": query(escape(escape(text))),
        "message-first": "message=%s&operation=PKIOperation" % escape(text),
        "extra-parameters": "profile=device&operation=PKIOperation&message=%s&site=lab" % escape(text),
    }


class Response:
    """One parsed answer."""

    def __init__(self, version, status, headers, body):
        self.version, self.status, self.headers, self.body = version, status, headers, body

    def content(self):
        """The body as the server meant it."""
        return gzip.decompress(self.body) if self.headers.get("content-encoding") == "gzip" else self.body


class Connection:
    """One TCP connection; close() or `with`."""

    def __init__(self, address=lab.SERVER, port=lab.SERVER_PORT, timeout=5):
        self.host = address if port == 80 else "%s:%d" % (address, port)
        self.socket = socket.create_connection((address, port), timeout=timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""

    def __enter__(self):
        return self

    def __exit__(self, *ignored):
        self.socket.close()

    def head(self, method, target, headers=(), version="1.1"):
        """Request line and header block; a Host header is always there."""
        lines = ["%s %s HTTP/%s" % (method, target, version), "Host: " + self.host]
        return ("\r\n".join(lines + ["%s: %s" % header for header in headers]) + "\r\n\r\n").encode()

    def send(self, *pieces, pause=0.0):
        """Each piece in a write of its own, so in segments of its own."""
        for number, piece in enumerate(pieces):
            if number:
                time.sleep(pause)
            self.socket.sendall(piece)

    def get(self, target, headers=(), version="1.1"):
        self.send(self.head("GET", target, headers, version))
        return self.response()

    def post(self, target, body, headers=(), version="1.1"):
        """Head and body in one write, as most clients do."""
        self.send(self.head("POST", target, list(headers) + [("Content-Length", str(len(body)))], version) + body)
        return self.response()

    def fill(self):
        data = self.socket.recv(65536)
        self.buffer += data
        return bool(data)

    def until(self, mark):
        while mark not in self.buffer:
            if not self.fill():
                raise lab.LabError("connection closed before %r" % mark)
        taken, _, self.buffer = self.buffer.partition(mark)
        return taken

    def exactly(self, count):
        while len(self.buffer) < count:
            if not self.fill():
                raise lab.LabError("connection closed inside a body")
        taken, self.buffer = self.buffer[:count], self.buffer[count:]
        return taken

    def response(self, head_request=False):
        """Reads the next answer; None where the server closed without one."""
        try:
            lines = self.until(b"\r\n\r\n").decode("latin-1").split("\r\n")
        except (lab.LabError, ConnectionResetError, socket.timeout):
            return None
        version, status = lines[0].split(" ")[0], int(lines[0].split(" ")[1])
        headers = {}
        for line in lines[1:]:
            name, _, value = line.partition(":")
            headers[name.strip().lower()] = value.strip()
        if head_request or status in (204, 304) or status < 200:
            body = b""
        elif "chunked" in headers.get("transfer-encoding", ""):
            body = self.chunks()
        elif "content-length" in headers:
            body = self.exactly(int(headers["content-length"]))
        else:
            while self.fill():
                pass
            body, self.buffer = self.buffer, b""
        return Response(version.split("/")[1], status, headers, body)

    def chunks(self):
        body = b""
        while True:
            size = int(self.until(b"\r\n").split(b";")[0], 16)
            body += self.exactly(size)
            self.until(b"\r\n")
            if not size:
                return body
