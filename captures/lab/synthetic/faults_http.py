# SPDX-License-Identifier: GPL-2.0-or-later
"""Faults that show in the HTTP answers of NDES, IIS, HTTP.sys and the proxies in front of them.

FAULTS: name -> (id of the hint that should lead, function of a Case). Each injects one fault into an enrollment that is
otherwise as it should be."""
import hashlib

from . import web
from .device import CISCO, IOS, WINDOWS, Device
from .ndes import Ndes
from .story import LOOKUP, REFUSED, UNANSWERED, UNREADABLE

FAULTS = {}


def fault(name, leading):
    """Registers a fault."""

    def register(function):
        FAULTS[name] = (leading, function)
        return function

    return register


class Case:
    """A device that is about to enroll with NDES, in a story that may hold others."""

    def __init__(self, story, number=0, habit=WINDOWS, **more):
        self.story, self.number = story, number
        self.server = more.pop("server", None) or Ndes(story)
        self.address = "192.0.2.%d" % (10 + number)
        self.device = self.new_device(habit, **more)

    def new_device(self, habit, **more):
        name = more.pop("name", "device-%d" % (self.number % 5 + 1))
        return Device(self.story, self.server, name, self.address, habit, **more)

    def use(self, habit, **more):
        """The device is of another make."""
        self.device = self.new_device(habit, **more)
        return self.device

    def begin(self):
        return self.device.begin()

    def message(self, **more):
        return self.device.request(self.device.csr(self.device.challenge()), **more)

    def fails_at(self, operation, response, outcome=REFUSED, habit=None):
        """The exchanges up to the operation are good, that one gets the response (None: no answer), and nothing
        follows."""
        device = self.use(habit) if habit else self.device
        self.begin()
        steps = ["GetCACaps", "GetCACert"] if device.habit.caps_first else ["GetCACert", "GetCACaps"]
        good = {"GetCACaps": self.server.caps, "GetCACert": self.server.ca_certificates}
        for step in steps:
            if step == operation:
                device.exchange(device.ask_for(step), response)
                device.enrollment.ends(outcome)
                return
            device.exchange(device.ask_for(step), good[step]())
        device.send(self.message(), response)
        device.enrollment.ends(outcome)


def negotiate():
    return web.iis_plain(
        401,
        "Unauthorized: Access is denied due to invalid credentials.",
        "You do not have permission to view this directory or page using the credentials that you supplied.",
        [("WWW-Authenticate", "Negotiate"), ("WWW-Authenticate", "NTLM")],
        "Unauthorized",
    )


def forbidden(sub="0", title="Forbidden", detail="You do not have permission to view this directory or page."):
    return web.iis_error(403, sub, title, detail, "Forbidden")


def not_found():
    return web.iis_plain(
        404,
        "File or directory not found.",
        (
            "The resource you are looking for might have been removed, had its name changed, or is temporarily "
            "unavailable."
        ),
        reason="Not Found",
    )


def app_proxy(status, title, detail):
    body = "<!DOCTYPE html><html><head><title>%s</title></head><body><h1>%s</h1><p>%s</p></body></html>" % (
        title,
        title,
        detail,
    )
    return web.Response(
        status,
        body.encode(),
        "text/html; charset=utf-8",
        [("Server", "Microsoft-IIS/10.0")],
        [
            ("X-MS-Proxy", "AzureAD-Application-Proxy"),
            ("Set-Cookie", "AzureAppProxyAnalyticCookie=none; domain=.msappproxy.net"),
        ],
    )


@fault("http-401-caps", "http_401_on_mscep")
def anonymous_off(case):
    case.fails_at("GetCACaps", negotiate())


@fault("http-403-pkioperation", "http_403_on_pkiop")
def forbidden_pkioperation(case):
    case.fails_at("PKIOperation", forbidden())


@fault("http-403-4", "http_403_4_ssl_required")
def needs_tls(case):
    case.fails_at(
        "GetCACaps",
        forbidden("4", "Forbidden", "The page you are trying to access is secured with Secure Sockets Layer (SSL)."),
    )


@fault("http-403-7", "http_403_7_client_cert_required")
def needs_client_certificate(case):
    case.fails_at(
        "GetCACaps",
        forbidden(
            "7",
            "Forbidden",
            (
                "The page you are attempting to access requires your browser to have a Secure Sockets "
                "Layer (SSL) client certificate that the Web server recognizes."
            ),
        ),
    )


@fault("http-404-path", "http_404_path")
def wrong_path(case):
    case.server = Ndes(case.story, case.server.pki, path="/certserv/mscep/mscep.dll")
    case.use(WINDOWS)
    case.fails_at("GetCACaps", not_found())


@fault("http-404-2", "http_404_2_isapi_restriction")
def isapi_restricted(case):
    case.fails_at(
        "GetCACaps",
        web.iis_error(
            404,
            "2",
            "Not Found",
            (
                "The page you are requesting cannot be served because of the ISAPI and CGI "
                "Restriction list settings on the Web server."
            ),
        ),
    )


@fault("http-404-3", "http_404_3_handler")
def no_handler(case):
    case.fails_at(
        "GetCACaps",
        web.iis_error(
            404,
            "3",
            "Not Found",
            "The page you are requesting cannot be served because of the extension configuration.",
        ),
    )


@fault("http-404-6", "http_404_6_verb")
def verb_denied(case):
    case.fails_at(
        "PKIOperation",
        web.iis_error(404, "6", "Not Found", "The request filtering module is configured to deny the HTTP verb."),
    )


@fault("http-405", "http_404_6_verb")
def method_not_allowed(case):
    response = web.iis_plain(
        405,
        "HTTP verb used to access this page is not allowed.",
        (
            "The page you are looking for cannot be displayed because an invalid method (HTTP verb) was used to "
            "attempt access."
        ),
        [("Allow", "GET, HEAD, OPTIONS")],
        "Method Not Allowed",
    )
    case.fails_at("PKIOperation", response)


@fault("http-404-11", "http_404_11_double_escape")
def double_escape(case):
    case.fails_at(
        "PKIOperation",
        web.iis_error(
            404,
            "11",
            "Not Found",
            "The request filtering module is configured to deny a request that contains a double escape sequence.",
        ),
        habit=CISCO,
    )


@fault("http-404-14", "http_404_14_url_too_long")
def url_too_long(case):
    case.fails_at(
        "PKIOperation",
        web.iis_error(
            404, "14", "Not Found", "The request filtering module is configured to deny a URL that is too long."
        ),
        habit=CISCO,
    )


@fault("http-404-15", "http_404_15_query_too_long")
def query_too_long(case):
    case.fails_at(
        "PKIOperation",
        web.iis_error(
            404,
            "15",
            "Not Found",
            "The request filtering module is configured to deny a request where the query string is too long.",
        ),
        habit=CISCO,
    )


@fault("http-413", "http_413_or_404_13")
def body_too_large(case):
    case.fails_at(
        "PKIOperation",
        web.iis_error(
            404,
            "13",
            "Not Found",
            "The request filtering module is configured to deny a request that exceeds the request content length.",
        ),
    )


@fault("http-414", "http_414_uri_too_long")
def uri_too_long(case):
    case.fails_at(
        "PKIOperation",
        web.Response(
            414,
            b"<html><head><title>414 Request-URI Too Large</title></head></html>",
            "text/html",
            [("Server", "nginx")],
        ),
        habit=CISCO,
    )


@fault("http-400-httpsys", "http_400_httpsys")
def httpsys_limit(case):
    case.fails_at(
        "PKIOperation",
        web.http_sys(
            400, "Bad Request - Request Too Long", "HTTP Error 400. The size of the request headers is too long."
        ),
        habit=CISCO,
    )


@fault("http-500-caps", "http_500_any_op")
def not_initialized(case):
    case.fails_at(
        "GetCACaps",
        web.iis_plain(
            500,
            "Internal server error.",
            "There is a problem with the resource you are looking for, and it cannot be displayed.",
            reason="Internal Server Error",
        ),
    )


@fault("http-500-0", "http_500_0_ra_cert")
def isapi_failed(case):
    page = web.iis_error(
        500,
        "0",
        "Internal Server Error",
        (
            "The page cannot be displayed because an internal server error has occurred. "
            "Module: IsapiModule; Handler: MSCEP-ISAPI; Error Code: 0x80070057"
        ),
    )
    for path in ("/certsrv/mscep_admin/", "/certsrv/mscep/mscep.dll"):
        request = web.get(path, case.server.host, "", None, [("User-Agent", "Mozilla/5.0")])
        request.target, request.operation = path, None
        case.device.exchange(request, page, enrollment=None)
    case.fails_at("GetCACaps", page)


@fault("http-500-cacert", "http_500_getcacert_impersonate")
def cannot_impersonate(case):
    case.fails_at(
        "GetCACert",
        web.iis_plain(
            500,
            "Internal server error.",
            "There is a problem with the resource you are looking for, and it cannot be displayed.",
            reason="Internal Server Error",
        ),
    )


@fault("http-500-pkioperation", "http_500_any_op")
def failed_on_request(case):
    case.fails_at(
        "PKIOperation",
        web.iis_plain(
            500,
            "Internal server error.",
            "There is a problem with the resource you are looking for, and it cannot be displayed.",
            reason="Internal Server Error",
        ),
    )


@fault("http-503-pool", "http_503_scep_pool")
def pool_stopped(case):
    case.fails_at("GetCACaps", web.http_sys(503, "Service Unavailable", "HTTP Error 503. The service is unavailable."))


@fault("http-503-2", "http_503_2_3_concurrency")
def too_many_requests(case):
    case.fails_at(
        "GetCACaps",
        web.iis_error(
            503, "2", "Service Unavailable", "The serverRuntime@appConcurrentRequestLimit setting is being exceeded."
        ),
    )


@fault("http-502-appproxy", "appproxy_502_bad_gateway")
def bad_gateway(case):
    case.server = Ndes(case.story, case.server.pki, host="ndes-contoso.msappproxy.net")
    case.use(WINDOWS)
    case.fails_at(
        "GetCACaps",
        app_proxy(
            502, "Bad Gateway", "This corporate app can't be accessed: the connector could not reach the back end."
        ),
    )


@fault("http-504-appproxy", "appproxy_504_gateway_timeout")
def gateway_timeout(case):
    case.server = Ndes(case.story, case.server.pki, host="ndes-contoso.msappproxy.net")
    case.use(WINDOWS)
    case.fails_at(
        "GetCACaps",
        app_proxy(504, "GatewayTimeout", "This corporate app can't be accessed: no connector answered in time."),
    )


@fault("http-403-appproxy", "appproxy_403_forbidden")
def user_assignment(case):
    case.server = Ndes(case.story, case.server.pki, host="ndes-contoso.msappproxy.net")
    case.use(WINDOWS)
    case.fails_at(
        "GetCACaps", app_proxy(403, "Forbidden", "This corporate app can't be accessed: you are not authorized.")
    )


@fault("redirect-login", "proxy_302_to_login")
def login(case):
    location = (
        "https://login.microsoftonline.com/00000000-0000-0000-0000-000000000001/oauth2/authorize"
        "?response_type=code&client_id=app"
    )
    case.fails_at(
        "GetCACaps",
        web.Response(
            302,
            b"<html><head><title>Object moved</title></head></html>",
            "text/html",
            web.IIS,
            [("Location", location)],
        ),
    )


@fault("redirect-https", "http_redirect_in_scep")
def to_https(case):
    location = "https://%s%s" % (case.server.host, case.server.path)
    case.fails_at("PKIOperation", web.Response(301, b"", None, [("Server", "nginx")], [("Location", location)]))


@fault("caps-html", "caps_is_html")
def caps_page(case):
    case.fails_at("GetCACaps", page_of("Sign in to the guest network"))


@fault("cacert-html", "cacert_html")
def cacert_page(case):
    case.fails_at("GetCACert", page_of("Network Device Enrollment Service"), REFUSED)


@fault("pkioperation-html", "certrep_html_200")
def pkioperation_page(case):
    case.fails_at("PKIOperation", page_of("Request blocked"))


def page_of(title):
    body = "<!DOCTYPE html>\r\n<html><head><title>%s</title></head>\r\n<body><h1>%s</h1></body></html>\r\n" % (
        title,
        title,
    )
    return web.Response(200, body.encode(), "text/html", web.IIS)


@fault("caps-empty", "caps_empty_or_zero")
def caps_nothing(case):
    """The client goes on without capabilities: GET, 3DES, SHA-1; and NDES answers 404 to the long URL."""
    device = case.use(CISCO)
    case.begin()
    device.exchange(device.ask_for("GetCACaps"), web.Response(200, b"", "text/plain", web.IIS))
    device.enrollment.ends(LOOKUP)


@fault("pkioperation-empty", "certrep_empty")
def empty_answer(case):
    case.fails_at("PKIOperation", web.Response(200, b"", web.PKI_MESSAGE, web.IIS), UNREADABLE)


@fault("pkioperation-unanswered", "http_request_no_reply")
def no_answer(case):
    case.fails_at("PKIOperation", None, UNANSWERED)


@fault("post-empty", "pkiop_empty_post")
def body_lost(case):
    """The body got lost on the way, as old macOS and NTLM round trips do it."""
    device = case.device
    case.begin()
    device.discover()
    request = device.carry(case.message())
    request.body, request.message = b"", None
    device.exchange(
        request, web.iis_plain(500, "Internal server error.", "invalid data length 0", reason="Internal Server Error")
    )
    device.enrollment.ends(REFUSED)


def browse(case, response, agent="Mozilla/5.0 (Windows NT 10.0; Win64; x64)", path=None, status=None):
    """A person looks at the URL with a browser: no operation=."""
    path = path or case.server.path
    request = web.get(path, case.server.host, "", None, [("User-Agent", agent)])
    request.target, request.operation = path, None
    case.device.exchange(request, response, enrollment=None)


def policy_module_page():
    """What NDES with the Intune policy module answers to a browser: healthy."""
    return forbidden()


def default_page():
    """NDES without the policy module; here as UTF-16 without a mark, as mscep_admin sends its pages."""
    text = (
        '<HTML><Head><Meta HTTP-Equiv="Content-Type" Content="text/html; charset=UTF-8">'
        "<Title>Network Device Enrollment Service</Title></Head>"
        "<Body><P ID=locPageTitle> <B> Network Device Enrollment Service </B></P></Body></HTML>"
    )
    return web.Response(200, text.encode("utf-16-le"), "text/html", web.IIS)


def admin_page(certificate, challenge):
    """mscep_admin with a one-time password; UTF-16LE and neither charset nor byte order mark."""
    print_of = hashlib.md5(certificate.der).hexdigest().upper()
    spaced = " ".join(print_of[at : at + 8] for at in range(0, 32, 8))
    text = (
        "<HTML><Head><Title>Network Device Enrollment Service</Title></Head><Body>"
        "<P> The thumbprint (hash value) for the CA certificate is: <B> %s </B></P>"
        "<P> The enrollment challenge password is: <B> %s </B></P>"
        "<P> This password can be used only once and will expire within 60 minutes. </P></Body></HTML>"
        % (spaced, challenge.text)
    )
    return web.Response(200, text.encode("utf-16-le"), "text/html", web.IIS)
