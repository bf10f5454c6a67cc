# SPDX-License-Identifier: GPL-2.0-or-later
"""Faults that a SCEP server tells of in its own words, and statuses that take their neighbors to be understood.

The rows are those of faults_http.FAULTS; where a key is needed, of faults_message.MESSAGE_FAULTS."""
import dataclasses
import json

from . import der, web
from .device import ANDROID, CISCO, PLAIN, SSCEP, WINDOWS
from .faults_http import FAULTS, app_proxy, browse, fault, forbidden, not_found
from .faults_message import MESSAGE_FAULTS
from .ndes import Ndes
from .server import Server
from .story import ISSUED, REFUSED

GO = [("X-Content-Type-Options", "nosniff")]
# Larger than Cisco IOS makes them, so that the URL is near the limits of the servers.
LONG_GET = dataclasses.replace(CISCO, get_encoding="rfc")


def says(status, text, content_type="text/plain; charset=utf-8", headers=(), reason=None):
    return web.Response(status, text.encode(), content_type, [("Server", "scep-lab/1.0")], headers, reason=reason)


def told_by(name, leading, response, habit=PLAIN, operation="PKIOperation", path="/scep"):
    """A fault that is nothing but this answer of a server that is not NDES."""

    def inject(case):
        case.server = Server(case.story, path=path)
        case.fails_at(operation, response, habit=habit)

    inject.__doc__ = name
    FAULTS["says-" + name] = (leading, inject)


def page(title, heading, text=""):
    return "<html><head><title>%s</title></head><body><h1>%s</h1><p>%s</p></body></html>" % (title, heading, text)


told_by("nothing-known", "server_says", says(409, "two moons stand in the sky\n"))
told_by("algorithm", "server_says_algorithm",
        says(400, json.dumps({"message": "the digest algorithm is not supported"}), "application/json"))
told_by("unreadable", "server_says_unreadable",
        says(500, "scep post request failed: asn1: structure error\n", headers=GO))
told_by("cannot-decrypt", "server_says_cannot_decrypt",
        says(500, page("Error", "Error 500", "the envelope could not be decrypted"), "text/html"))
told_by("signature", "server_says_signature", says(500, "message rejected: invalid signature\n", headers=GO))
told_by("challenge", "server_says_challenge",
        says(403, json.dumps({"error": "forbidden", "error_description": "the challenge has expired"}),
             "application/json"))
told_by("renewal", "server_says_renewal", says(400, "too early: certificates are not renewed in their first half"))
told_by("unknown-client", "server_says_unknown_client",
        says(404, json.dumps({"title": "Not Found", "detail": "device not registered"}), "application/problem+json"))
told_by("not-allowed", "server_says_not_allowed", says(400, "a key size of 2048 is not allowed here"))
told_by("address", "server_says_address", says(400, "unknown operation\n"), operation="GetCACaps")
told_by("own-fault", "server_says_own_fault", says(500, "unable to reach the database\n"))
told_by("nothing", "http_500_no_reason", says(500, "Internal Server Error\n"))
told_by("nothing-of-ber", "ber_not_read", says(500, ""), habit=ANDROID)
told_by("page-of-status", "http_error_on_this_request", says(404, page("404 Not Found", "Not Found"), "text/html"))
told_by("refused-401", "http_401_refused", says(401, ""), operation="GetCACaps")
told_by("sign-in-401", "http_401_wants_sign_in",
        says(401, "", headers=[("WWW-Authenticate", 'Basic realm="x"')]), operation="GetCACaps")
told_by("port-in-path", "url_port_in_path", says(404, page("404 Not Found", "Not Found"), "text/html"),
        operation="GetCACert", path="/scep:8081/enroll", habit=dataclasses.replace(SSCEP, caps_first=False))


@fault("says-ber", "server_cannot_read_ber")
def cannot_read_ber(case):
    """A Java client writes BER, and the server takes the digest of something else; one that writes DER is served."""
    case.server = Server(case.story)
    device = case.use(PLAIN)
    case.begin()
    device.discover()
    message = case.message()
    issued = case.server.pki.issue(device.csr(), case.story.moment())
    device.send(message, case.server.success(message, device.signer, issued))
    device.enrollment.ends(ISSUED)
    device.leave()
    case.number = 1
    case.address = "192.0.2.11"
    case.fails_at("PKIOperation", says(500, "the message digest does not match\n", headers=GO), habit=ANDROID)


@fault("says-all-fail", "http_500_no_reason")
def all_fail(case):
    """Every call fails in the same way."""
    case.server = Server(case.story)
    device = case.use(PLAIN)
    case.begin()
    for operation in ("GetCACaps", "GetCACert"):
        device.exchange(device.ask_for(operation), says(500, ""))
    device.enrollment.ends(REFUSED)


@fault("ndes-all-fail", "http_500_any_op")
def ndes_all_fail(case):
    """NDES fails on GetCACert as on the call before it."""
    failed = web.iis_plain(500, "Internal server error.", "There is a problem.", reason="Internal Server Error")
    case.begin()
    for operation in ("GetCACaps", "GetCACert"):
        case.device.exchange(case.device.ask_for(operation), failed)
    case.device.enrollment.ends(REFUSED)


@fault("http-404-served", "http_error_on_this_request")
def not_found_although_served(case):
    """404 on a path of NDES that served other calls."""
    case.fails_at("PKIOperation", not_found())


@fault("admin-refused", "admin_page_refused")
def admin_refused(case):
    """The page for challenge passwords is refused."""
    browse(case, forbidden(), path="/certsrv/mscep_admin/")


@fault("appproxy-host-403", "appproxy_403_forbidden")
def refused_by_host(case):
    """Entra Application Proxy refuses, known by the name of the host alone."""
    case.server = Ndes(case.story, case.server.pki, host="ndes-contoso.msappproxy.net")
    case.use(WINDOWS)
    answer = says(403, page("Forbidden", "Forbidden"), "text/html")
    case.fails_at("GetCACaps", answer)


@fault("appproxy-page-403", "appproxy_403_forbidden")
def refused_by_page(case):
    """And by its page alone."""
    text = app_proxy(403, "Forbidden", "This corporate app can't be accessed.").body.decode()
    case.fails_at("GetCACaps", says(403, text, "text/html"))


@fault("http-414-near-limit", "http_414_uri_too_long")
def too_long(case):
    """The status says that it is too long; that it is near a limit says no more."""
    long_names = ["DNS:%s-%d.contoso.example" % ("x" * 50, number) for number in range(40)]
    device = case.use(LONG_GET, names=long_names)
    case.begin()
    device.discover()
    device.send(case.message(), says(414, page("414 Request-URI Too Large", "414 Request-URI Too Large"), "text/html"))
    device.enrollment.ends(REFUSED)


def without_challenge(case):
    """500 without a word to a request without a challenge."""
    case.server = Server(case.story)
    device = case.use(PLAIN)
    case.begin()
    device.discover()
    device.send(device.request(device.csr()), says(500, ""))
    device.enrollment.ends(REFUSED)


MESSAGE_FAULTS["says-nothing-no-challenge"] = (
    ("pkiop_challenge_absent", "http_500_after_bad_challenge"), True, without_challenge)
