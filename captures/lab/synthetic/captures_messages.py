# SPDX-License-Identifier: GPL-2.0-or-later
"""Every message type, status and attribute, as the standard has it and as it has been seen, or might be seen,
otherwise."""
from . import cms, der, oids, scep, web
from .cms import attribute
from .device import CISCO, IOS, PLAIN, SSCEP, Device
from .registry import capture
from .server import Server
from .story import ISSUED, PENDING, REFUSED


class Series:
    """Exchanges one after the other on one connection, each an enrollment of its own under its own transactionID."""

    def __init__(self, story, name="device-1", **more):
        self.story, self.server, self.count = story, Server(story), 0
        self.device = Device(story, self.server, name, habit=PLAIN, **more)
        self.csr = self.device.csr(self.device.challenge())

    def begin(self):
        """@return the transactionID of the next exchange"""
        self.count += 1
        self.device.begin()
        return "series-%03d" % self.count

    def exchange(self, message, response, outcome=REFUSED, odd=None, odd_answer=None, **more):
        """odd: what is unusual about the request, odd_answer: about the answer; for the expectation file."""
        if odd:
            message.facts["odd"] = odd
        if odd_answer:
            response.message.facts["odd"] = odd_answer
        self.device.exchange(
            self.device.carry(message, more.pop("method", None), more.pop("encoding", None)), response, **more
        )
        self.device.enrollment.ends(outcome)
        self.story.now += 500000

    def request(self, transaction, **more):
        return self.device.request(self.csr, transaction=transaction, **more)


@capture(
    "synthetic-messages",
    "every message type, status and failInfo, by POST and GET, with all four shapes of an empty content",
    (
        "types 17 to 22, 41 and 99; pkiStatus 0, 2, 3, 11 and 1; failInfo 0 to 4 and 7; contradictions between type,"
        " status and content"
    ),
)
def messages(story):
    series = Series(story)
    device, server = series.device, series.server
    transaction = series.begin()
    device.discover()
    first = series.request(transaction)
    issued = server.pki.issue(series.csr, story.moment())
    series.exchange(first, server.success(first, device.signer, issued), ISSUED)
    all_types(series, issued)
    all_statuses(series)
    contradictions(series, issued)
    device.leave()


def all_types(series, issued):
    device, server = series.device, series.server
    device.certificate = issued
    renewal = device.signing(issued)
    message = series.request(series.begin(), kind=scep.RENEWAL_REQ, signing=renewal)
    new = server.pki.issue(series.csr, series.story.moment() + 1)
    series.exchange(message, server.success(message, issued, new), ISSUED)
    message = series.request(series.begin(), signing=device.signing(issued))
    series.exchange(
        message, server.success(message, issued, server.pki.issue(series.csr, series.story.moment())), ISSUED
    )
    message = series.request(series.begin(), kind=scep.UPDATE_REQ, signing=device.signing(issued))
    series.exchange(
        message, server.failure(message, scep.BAD_REQUEST), odd="messageType 18, of draft-gutmann-scep only"
    )
    message = device.poll(transaction=series.begin())
    series.exchange(message, server.pending(message), PENDING)
    message = device.lookup(scep.GET_CERT, issued, series.begin())
    series.exchange(message, server.success(message, device.signer, issued), ISSUED)
    message = device.lookup(scep.GET_CRL, issued, series.begin())
    series.exchange(message, server.crl(message, device.signer, revoked=(issued.serial, 77)), ISSUED)
    message = device.lookup(scep.GET_CERT, issued, series.begin())
    series.exchange(message, server.failure(message, scep.BAD_CERT_ID), method="GET")
    for kind, what in ((41, "messageType 41, Microsoft's ClaimChallengeAnswer"), (99, "unknown messageType")):
        message = series.request(series.begin(), kind=kind)
        series.exchange(message, server.failure(message, scep.BAD_REQUEST), odd=what)


def all_statuses(series):
    server = series.server
    for fail_info in range(5):
        message = series.request(series.begin())
        series.exchange(message, server.failure(message, fail_info), method="GET" if fail_info % 2 else "POST")
    message = series.request(series.begin())
    series.exchange(message, server.failure(message, 7), odd_answer="unknown failInfo")
    for shape in (scep.ABSENT, scep.EMPTY, scep.ZERO_BYTE):
        message = series.request(series.begin())
        series.exchange(message, server.failure(message, scep.BAD_REQUEST, empty=shape))
        message = series.request(series.begin())
        series.exchange(message, server.pending(message, empty=shape), PENDING)
    for text, tag in (("Das Passwort ist nicht gültig", der.UTF8), ("challenge password was wrong", der.PRINTABLE)):
        message = series.request(series.begin())
        series.exchange(
            message,
            server.failure(message, scep.BAD_REQUEST, fail_info_text=text, types={"fail_info_text": tag}),
            odd_answer=None if tag == der.UTF8 else "failInfoText as PrintableString",
        )
    for status, what in ((1, "pkiStatus 1, never defined"), (11, "pkiStatus 11, Microsoft's pending challenge")):
        message = series.request(series.begin())
        answer = scep.pki_message(
            scep.Attributes(scep.CERT_REP, message.facts["transaction_id"], *server.nonces(message), status),
            server.signing(message),
        )
        series.exchange(message, web.answer(answer, server.headers), "unreadable", odd_answer=what)


def contradictions(series, issued):
    """What a status promises and the rest of the message does not keep."""
    server, device = series.server, series.device

    def reply(message, what, attributes, envelope=False, outcome=REFUSED):
        more = (
            dict(
                sealing=scep.Sealing([cms.KeyTransport(device.signer)], rng=server.rng),
                payload=cms.certs_only([issued]),
            )
            if envelope
            else {}
        )
        answer = scep.pki_message(scep.Attributes(*attributes), server.signing(message), **more)
        series.exchange(message, web.answer(answer, server.headers), outcome, odd_answer=what)

    def fields(message, status=None, fail_info=None, kind=scep.CERT_REP):
        return (kind, message.facts["transaction_id"], *server.nonces(message), status, fail_info)

    message = series.request(series.begin())
    reply(message, "SUCCESS without an envelope", fields(message, scep.SUCCESS), outcome="unreadable")
    message = series.request(series.begin())
    reply(message, "FAILURE with an envelope", fields(message, scep.FAILURE, scep.BAD_REQUEST), True)
    message = series.request(series.begin())
    reply(message, "PENDING with an envelope", fields(message, scep.PENDING), True, PENDING)
    message = series.request(series.begin())
    reply(message, "FAILURE without failInfo", fields(message, scep.FAILURE))
    message = series.request(series.begin())
    reply(message, "SUCCESS with failInfo", fields(message, scep.SUCCESS, scep.BAD_ALG), True, ISSUED)
    message = series.request(series.begin())
    reply(message, "CertRep without pkiStatus", fields(message), outcome="unreadable")
    message = series.request(series.begin())
    reply(message, "answer of type 19", fields(message, scep.FAILURE, scep.BAD_REQUEST, scep.PKCS_REQ))
    message = series.request(series.begin(), pki_status=scep.SUCCESS)
    series.exchange(message, server.failure(message, scep.BAD_REQUEST), odd="pkiStatus in a request")
    message = scep.pki_message(
        scep.Attributes(scep.PKCS_REQ, series.begin(), device.rng.bytes(16)), device.signing(), content=series.csr.der
    )
    message.facts.update(series.csr.facts())
    series.exchange(
        message, server.failure(message, scep.BAD_MESSAGE_CHECK), odd="PKCS#10 in clear where the envelope belongs"
    )


@capture(
    "synthetic-attributes",
    (
        "signed attributes with wrong string types, missing, doubled, without value, unknown, and transactionIDs of "
        "all kinds"
    ),
    "one oddity per exchange; the expectation file names it",
)
def attributes(story):
    series = Series(story)
    series.device.discover()
    wrong_types(series)
    missing_and_double(series)
    unusual_values(series)
    odd_answers(series)
    series.device.leave()


def _refused(series, message, odd):
    series.exchange(message, series.server.failure(message, scep.BAD_MESSAGE_CHECK), odd=odd)


def wrong_types(series):
    tags = {
        "UTF8String": der.UTF8,
        "T61String": der.T61,
        "IA5String": der.IA5,
        "BMPString": der.BMP,
        "OCTET STRING": der.OCTET_STRING,
    }
    for name, tag in tags.items():
        message = series.request(series.begin(), types={"transaction_id": tag})
        _refused(series, message, "transactionID as " + name)
    for name, tag in (("UTF8String", der.UTF8), ("INTEGER", der.INTEGER), ("IA5String", der.IA5)):
        _refused(series, series.request(series.begin(), types={"message_type": tag}), "messageType as " + name)
    _refused(
        series, series.request(series.begin(), types={"sender_nonce": der.PRINTABLE}), "senderNonce as PrintableString"
    )


def missing_and_double(series):
    for name in ("message_type", "transaction_id", "sender_nonce"):
        transaction = series.begin()
        message = series.request(transaction, omit=(name,))
        more = {"transaction_id": transaction} if name == "transaction_id" else {}
        answer = series.server.failure(message, scep.BAD_MESSAGE_CHECK, **more)
        series.exchange(message, answer, odd="no " + name)
    for name, text in (("content_type", "no contentType"), ("message_digest", "no messageDigest")):
        _refused(series, series.request(series.begin(), signing=series.device.signing(omit=(name,))), text)
    for name in ("message_type", "transaction_id", "sender_nonce"):
        _refused(series, series.request(series.begin(), twice=(name,)), "two " + name)
    other = attribute(oids.TRANSACTION_ID, der.string("another transaction"))
    _refused(series, series.request(series.begin(), extras=[other]), "two transaction_id that differ")


def unusual_values(series):
    device = series.device
    transaction = series.begin()
    two = attribute(oids.TRANSACTION_ID, der.string(transaction), der.string("zz second value"))
    _refused(
        series, series.request(transaction, omit=("transaction_id",), extras=[two]), "transactionID with two values"
    )
    transaction = series.begin()
    none = attribute(oids.MESSAGE_TYPE)
    _refused(series, series.request(transaction, omit=("message_type",), extras=[none]), "messageType without a value")
    for text in ("nineteen", "19 ", "019", "", "4294967315", "-19"):
        odd = attribute(oids.MESSAGE_TYPE, der.string(text))
        _refused(
            series, series.request(series.begin(), omit=("message_type",), extras=[odd]), "messageType is %r" % text
        )
    unknown = [attribute("1.3.6.1.4.1.99999.%d" % number, der.seq(der.integer(number))) for number in range(3)]
    _refused(series, series.request(series.begin(), extras=unknown), "three unknown attributes")
    for size in (8, 0, 64):
        _refused(series, series.request(series.begin(), nonce=device.rng.bytes(size)), "senderNonce of %d bytes" % size)
    ids = [
        ("raw bytes", bytes(range(0x80, 0x90))),
        ("base64", "Q5YuShbBhJVy4Ab16RTTkZfwfy8="),
        ("groups", "AB3DE-FG5IJ-KL7NO"),
        ("number", "999"),
        ("sscep's fixed text", "SSCEP transactionId"),
        ("empty", ""),
        ("300 letters", "A" * 300),
        ("line feed", "one\ntwo"),
        ("with a NUL", "abc\0def"),
        ("MD5 of nothing", "D41D8CD98F00B204E9800998ECF8427E"),
    ]
    for text, value in ids:
        series.begin()
        _refused(series, scep_request(series, value), "transactionID: " + text)


def scep_request(series, value):
    """series.request() takes an empty transactionID for none."""
    device = series.device
    return scep.request(scep.PKCS_REQ, series.csr, value, device.rng.bytes(16), device.signing(), device.sealing())


def odd_answers(series):
    server = series.server

    def refusal(odd, **more):
        message = series.request(series.begin())
        series.exchange(
            message, server.failure(message, more.pop("fail_info", scep.BAD_REQUEST), **more), odd_answer=odd
        )

    refusal("no senderNonce", omit=("sender_nonce",))
    refusal("no recipientNonce", omit=("recipient_nonce",))
    refusal("no transactionID", omit=("transaction_id",))
    refusal("pkiStatus as UTF8String", types={"pki_status": der.UTF8})
    refusal("failInfo as INTEGER", types={"fail_info": der.INTEGER})
    refusal("two failInfo", twice=("fail_info",))
    refusal("HRESULT attribute from a server other than NDES", hresult=0x80070057)
    refusal("HRESULT as UTF8String", hresult=0x80094801, types={"hresult": der.UTF8})
    refusal("HRESULT of 0", hresult=0)
    for text in ("2148073473", "0x80094811", "-99999999999", "none"):
        refusal("HRESULT attribute is %r" % text, extras=[attribute(oids.NDES_ERROR, der.string(text))])
    refusal(
        "SCEP_SERVER_MESSAGE attribute",
        extras=[attribute(oids.NDES_SERVER_MESSAGE, der.string("Denied by Policy Module", der.UTF8))],
    )
    message = series.request(series.begin())
    series.exchange(
        message,
        server.failure(message, nonces=(message.nonce, message.nonce)),
        odd_answer="senderNonce is the request's",
    )
    message = series.request(series.begin())
    series.exchange(
        message,
        server.failure(message, nonces=(b"\1" * 16, message.nonce[:8])),
        odd_answer="recipientNonce cut to 8 bytes",
    )


@capture(
    "synthetic-get-encodings",
    (
        "one PKCSReq carried in a GET in eleven encodings of message=, then by POST; Cisco, iOS and sscep each with "
        "their own"
    ),
    "the same fields from each; message= with %0A, %2B, spaces, base64url, no padding, double escapes",
)
def get_encodings(story):
    server = Server(story)
    device = Device(story, server, "device-1", habit=PLAIN)
    device.begin()
    message = device.request(device.csr(device.challenge()))
    for number, how in enumerate(web.ENCODINGS):
        answer = server.failure(message, scep.BAD_REQUEST)
        device.send(message, answer, "GET", how, get_encoding=how)
        story.now += 1000000 * (number + 1)
    device.send(message, server.failure(message, scep.BAD_REQUEST))
    device.enrollment.ends(REFUSED)
    for number, (habit, name) in enumerate(((CISCO, "router-1"), (IOS, "device-2"), (SSCEP, "device-3"))):
        other = Device(story, server, name, "192.0.2.%d" % (20 + number), habit)
        other.begin()
        other.discover()
        message = other.request(other.csr(other.challenge()))
        issued = server.pki.issue(other.csr(), story.moment())
        other.send(message, server.success(message, other.signer, issued), "GET")
        other.enrollment.ends(ISSUED, serial=issued.serial_hex)
