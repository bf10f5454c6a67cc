# SPDX-License-Identifier: GPL-2.0-or-later
"""HTTP/1 requests and responses as SCEP peers write them, down to the odd encodings of message= in a GET."""
import base64
import datetime
import gzip
import urllib.parse

IIS = [("Server", "Microsoft-IIS/10.0"), ("X-Powered-By", "ASP.NET")]
HTTP_SYS = [("Server", "Microsoft-HTTPAPI/2.0")]
GO = []
REASON = {
    200: "OK",
    301: "Moved Permanently",
    302: "Found",
    307: "Temporary Redirect",
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    413: "Request Entity Too Large",
    414: "Request-URI Too Long",
    500: "Internal Server Error",
    501: "Not Implemented",
    502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Gateway Timeout",
}

CA_CERT, CA_RA_CERT = "application/x-x509-ca-cert", "application/x-x509-ca-ra-cert"
CA_CHAIN, NEXT_CA = "application/x-x509-ca-ra-cert-chain", "application/x-x509-next-ca-cert"
PKI_MESSAGE = "application/x-pki-message"


def _lines(text, ending):
    return "".join(text[at : at + 64] + ending for at in range(0, len(text), 64))


def get_encoding(data, how="rfc"):
    """The value of message=, each way that a client has been seen to write it (or plausibly might)."""
    text = base64.b64encode(data).decode()
    if how == "rfc":  # RFC 8894 4.1: + / = escaped
        return urllib.parse.quote(text, safe="")
    if how == "lines":  # Cisco, OpenSSL's BIO: a line feed every 64 characters and at the end
        return urllib.parse.quote(_lines(text, "\n"), safe="")
    if how == "crlf":
        return urllib.parse.quote(_lines(text, "\r\n"), safe="")
    if how == "equals":  # macOS and iOS: only = escaped
        return urllib.parse.quote(text, safe="+/")
    if how == "raw":
        return text
    if how == "url":  # base64url
        return base64.urlsafe_b64encode(data).decode()
    if how == "url-bare":
        return base64.urlsafe_b64encode(data).decode().rstrip("=")
    if how == "bare":  # no padding
        return urllib.parse.quote(text.rstrip("="), safe="")
    if how == "twice":  # %252B
        return urllib.parse.quote(urllib.parse.quote(text, safe=""), safe="")
    if how == "spaces":  # + already turned into a space by something on the way
        return urllib.parse.quote(text.replace("+", " "), safe="")
    if how == "lower":  # %2b
        return text.replace("+", "%2b").replace("/", "%2f").replace("=", "%3d")
    raise ValueError(how)


ENCODINGS = ("rfc", "lines", "crlf", "equals", "raw", "url", "url-bare", "bare", "twice", "spaces", "lower")


class Request:
    """facts: what the expectation file says of it besides frame and message."""

    def __init__(
        self, method, target, host, headers=(), body=b"", version="1.1", operation=None, identifier=None, message=None
    ):
        self.method, self.target, self.host, self.headers, self.body, self.version = (
            method,
            target,
            host,
            list(headers),
            body,
            version,
        )
        self.operation, self.identifier, self.message = operation, identifier, message

    def render(self):
        lines = ["%s %s HTTP/%s" % (self.method, self.target, self.version)]
        lines += ["%s: %s" % header for header in ([("Host", self.host)] if self.host else []) + self.headers]
        if self.body or self.method == "POST":
            lines.append("Content-Length: %d" % len(self.body))
        return "\r\n".join(lines + ["", ""]).encode("latin-1") + self.body


def get(path, host, operation, value=None, headers=(), version="1.1", message=None, more="", first=True):
    """GET path?operation=...&message=value; more: further parameters; first: operation= stands first."""
    parts = ["operation=" + operation] + (["message=" + value] if value is not None else [])
    query = "&".join(parts if first else parts[::-1]) + more
    identifier = None if message else urllib.parse.unquote(value) if value is not None else None
    return Request(
        "GET",
        path + "?" + query,
        host,
        headers,
        version=version,
        operation=operation,
        identifier=identifier,
        message=message,
    )


def post(path, host, message, headers=(), content_type=PKI_MESSAGE, operation="PKIOperation", body=None, version="1.1"):
    """POST of a scep.Message; operation None leaves the query out, content_type None the header."""
    target = path + ("?operation=" + operation if operation else "")
    headers = list(headers) + ([("Content-Type", content_type)] if content_type else [])
    return Request(
        "POST",
        target,
        host,
        headers,
        message.der if body is None else body,
        version,
        operation or "PKIOperation",
        message=message,
    )


class Response:
    """until_close: no Content-Length, the body ends with the connection; chunk: size of chunks, 0 for none."""

    def __init__(
        self,
        status,
        body=b"",
        content_type=None,
        server=(),
        headers=(),
        message=None,
        version="1.1",
        reason=None,
        until_close=False,
        chunk=0,
        compress=False,
        dated=True,
        facts=None,
    ):
        self.status, self.body, self.content_type, self.server = status, body, content_type, list(server)
        self.headers, self.message, self.version, self.reason = (
            list(headers),
            message,
            version,
            reason or REASON.get(status, ""),
        )
        self.until_close, self.chunk, self.compress, self.dated, self.facts = (
            until_close,
            chunk,
            compress,
            dated,
            facts or {},
        )

    def render(self, moment):
        """moment: the server's clock, in seconds since 1970."""
        body = gzip.compress(self.body, mtime=0) if self.compress else self.body
        headers = ([("Content-Type", self.content_type)] if self.content_type else []) + self.server + self.headers
        if self.compress:
            headers.append(("Content-Encoding", "gzip"))
        if self.dated:
            date = datetime.datetime.fromtimestamp(moment, datetime.timezone.utc)
            headers.append(("Date", date.strftime("%a, %d %b %Y %H:%M:%S GMT")))
        if self.chunk:
            headers.append(("Transfer-Encoding", "chunked"))
            pieces = [body[at : at + self.chunk] for at in range(0, len(body), self.chunk)]
            body = b"".join(b"%x\r\n" % len(piece) + piece + b"\r\n" for piece in pieces) + b"0\r\n\r\n"
        elif self.until_close:
            headers.append(("Connection", "close"))
        else:
            headers.append(("Content-Length", str(len(body))))
        lines = ["HTTP/%s %d %s" % (self.version, self.status, self.reason)] + ["%s: %s" % header for header in headers]
        return "\r\n".join(lines + ["", ""]).encode("latin-1") + body


def answer(message, server=IIS, content_type=PKI_MESSAGE, **more):
    """200 with a CertRep."""
    return Response(200, message.der, content_type, server, message=message, **more)


def caps(keywords, ending="\r\n", server=IIS, content_type="text/plain", last=True, **more):
    body = ending.join(keywords) + (ending if last else "")
    return Response(200, body.encode(), content_type, server, facts={"capabilities": list(keywords)}, **more)


def certificates(found, body, content_type, server=IIS, **more):
    """GetCACert and its kin: found are (role, x509.Certificate) as in the body."""
    facts = {"certificates": [dict(one.facts(), role=role) for role, one in found]}
    return Response(200, body, content_type, server, facts=facts, **more)


def iis_error(status, sub, title, detail, reason=None, headers=()):
    """The detailed error page of IIS, cut down to what tells one error from another."""
    body = (
        '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN"'
        ' "http://www.w3.org/TR/xhtml1/DTD/xhtml1-strict.dtd">\r\n'
        '<html xmlns="http://www.w3.org/1999/xhtml">\r\n<head>\r\n'
        "<title>IIS 10.0 Detailed Error - %d.%s - %s</title>\r\n"
        '</head>\r\n<body>\r\n<div id="content"><div class="content-container">\r\n'
        "<h3>HTTP Error %d.%s - %s</h3>\r\n<h4>%s</h4>\r\n</div></div>\r\n</body>\r\n</html>\r\n"
        % (status, sub, title, status, sub, title, detail)
    )
    return Response(
        status,
        body.encode(),
        "text/html; charset=utf-8",
        IIS,
        headers,
        reason=reason or title,
        facts={"sub_status": "%d.%s" % (status, sub)},
    )


def iis_plain(status, title, detail, headers=(), reason=None):
    """The short page that IIS gives to remote clients: no sub-status."""
    body = (
        '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN"'
        ' "http://www.w3.org/TR/xhtml1/DTD/xhtml1-strict.dtd">\r\n'
        '<html xmlns="http://www.w3.org/1999/xhtml">\r\n<head>\r\n<title>%d - %s</title>\r\n</head>\r\n<body>\r\n'
        '<div id="header"><h1>Server Error</h1></div>\r\n<div id="content">\r\n<h2>%d - %s</h2>\r\n<h3>%s</h3>\r\n'
        "</div>\r\n</body>\r\n</html>\r\n" % (status, title, status, title, detail)
    )
    return Response(status, body.encode(), "text/html", IIS, headers, reason=reason)


def http_sys(status, title, detail, reason=None):
    """What HTTP.sys answers by itself, before IIS sees the request."""
    body = (
        '<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.01//EN""http://www.w3.org/TR/html4/strict.dtd">\r\n'
        "<HTML><HEAD><TITLE>%s</TITLE>\r\n"
        '<META HTTP-EQUIV="Content-Type" Content="text/html; charset=us-ascii"></HEAD>\r\n'
        "<BODY><h2>%s</h2>\r\n<hr><p>%s</p>\r\n</BODY></HTML>\r\n" % (title, title, detail)
    )
    return Response(
        status, body.encode(), "text/html; charset=us-ascii", HTTP_SYS, [("Connection", "close")], reason=reason
    )
