# SPDX-License-Identifier: GPL-2.0-or-later
"""Faults that show in what stands around one message: what the server offered before, what it showed or issued before,
which server was tried first, what is left of an answer once it is opened.

The rows are those of faults_message.MESSAGE_FAULTS."""
import dataclasses

from . import scep, web, x509
from .captures_ndes import enroll
from .device import IOS, PLAIN, SSCEP, WINDOWS
from .faults_http import app_proxy, forbidden
from .faults_message import csr_fault, fault, own_server, stops
from .ndes import Ndes, Pki
from .server import Server
from .story import ABANDONED, ISSUED, PENDING, REFUSED, SECOND

MAC = dataclasses.replace(IOS, user_agent="mdmclient/1.0 CFNetwork/1568.300.101 Darwin/24.2.0", caps_first=True)


@fault("http-404-appproxy", "appproxy_url_wrong")
def not_published(case):
    case.server = Ndes(case.story, case.server.pki, host="ndes-contoso.msappproxy.net", path="/certsrv/mscep/mscep.dll")
    case.use(WINDOWS)
    case.fails_at("GetCACaps", app_proxy(404, "Not Found", "This corporate app can't be found."))


@fault("http-403-6", "http_403_ip_restriction")
def address_refused(case):
    case.fails_at(
        "GetCACaps", forbidden("6", "Forbidden", "The IP address from which you are browsing is not permitted.")
    )


@fault("http-500-handler-order", "http_500_0_handler_order")
def handler_order(case):
    text = "The page cannot be displayed. Module: IsapiModule; Handler: MSCEP-ISAPI; Error Code: 0x800700ea"
    page = web.iis_error(500, "0", "Internal Server Error", text)
    for path in ("/certsrv/mscep_admin/", "/certsrv/mscep/mscep.dll"):
        request = web.get(path, case.server.host, "", None, [("User-Agent", "Mozilla/5.0")])
        request.target, request.operation = path, None
        case.device.exchange(request, page, enrollment=None)
    case.fails_at("GetCACaps", page)


@fault("post-filtered", "http_status_other")
def filtered(case):
    """A web filter refuses a POST that does not say what it carries."""
    page = web.Response(
        415, b"<html><title>Unsupported</title></html>", "text/html", [("Server", "filter")], reason="Unsupported"
    )
    case.fails_at("PKIOperation", page)


@fault("mac-stops-after-caps", "caps_required_missing_ios18")
def mac_stops(case):
    device = case.use(MAC)
    case.begin()
    device.exchange(device.ask_for("GetCACaps"), case.server.caps(("POSTPKIOperation", "SHA-256", "DES3")))
    device.enrollment.ends(ABANDONED)


@fault("answer-stronger", "certrep_digest_not_offered")
def answer_stronger(case):
    """The server answers with what it does not list, and the client starts over."""
    case.server = Server(case.story)
    device = case.use(dataclasses.replace(PLAIN, digest="sha1"))
    for _ in range(2):
        case.begin()
        device.discover(case.server.caps(("POSTPKIOperation", "SHA-1", "AES")))
        message = case.message()
        issued = case.server.pki.issue(device.csr(), case.story.moment())
        device.send(message, case.server.success(message, device.signer, issued, digest="sha256"))
        device.enrollment.ends(ISSUED)
        device.wait(120)


@fault("success-empty", "certrep_success_no_certificate", keys=True)
def success_empty(case):
    device = own_server(case)
    case.begin()
    device.discover()
    message = case.message()
    seal = scep.Sealing(device.sealing(device.signer).recipients, "aes-128-cbc", rng=case.server.rng)
    answer = scep.success(device.transaction, case.server.nonces(message), case.server.signing(message), seal)
    device.send(message, web.answer(answer, case.server.headers))
    device.enrollment.ends(PENDING)


csr_fault("csr-name-escaped", "csr_subject_escaped", subject="C=XX, O=Contoso, CN=Doe\\, Jane",
          csr=lambda device: device.csr(device.challenge()))


@fault("issued-not-yet-valid", "issued_not_valid_now", keys=True)
def issued_in_advance(case):
    device = own_server(case)
    case.begin()
    device.discover()
    message = case.message()
    issued = case.server.pki.issue(device.csr(), case.story.moment() + 2 * x509.DAY)
    device.send(message, case.server.success(message, device.signer, issued))
    device.enrollment.ends(ISSUED)


@fault("name-issued-before", "certrep_fail_badrequest", keys=True)
def name_known(case):
    """A wiped device enrolls again under its name with a new key: the server has a certificate for it."""
    subject = "C=XX, O=Example Lab, CN=laptop"
    case.server = Server(case.story)
    enroll(case.use(PLAIN, subject=subject), case.server)
    case.story.now += 7200 * SECOND
    device = case.use(PLAIN, name="device-2", subject=subject)
    case.begin()
    device.discover()
    message = case.message()
    device.send(message, case.server.failure(message, scep.BAD_REQUEST))
    device.enrollment.ends(REFUSED)


@fault("root-changed", "cacert_root_not_expected")
def root_changed(case):
    """The CA was renewed with a new key; the profile of the devices names the old root."""
    enroll(case.use(WINDOWS), case.server)
    case.story.now += 3600 * SECOND
    case.server = Ndes(case.story, Pki("fabrikam", prefix="second-"))
    stops(case, times=1)


@fault("first-url-down", "http_503_scep_pool")
def first_url_down(case):
    """The second NDES server of the list would do it, and refuses for a reason of its own."""
    page = web.http_sys(503, "Service Unavailable", "HTTP Error 503. The service is unavailable.")
    case.fails_at("GetCACaps", page)
    case.story.now += 10 * SECOND
    case.server = Ndes(case.story, Pki(prefix="second-", host="NDES02"), "198.51.100.21")
    enroll(case.use(WINDOWS), case.server)


@fault("sscep-second-ca", "http_404_unknown_ca_ident")
def other_identifier(case):
    case.server = Server(case.story, path="/scep/pkiclient.exe")
    case.use(SSCEP)
    case.fails_at("GetCACert", web.Response(404, b"no such CA", "text/plain"))
