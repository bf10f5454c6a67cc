# SPDX-License-Identifier: GPL-2.0-or-later
"""Enrollments with nothing wrong: no hint above a note may stand on any of them.

HEALTHY: name -> function of a faults_http.Case."""
import dataclasses

from . import scep, web
from .captures_enrollments import behind_one, renew, through_proxy
from .captures_ndes import enroll, submit, wait_for_approval
from .captures_encodings import rollover_asked
from .device import ANDROID, IOS, PLAIN, WINDOWS
from .faults_http import admin_page, browse, negotiate, not_found, policy_module_page
from .server import Server

HEALTHY = {}


def healthy(function):
    HEALTHY[function.__name__.replace("_", "-")] = function
    return function


@healthy
def windows(case):
    enroll(case.use(WINDOWS, names=["DNS:device-1.contoso.example"]), case.server)


@healthy
def ios(case):
    enroll(case.use(IOS, names=["UPN:user@contoso.example"]), case.server)


@healthy
def android(case):
    enroll(case.use(ANDROID), case.server)


@healthy
def standard(case):
    """By RFC 8894, with a CA that answers for itself."""
    case.server = Server(case.story)
    enroll(case.use(PLAIN), case.server)


@healthy
def issued_in_clear(case):
    """As micromdm and step-ca answer, with modern algorithms."""
    case.server = Server(case.story)
    device = case.use(PLAIN)
    case.begin()
    device.discover()
    message = case.message()
    issued = case.server.pki.issue(device.csr(), case.story.moment())
    shown = {"certificates": (issued, case.server.pki.ca)}
    device.send(message, case.server.success(message, device.signer, issued, signing=shown))
    device.enrollment.ends("issued")


@healthy
def renewal(case):
    case.server = Server(case.story)
    first = case.use(PLAIN)
    enroll(first, case.server, days=60)
    first.wait(50 * 86400)
    second = case.use(PLAIN, name="device-1-renewal-1", subject="C=XX, O=Contoso, CN=device-1")
    renew(second, case.server, first.certificate, scep.RENEWAL_REQ, 60)


@healthy
def approved(case):
    wait_for_approval(case.use(IOS), case.server, polls=2, delay=60, approved=True)


@healthy
def lost_answer_then_retry(case):
    device = case.use(WINDOWS)
    case.begin()
    device.discover()
    message = case.message()
    device.send(message, None)
    device.wait(30)
    issued = case.server.pki.issue(device.csr(), case.story.moment())
    device.send(message, case.server.success(message, device.signer, issued))
    device.enrollment.ends("issued")


@healthy
def browser_then_windows(case):
    """403.0 on the bare address is what NDES with the Intune policy module answers."""
    browse(case, policy_module_page())
    enroll(case.use(WINDOWS), case.server)


@healthy
def proxied(case):
    front, back = "203.0.113.80", case.story.link("198.51.100.80", case.server.address)
    device = case.use(WINDOWS)
    device.enrollment = case.story.enrollment(device.address, front)
    message = case.message()
    issued = case.server.pki.issue(device.csr(), case.story.moment())
    answer = case.server.success(message, device.signer, issued)
    steps = [
        (device.ask_for("GetCACaps"), case.server.caps()),
        (device.ask_for("GetCACert"), case.server.ca_certificates()),
    ]
    for request, response in steps + [(device.carry(message), answer)]:
        link = case.story.link(device.address, front)
        through_proxy(link, back, request, response, device.enrollment, 20000)
        link.close()
        case.story.now = max(link.now, back.now) + 15000
    back.close()
    device.enrollment.ends("issued")


@healthy
def many(case):
    behind_one(case.story, refused_every=0)


@healthy
def next_ca(case):
    rollover_asked(case.story)


@healthy
def next_ca_not_offered(case):
    """A client that asks for the optional operation all the same."""
    case.server = Server(case.story)
    device = case.use(PLAIN)
    device.exchange(device.ask_for("GetNextCACert", None), not_found(), enrollment=None)
    enroll(device, case.server)


@healthy
def get_without_post(case):
    """The server does not offer POST, so GET is right."""
    case.server = Server(case.story)
    device = case.use(PLAIN)
    case.begin()
    device.discover(case.server.caps(("AES", "SHA-256", "Renewal")))
    message = case.message()
    issued = case.server.pki.issue(device.csr(), case.story.moment())
    device.send(message, case.server.success(message, device.signer, issued), "GET")
    device.enrollment.ends("issued")


@healthy
def two_devices_one_minute(case):
    for name in ("device-1", "device-2"):
        device = case.use(WINDOWS, name=name)
        case.begin()
        device.discover()
        submit(device, case.server)
        device.wait(20)


@healthy
def get_crl(case):
    case.server = Server(case.story)
    device = case.use(PLAIN)
    enroll(device, case.server)
    device.enrollment = None
    message = device.lookup(scep.GET_CRL, device.certificate, "crl-1", device.signing(device.certificate))
    device.send(message, case.server.crl(message, device.certificate))
    device.leave()


@healthy
def beside_a_tpm(case):
    """Windows has the key of its TPM certified by Microsoft, which fails, and has nothing to do with the enrollment."""
    host, agent = "INTC-KeyId-17a00575d05e58e3881210bb98b1045bb4c30639.microsoftaik.azure.net", WINDOWS.user_agent
    for operation in ("GetCACaps", "GetCACert"):
        request = web.get("/templates/Aik/scep", host, operation, "default", [("User-Agent", agent)])
        response = web.Response(404, b'{"Message": "The authority does not exist."}', "application/json; charset=utf-8")
        link = case.story.link(case.address, "203.0.113.70")
        link.exchange(request, response)
        link.close()
        case.story.now = link.now + 20000
    enroll(case.use(WINDOWS), case.server)


@healthy
def watched(case):
    """A script looks whether the address answers, and a device enrolls."""
    agent = "Mozilla/5.0 (Windows NT; Windows NT 10.0; en-US) WindowsPowerShell/5.1.17763.1"
    script = case.use(dataclasses.replace(WINDOWS, user_agent=agent))
    script.address = "192.0.2.60"
    script.begin()
    script.discover()
    script.enrollment.ends("abandoned")
    script.wait(60)
    enroll(case.use(WINDOWS), case.server)


@healthy
def challenge_from_the_page(case):
    """An administrator signs in for a one-time password, which begins with 401."""
    challenge = case.device.challenge()
    for response in (negotiate(), negotiate(), admin_page(case.server.pki.ca, challenge)):
        browse(case, response, path="/certsrv/mscep_admin/")
    enroll(case.use(WINDOWS), case.server)


@healthy
def not_scep(case):
    """Other traffic with an operation= parameter."""
    for operation in ("list", "GetCACapsule", "PKIOperationReport"):
        request = web.get("/api/v1/jobs", "www.example.com", operation, None, [("User-Agent", "curl/8.0")])
        request.operation = None
        case.device.exchange(request, web.Response(200, b'{"jobs": []}', "application/json"), enrollment=None)
