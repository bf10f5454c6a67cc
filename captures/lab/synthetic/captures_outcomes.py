# SPDX-License-Identifier: GPL-2.0-or-later
"""Answers that are not what they say, codes that no standard has, and refusals whose code names who refused; each with
the healthy exchange that differs from it in one thing."""
from . import der, oids, scep, web
from .captures_messages import Series
from .captures_ndes import refuse
from .device import PLAIN, WINDOWS, Device
from .ndes import Ndes
from .registry import capture
from .server import Server
from .story import ISSUED, PENDING, REFUSED, UNREADABLE

CODES = [14606, -2, 5, 4294967296, "denied", "badRequest", ""]
STATUSES = [("GRANTED", None, UNREADABLE), (7, None, UNREADABLE), ("FAILURE", scep.BAD_REQUEST, REFUSED),
            (999, 14606, REFUSED)]
TYPES = [99, "enroll"]


def answer(series, request, status, fail_info=None, **more):
    """A CertRep with whatever status."""
    sender, recipient = series.server.nonces(request)
    attributes = scep.Attributes(
        scep.CERT_REP, request.facts["transaction_id"], sender, recipient, status, fail_info, **more
    )
    return web.answer(scep.pki_message(attributes, series.server.signing(request)), series.server.headers)


@capture(
    "synthetic-own-codes",
    (
        "failInfo, pkiStatus and messageType with numbers and texts that no standard has; then badRequest with its"
        " number, in the server's own words, and none at all"
    ),
    "what was sent, as sent, and that it is a code of the CA's own; left out is only the last",
)
def own_codes(story):
    series = Series(story)
    series.device.discover()
    for code in CODES:
        request = series.request(series.begin())
        series.exchange(request, series.server.failure(request, code), odd_answer="failInfo %r" % code)
        series.device.enrollment.facts["fail_info"] = code
    for status, fail_info, outcome in STATUSES:
        request = series.request(series.begin())
        odd = "pkiStatus %r" % status
        series.exchange(request, answer(series, request, status, fail_info), outcome, odd_answer=odd)
        series.device.enrollment.facts["pki_status"] = status
    for kind in TYPES:
        request = series.request(series.begin(), kind=kind)
        series.exchange(request, series.server.failure(request, scep.BAD_REQUEST), odd="messageType %r" % kind)
        series.device.enrollment.facts["message_type"] = kind
    request = series.request(series.begin())
    words = "No such ÄLIAS\n\x1b[31m" + "x" * 300
    refusal = series.server.failure(request, scep.BAD_REQUEST, fail_info_text=words)
    series.exchange(request, refusal, odd_answer="failInfoText with control characters")
    request = series.request(series.begin())
    series.exchange(request, series.server.failure(request, scep.BAD_REQUEST, omit=("fail_info",)))
    series.device.leave()


def empty_success(series, request, shape, certificates=()):
    """SUCCESS and no content. certificates: what stands beside it, in clear"""
    sender, recipient = series.server.nonces(request)
    attributes = scep.Attributes(scep.CERT_REP, request.facts["transaction_id"], sender, recipient, scep.SUCCESS)
    signing = series.server.signing(request, certificates=certificates)
    return web.answer(scep.pki_message(attributes, signing, empty=shape), series.server.headers)


@capture(
    "synthetic-success-without-certificate",
    (
        "CertRep SUCCESS without any content in three shapes, with and without the signer's certificate beside it; one"
        " that is polled and then brings the certificate, one whose request is sent anew and refused; then SUCCESS with"
        " the certificate in clear, and in an envelope"
    ),
    "not issued: pending; issued only where there is a certificate",
)
def success_without_certificate(story):
    series = Series(story)
    device, server = series.device, series.server
    device.discover()
    for shape in (scep.ABSENT, scep.EMPTY, scep.ZERO_BYTE):
        for beside in ((), (server.signer,)):
            request = series.request(series.begin())
            series.exchange(request, empty_success(series, request, shape, beside), PENDING)
    issued = server.pki.issue(series.csr, story.moment())
    # approved in the meantime
    request = series.request(series.begin())
    series.exchange(request, empty_success(series, request, scep.EMPTY, (server.signer,)))
    device.wait(60)
    poll = device.poll(transaction=request.facts["transaction_id"])
    series.exchange(poll, server.success(poll, device.signer, issued), ISSUED)
    # asked again, and denied
    request = series.request(series.begin())
    series.exchange(request, empty_success(series, request, scep.EMPTY, (server.signer,)))
    device.wait(60)
    request = series.request(request.facts["transaction_id"])
    series.exchange(request, server.failure(request, scep.BAD_REQUEST), REFUSED)
    for shape in (scep.ABSENT, scep.EMPTY, scep.ZERO_BYTE):
        request = series.request(series.begin())
        series.exchange(request, empty_success(series, request, shape, (server.signer, issued)), ISSUED)
    request = series.request(series.begin())
    series.exchange(request, server.success(request, device.signer, issued), ISSUED)
    device.leave()


# Code, and the stage that alone makes it.
MAKERS = [(0x80094012, 4), (0x80094800, 4), (0x800706BA, 4), (0x80070721, 4), (0x80072EE2, 3), (0x80190194, 3),
          (0x80070005, 2), (0x80090005, 2), (0x80094016, 2)]


@capture(
    "synthetic-stage-by-code",
    (
        "devices refused by NDES, whose CA and policy module are not in the capture: by codes that only a CA makes, RPC"
        " on the way to it, the policy module alone, and by codes that anybody makes"
    ),
    "the stage that refused, by the code; stage 2 where the code may be anybody's",
)
def stage_by_code(story):
    server = Ndes(story)
    device = Device(story, server, "device-1", "192.0.2.10", WINDOWS)
    for code, stage in MAKERS:
        refuse(device, server, code)
        device.enrollment.facts["stage"] = stage
        device.leave()
        device.wait(120)


@capture(
    "synthetic-csr-signature",
    (
        "a PKCS#10 whose signature is bad, with Windows' attributes and extensions, refused and then served; the same"
        " with a good one refused"
    ),
    "the request is shown and only its challenge is not; the hint is history where it was served",
)
def csr_signature(story):
    server = Server(story)
    device = Device(story, server, "device-1", "192.0.2.10", PLAIN, names=["DNS:device-1.contoso.example"])
    version = der.seq(der.oid(oids.MS_OS_VERSION), der.set_of(der.string("10.0.22631.2", der.IA5)))
    device.begin()
    device.discover()
    for number, (damaged, served) in enumerate(((True, False), (True, True), (False, False))):
        if number:
            device.wait(7200)
            device.begin()
        csr = device.csr(device.challenge(), attributes=[version], damaged=damaged)
        message = device.request(csr)
        if damaged:
            message.facts["csr_signature_status"] = "bad"
        if served:
            issued = server.pki.issue(device.csr(), story.moment())
            device.send(message, server.success(message, device.signer, issued))
            device.enrollment.ends(ISSUED)
        else:
            device.send(message, server.failure(message, scep.BAD_REQUEST))
            device.enrollment.ends(REFUSED, fail_info=scep.BAD_REQUEST)
    device.leave()
