# SPDX-License-Identifier: GPL-2.0-or-later
"""Enrollments with the services around them: the policy module, Intune for CAs of other vendors, ConfigMgr, an MDM
server.

The services are asked while the device waits; what the expectation files say of each call stands among
other_exchanges."""
import hashlib

from . import scep, services, web
from .device import ANDROID, IOS, PLAIN, WINDOWS, Device
from .ndes import Ndes
from .registry import capture
from .server import Server
from .services import PROFILE, PolicyModule, ThirdParty, command, item, status
from .story import ISSUED, REFUSED, SECOND

NDES = "198.51.100.30"


def begin(story, server, number, habit=WINDOWS, **more):
    device = Device(story, server, "device-%d" % (number + 1), "192.0.2.%d" % (10 + number), habit, **more)
    device.begin()
    device.discover()
    return device


def send(device, response, think=600000):
    """The PKCSReq and its answer. response: function of the request. @return (PKCS#10, when it has arrived)"""
    csr = device.csr(device.challenge())
    message = device.request(csr)
    device.certificate = device.server.pki.issue(csr, device.story.moment())
    asked, _ = device.send(message, response(message), think=think)
    return csr, services.arrived(asked) + 2000


def issued(device):
    device.enrollment.ends(ISSUED, serial=device.certificate.serial_hex)
    return lambda message: device.server.success(message, device.signer, device.certificate)


def refused(device, **facts):
    device.enrollment.ends(REFUSED, **facts)
    return lambda message: device.server.failure(message, scep.BAD_REQUEST)


def granted(device):
    """success() needs the certificate, which follows from the request."""
    def answer(message):
        device.enrollment.ends(ISSUED, serial=device.certificate.serial_hex)
        return device.server.success(message, device.signer, device.certificate)
    return answer


def of(device):
    return {"of": device.enrollment.number}


@capture(
    "services-intune",
    (
        "NDES asks the policy module's registration service on its own host: an accepted enrollment with VerifyRequest"
        " and Notify; refused behind a VerifyRequest, by its error 500, by 403.16 of the client certificate; one that"
        " NDES refuses without asking; one that is issued and not reported"
    ),
    "scep.step Verify and Notify between the device's request and its answer; what explains each refusal",
)
def intune(story):
    server = Ndes(story, address=NDES)
    module = PolicyModule(story, NDES)
    # accepted
    device = begin(story, server, 0)
    _, at = send(device, granted(device))
    module.ask("VerifyRequest", services.created(), at, hint="verify_ok_201", **of(device))
    module.ask("Notify", services.no_content(), at + 700000, hint="notify_ok_204", **of(device))
    # refused
    story.now += 5 * SECOND
    device = begin(story, server, 1, IOS)
    device.enrollment.facts["leading"] = "verify_challenge_false"
    _, at = send(device, refused(device))
    module.ask("VerifyRequest", services.created(), at, hint="verify_ok_201", **of(device))
    # the service breaks
    story.now += 5 * SECOND
    device = begin(story, server, 2)
    device.enrollment.ends(REFUSED, leading="verify_500")
    error = web.iis_plain(500, "Internal server error.", "There is a problem with the resource.",
                          reason="Internal Server Error")
    _, at = send(device, lambda message: error)
    module.ask("VerifyRequest", error, at, hint="verify_500", **of(device))
    # the client certificate is not trusted, then NDES is unavailable
    story.now += 5 * SECOND
    device = begin(story, server, 3)
    device.enrollment.ends(REFUSED, leading="http_403_16_client_cert_untrusted")
    gone = web.http_sys(503, "Service Unavailable", "HTTP Error 503. The service is unavailable.")
    _, at = send(device, lambda message: gone)
    module.ask("VerifyRequest", services.forbidden(16, "Your client certificate is either not trusted or is invalid."),
               at, hint="http_403_16_client_cert_untrusted", **of(device))
    # refused without asking
    story.now += 5 * SECOND
    device = begin(story, server, 4)
    send(device, refused(device, leading="verify_missing_after_pkiop"))
    # not reported
    story.now += 40 * SECOND
    device = begin(story, server, 5)
    _, at = send(device, granted(device))
    module.ask("VerifyRequest", services.created(), at, hint="verify_ok_201", **of(device))
    device.enrollment.facts["leading"] = "notify_missing_after_success"
    # not accepted as a report
    story.now += 90 * SECOND
    device = begin(story, server, 6)
    _, at = send(device, granted(device))
    module.ask("VerifyRequest", services.created(), at, hint="verify_ok_201", **of(device))
    module.ask("Notify", web.iis_plain(503, "Service Unavailable", "Gone."), at + 700000, hint="notify_not_204",
               **of(device))
    device.enrollment.facts["leading"] = "notify_not_204"
    # nobody answers
    story.now += 5 * SECOND
    device = begin(story, server, 7, ANDROID)
    device.enrollment.ends("unanswered", leading="verify_unanswered")
    csr = device.csr(device.challenge())
    asked, _ = device.send(device.request(csr), None)
    module.ask("VerifyRequest", None, services.arrived(asked) + 2000, hint="verify_unanswered", **of(device))
    services.later(story)


@capture(
    "services-third-party",
    (
        "a SCEP server of another vendor validates with Intune: sign-in, discovery, validateRequest accepted and"
        " reported; refused as ChallengeExpired and reported with hResult; issued and not reported; a sign-in, a"
        " discovery and a list of services that fail; revocation"
    ),
    "scep.service.verdict, client-request-id; the transactionID joins the call to the device's enrollment",
)
def third_party(story):
    server = Server(story, address=NDES, host="scep.vendor.example")
    ca = ThirdParty(story, NDES)
    ca.token(services.signed_in())
    ca.discover(services.endpoints("ScepRequestValidationFEService", "OtherFEService"), story.now + SECOND)
    story.now += 3 * SECOND
    device = begin(story, server, 0, PLAIN)
    csr, at = send(device, granted(device))
    ca.validate(device, csr, "Success", at, hint="thirdparty_validate_seen", **of(device))
    ca.success(device, csr, device.certificate, at + 800000, hint="thirdparty_notify", **of(device))
    # refused
    story.now += 5 * SECOND
    device = begin(story, server, 1, PLAIN)
    csr, at = send(device, refused(device, leading="thirdparty_validate_refused"))
    ca.validate(device, csr, "ChallengeExpired", at, hint="thirdparty_validate_refused", **of(device))
    ca.failure(device, csr, 0x80070057, "The challenge has expired", at + 800000, hint="thirdparty_notify",
               **of(device))
    # issued, not reported
    story.now += 5 * SECOND
    device = begin(story, server, 2, PLAIN)
    csr, at = send(device, granted(device))
    ca.validate(device, csr, "Success", at, hint="thirdparty_validate_seen", **of(device))
    device.enrollment.facts["leading"] = "thirdparty_notify_missing"
    # the sign-in fails
    story.now += 90 * SECOND
    device = begin(story, server, 3, PLAIN)
    csr, at = send(device, refused(device, leading="thirdparty_auth_401"))
    ca.token(services.not_signed_in(), at, hint="thirdparty_auth_401", **of(device))
    story.now += 5 * SECOND
    ca.discover(services.answered({"error": {"code": "Authorization_RequestDenied"}}, 403),
                hint="thirdparty_discovery_403")
    ca.discover(services.endpoints("OtherFEService"), story.now + SECOND, hint="thirdparty_no_scep_endpoint")
    story.now += 3 * SECOND
    for name, step in (("downloadRevocationRequests", "Revocation"), ("uploadRevocationResults", "RevocationResults")):
        ca.json(services.INTUNE, services.INTUNE_HOST, services.REVOCATION + name,
                {"downloadParameters": {"maxRequests": 50}}, services.answered({"value": []}), service=name,
                step=step, stage=6, hint="thirdparty_revocation_seen")
    services.later(story)


@capture(
    "services-configmgr",
    "NDES asks a ConfigMgr registration point on another host; a browser opens its directory and gets the healthy 404",
    "the path /CMCertificateRegistration; the policy module has an address of its own",
)
def configmgr(story):
    server = Ndes(story, address=NDES)
    module = PolicyModule(story, NDES, services.CONFIGMGR, "crp.corp.contoso.com", "198.51.100.35")
    page = web.iis_error(404, "0", "Not Found", "The resource cannot be found.", "Not Found")
    person = services.Client(story, "192.0.2.99")
    person.call("198.51.100.35", services.plain("GET", "/CMCertificateRegistration", "crp.corp.contoso.com"), page,
                service="CMCertificateRegistration", step="Browse", stage=3, hint="crp_vdir_404_healthy")
    story.now += SECOND
    # What else goes over the module's connection is none of SCEP's.
    for method in ("GET", "HEAD"):
        module.call(module.service, services.plain(method, "/CRP/health.aspx", module.host),
                    web.Response(200, b"ok\n" if method == "GET" else b"", "text/plain"))
    device = begin(story, server, 0)
    _, at = send(device, granted(device))
    module.ask("VerifyRequest", services.created(), at, hint="verify_ok_201", **of(device))
    module.call(module.service, services.plain("GET", "/CRP/health.aspx", module.host),
                web.Response(200, b"ok\n", "text/plain"), at + 400000)
    module.ask("Notify", services.no_content(), at + 700000, hint="notify_ok_204", **of(device))
    services.later(story)


@capture(
    "services-mdm",
    (
        "a Windows device gets its SCEP profile in an MDM session, enrolls, and tells what came of it; another one"
        " refuses a node of the profile; a profile of the older kind; a session in WBXML"
    ),
    "scep.mdm.* and scep.stage 1 in front of the enrollment; the challenge by its length and hash alone",
)
def mdm(story):
    server = Ndes(story, address=NDES)
    url = "http://%s%s" % (server.host, server.path)
    thumbprint = hashlib.sha1(server.pki.ca.der).hexdigest().upper()
    session = services.Mdm(story, "192.0.2.10")
    session.sync(command("Replace", 2, item("./DevDetail/SwV", "10.0.22631.1", "Source")),
                 status(1, 1, 0, "SyncHdr", 200) + services.scep_profile(url, thumbprint, "not-for-your-eyes"),
                 answer_hint="mdm_scep_profile_seen", of=1)
    done = "".join(status(at - 1, 1, at, "Add" if at < 16 else "Exec", 200) for at in range(3, 17))
    session.sync(status(1, 1, 2, "Atomic", 200) + done, status(1, 2, 0, "SyncHdr", 200))
    session.leave()
    story.now += 5 * SECOND
    device = begin(story, server, 0)
    send(device, granted(device))
    story.now += 5 * SECOND
    session = services.Mdm(story, "192.0.2.10")
    session.sync(command("Alert", 2), command("Get", 2, item(PROFILE + "Status"), item(PROFILE + "ErrorCode")))
    session.sync(status(1, 1, 2, "Get", 200) + command("Results", 2, item(PROFILE + "Status", "1", "Source"),
                                                       item(PROFILE + "ErrorCode", "0", "Source")), "", of=1)
    session.leave()
    # a node that is refused
    story.now += 5 * SECOND
    session = services.Mdm(story, "192.0.2.11")
    session.sync(command("Alert", 2), services.scep_profile(url, thumbprint, "not-for-your-eyes"),
                 answer_hint="mdm_scep_profile_seen")
    session.sync(status(1, 1, 2, "Atomic", 507) + status(2, 1, 6, "Add", 425) + status(3, 1, 16, "Exec", 215), "",
                 hint="mdm_scep_profile_failed")
    session.leave()
    # the older kind, in which the configuration is XML in XML
    story.now += 5 * SECOND
    session = services.Mdm(story, "192.0.2.12")
    old = (
        "&lt;ConfigurationParameters&gt;&lt;NDESUrls&gt;&lt;NDESUrl&gt;%s&lt;/NDESUrl&gt;&lt;/NDESUrls&gt;"
        "&lt;CAThumbprint&gt;%s&lt;/CAThumbprint&gt;&lt;KeyLength&gt;2048&lt;/KeyLength&gt;"
        "&lt;CertificateRequestToken&gt;not-for-your-eyes&lt;/CertificateRequestToken&gt;"
        "&lt;/ConfigurationParameters&gt;"
        % (url, thumbprint)
    )
    session.sync(command("Alert", 2),
                 command("Exec", 2, item("./Vendor/MSFT/CertificateStore/Enroll/ModelName=AC_1234/Install", old)),
                 answer_hint="mdm_scep_profile_seen")
    session.leave()
    session = services.Mdm(story, "192.0.2.13")
    empty = b"\x02\xa4\x01\x6a\x00\x6d\x01"  # an empty SyncML element
    session.sync(empty, empty, services.WBXML)
    session.leave()
    services.later(story, 60)


@capture(
    "services-http2",
    (
        "over HTTP/2, several streams on a connection: an MDM session, and validateRequest with its report around an"
        " enrollment"
    ),
    "the same fields as over HTTP/1",
)
def http2(story):
    server = Server(story, address=NDES, host="scep.vendor.example")
    session = services.Mdm(story, "192.0.2.10")
    session.number = 1
    link = services.Http2(story, "192.0.2.10", services.INTUNE, story.now)
    link.call("r.manage.microsoft.com", "/devicegatewayproxy/cimhandler.ashx", session.message(command("Alert", 2)),
              session.message(services.scep_profile("http://scep.vendor.example/scep", "00" * 20, "not-for-your-eyes")),
              services.SYNCML, service="SyncML", step="Sync", stage=1, answer_hint="mdm_scep_profile_seen", of=1)
    story.now = link.link.now + SECOND
    device = begin(story, server, 0, PLAIN)
    csr, at = send(device, granted(device))
    ca = services.Http2(story, NDES, services.INTUNE, at)
    common = dict(headers=[("client-request-id", "0a0b0c0d-0000-4000-8000-000000000001")],
                  client_request_id="0a0b0c0d-0000-4000-8000-000000000001", **of(device))
    ca.call(services.INTUNE_HOST, services.SCEP_ACTIONS + "validateRequest", services.request_body(device, csr),
            services.verdict("Success").body, service="validateRequest", step="Validate", stage=3,
            hint="thirdparty_validate_seen", **common)
    ca.link.tcp.now = max(ca.link.tcp.now, at + 700000)
    ca.call(services.INTUNE_HOST, services.SCEP_ACTIONS + "successNotification",
            services.request_body(device, csr, "notification"), b"", service="successNotification",
            step="NotifySuccess", stage=6, hint="thirdparty_notify", **common)
    services.later(story)
