# SPDX-License-Identifier: GPL-2.0-or-later
"""Faults of the services behind NDES, and enrollments in which those do their part.

SERVICE_FAULTS: name -> (leading hints, whether keys are needed, function of a faults_http.Case).
SERVICE_HEALTHY: name -> function."""
import hashlib

from . import services, web
from .captures_services import NDES, begin, granted, refused, send
from .device import PLAIN, WINDOWS
from .ndes import Ndes
from .server import Server
from .services import PolicyModule, ThirdParty, command, status
from .story import ABANDONED, REFUSED, SECOND, UNANSWERED

SERVICE_FAULTS, SERVICE_HEALTHY = {}, {}


def fault(name, *leading):
    def register(function):
        SERVICE_FAULTS[name] = (leading, False, function)
        return function

    return register


def healthy(function):
    SERVICE_HEALTHY[function.__name__.replace("_", "-")] = function
    return function


def with_module(case, base=services.REGISTRATION, **more):
    case.server = Ndes(case.story, address=NDES)
    return PolicyModule(case.story, NDES, base, **more)


def verified(case, module, number=0, answer=services.created):
    """A device that is issued its certificate behind a VerifyRequest. @return the moment of its PKCSReq"""
    device = begin(case.story, case.server, number)
    _, at = send(device, granted(device))
    module.ask("VerifyRequest", answer(), at)
    return at


def page(code, reason):
    return web.iis_plain(code, reason, "There is a problem with the resource you are looking for.", reason=reason)


def verify_answered(case, answer, told=None):
    """VerifyRequest gets this answer and the device a refusal."""
    module = with_module(case)
    device = begin(case.story, case.server, 0)
    if told:
        device.enrollment.ends(REFUSED)
    _, at = send(device, (lambda message: told) if told else refused(device))
    module.ask("VerifyRequest", answer, at)


@fault("verify-500", "verify_500")
def service_breaks(case):
    verify_answered(case, page(500, "Internal Server Error"))


@fault("verify-500-ndes-500", "verify_500")
def service_breaks_and_ndes_too(case):
    verify_answered(case, page(500, "Internal Server Error"), page(500, "Internal Server Error"))


@fault("verify-404", "verify_http_error")
def service_not_there(case):
    verify_answered(case, page(404, "Not Found"))


@fault("verify-401", "http_503_certregsvc_winauth")
def service_wants_a_sign_in(case):
    verify_answered(case, page(401, "Unauthorized"))


@fault("verify-403-7", "http_403_7_client_cert_required")
def no_client_certificate(case):
    verify_answered(case, services.forbidden(7, "The page requires a client certificate."))


@fault("verify-403-13", "http_403_13_client_cert_revoked")
def client_certificate_revoked(case):
    verify_answered(case, services.forbidden(13, "Your client certificate was revoked."))


@fault("verify-403-16", "http_403_16_client_cert_untrusted", "http_503_root_store_pollution")
def client_certificate_untrusted(case):
    verify_answered(case, services.forbidden(16, "Your client certificate is not trusted."),
                    page(503, "Service Unavailable"))


@fault("verify-403-17", "http_403_17_client_cert_time")
def client_certificate_expired(case):
    verify_answered(case, services.forbidden(17, "Your client certificate has expired."))


@fault("verify-403", "http_403_client_cert_eku")
def client_certificate_for_servers(case):
    verify_answered(case, page(403, "Forbidden"))


@fault("verify-false", "verify_challenge_false")
def challenge_not_accepted(case):
    verify_answered(case, services.created())


@fault("verify-unanswered", "verify_unanswered")
def service_hangs(case):
    module = with_module(case)
    device = begin(case.story, case.server, 0)
    device.enrollment.ends(UNANSWERED)
    asked, _ = device.send(device.request(device.csr(device.challenge())), None)
    module.ask("VerifyRequest", None, services.arrived(asked) + 2000)


@fault("verify-slow", "verify_slow")
def service_takes_long(case):
    """The device gives up before the policy module has its answer."""
    module = with_module(case)
    device = begin(case.story, case.server, 0)
    device.enrollment.ends(UNANSWERED)
    asked, _ = device.send(device.request(device.csr(device.challenge())), None)
    module.ask("VerifyRequest", services.created(), services.arrived(asked) + 2000, think=25 * SECOND)


@fault("verify-missing", "verify_missing_after_pkiop")
def module_not_loaded(case):
    module = with_module(case)
    at = verified(case, module)
    module.ask("Notify", services.no_content(), at + 700000)
    case.story.now += 5 * SECOND
    device = begin(case.story, case.server, 1)
    send(device, refused(device))


@fault("notify-500", "notify_not_204")
def report_not_taken(case):
    module = with_module(case)
    module.ask("Notify", page(500, "Internal Server Error"), verified(case, module) + 700000)


@fault("notify-missing", "notify_missing_after_success")
def not_reported(case):
    verified(case, with_module(case))


def with_vendor(case):
    case.server = Server(case.story, address=NDES, host="scep.vendor.example")
    return ThirdParty(case.story, NDES)


def vendor_refuses(case, call):
    """call: function of (ThirdParty, device, PKCS#10, moment)."""
    vendor = with_vendor(case)
    device = begin(case.story, case.server, 0, PLAIN)
    csr, at = send(device, refused(device))
    call(vendor, device, csr, at)


@fault("validate-refused", "thirdparty_validate_refused")
def intune_refuses(case):
    vendor_refuses(case, lambda vendor, device, csr, at: vendor.validate(device, csr, "SubjectNameMismatch", at))


@fault("validate-401", "thirdparty_auth_401")
def vendor_not_signed_in(case):
    answer = services.answered({"message": "no"}, 401)
    vendor_refuses(case, lambda vendor, device, csr, at: vendor.validate(device, csr, None, at, response=answer))


@fault("discovery-403", "thirdparty_discovery_403")
def vendor_may_not_ask(case):
    answer = services.answered({"error": {"code": "Authorization_RequestDenied"}}, 403)
    vendor_refuses(case, lambda vendor, device, csr, at: vendor.discover(answer, at))


@fault("discovery-empty", "thirdparty_no_scep_endpoint")
def tenant_without_service(case):
    vendor_refuses(case, lambda vendor, device, csr, at: vendor.discover(services.endpoints("Other"), at))


@fault("success-notification-500", "thirdparty_notify_failed")
def vendor_report_not_taken(case):
    vendor = with_vendor(case)
    device = begin(case.story, case.server, 0, PLAIN)
    csr, at = send(device, granted(device))
    vendor.validate(device, csr, "Success", at)
    vendor.success(device, csr, device.certificate, at + 700000, page(500, "Internal Server Error"))


@fault("mdm-node-refused", "mdm_scep_profile_failed")
def profile_not_taken(case):
    case.server = Ndes(case.story, address=NDES)
    session = mdm_session(case, 425)
    session.leave()
    device = case.use(WINDOWS)
    device.begin()
    device.discover()
    device.enrollment.ends(ABANDONED)


def mdm_session(case, code):
    thumbprint = hashlib.sha1(case.server.pki.ca.der).hexdigest().upper()
    session = services.Mdm(case.story, "192.0.2.10")
    profile = services.scep_profile("http://%s%s" % (case.server.host, case.server.path), thumbprint,
                                    "not-for-your-eyes")
    session.sync(command("Alert", 2), profile)
    session.sync("".join(status(at - 2, 1, at, "Add", code) for at in range(3, 16)), "")
    return session


@healthy
def policy_module(case):
    module = with_module(case)
    module.ask("Notify", services.no_content(), verified(case, module) + 700000)


@healthy
def configmgr(case):
    module = with_module(case, services.CONFIGMGR, host="crp.corp.contoso.com", service="198.51.100.35")
    module.ask("Notify", services.no_content(), verified(case, module) + 700000)


@healthy
def other_vendor(case):
    vendor = with_vendor(case)
    vendor.token(services.signed_in())
    vendor.discover(services.endpoints("ScepRequestValidationFEService"), case.story.now + SECOND)
    case.story.now += 2 * SECOND
    device = begin(case.story, case.server, 0, PLAIN)
    csr, at = send(device, granted(device))
    vendor.validate(device, csr, "Success", at)
    vendor.success(device, csr, device.certificate, at + 700000)


@healthy
def mdm_profile(case):
    case.server = Ndes(case.story, address=NDES)
    mdm_session(case, 200).leave()
    case.story.now += 5 * SECOND
    device = begin(case.story, case.server, 0)
    send(device, granted(device))
