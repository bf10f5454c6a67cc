# SPDX-License-Identifier: GPL-2.0-or-later
"""What an expert checks by eye: recipients, validity, keys and names, nonces, algorithms against capabilities. Each
capture holds cases that differ from a good enrollment in one thing."""
import base64

from . import cms, crypto, der, oids, scep, web, x509
from .captures_messages import Series
from .device import IOS, PLAIN, WINDOWS, Device
from .faults_http import Case, admin_page, browse, negotiate
from .faults_message import admin_text
from .ndes import Ndes, Pki
from .pcapng import START
from .registry import capture
from .server import OwnCa, Server
from .story import ABANDONED, ISSUED, REFUSED

E_BAD_KEY = 0x80090005  # NTE_BAD_DATA: NDES could not decrypt


def _next(case, what):
    """A minute later, another attempt; the expectation file names it."""
    case.story.now += 60 * 1000000
    case.begin()
    case.device.enrollment.facts["case"] = what


@capture(
    "ndes-wrong-recipient",
    (
        "requests to NDES encrypted to the signing RA certificate, to the CA, to the root, to the RA certificate of "
        "another server, and named for the right one but encrypted to another key"
    ),
    "which certificate the recipient is; HRESULT 0x80090005; what cannot be decrypted",
)
def wrong_recipient(story):
    case = Case(story)
    pki, other = case.server.pki, Pki(prefix="second-", host="NDES02")
    device = case.device
    choices = [
        ("signing RA certificate", pki.ra_signing, None),
        ("CA", pki.ca, None),
        ("root", pki.root, None),
        ("RA certificate of another server", other.ra_encryption, None),
        ("named for the RA, encrypted to another key", other.ra_encryption, pki.ra_encryption),
    ]
    for key in (pki.ra_signing.key, pki.ca.key, pki.root.key, other.ra_encryption.key):
        story.key("other recipients", key)
    for what, certificate, named in choices:
        _next(case, what)
        device.discover()
        sealing = device.sealing(recipients=[cms.KeyTransport(certificate, named=named)])
        message = case.message(sealing=sealing)
        if named:
            message.facts["openssl_opens"] = False
        device.send(message, case.server.failure(message, scep.BAD_MESSAGE_CHECK, E_BAD_KEY))
        device.enrollment.ends(REFUSED, hresult=E_BAD_KEY, fail_info=scep.BAD_MESSAGE_CHECK)


@capture(
    "ndes-two-servers",
    (
        "a load balancer without affinity: GetCACert is answered by one NDES server, PKIOperation reaches another with "
        "other RA certificates, which cannot decrypt; then an answer signed by the other server; then each has an "
        "address of its own"
    ),
    "recipient and signer against the GetCACert answer",
)
def two_servers(story):
    first = Ndes(story)
    second = Ndes(story, Pki(prefix="second-", host="NDES02"))
    device = Device(story, first, "device-1")
    device.begin()
    device.discover()
    message = device.request(device.csr(device.challenge()))
    device.send(message, second.failure(message, scep.BAD_MESSAGE_CHECK, E_BAD_KEY))
    device.enrollment.ends(REFUSED, hresult=E_BAD_KEY, fail_info=scep.BAD_MESSAGE_CHECK)
    device.wait(120)
    device.begin()
    device.discover()
    message = device.request(device.csr(device.challenge()))
    issued = first.pki.issue(device.csr(), story.moment())
    device.send(message, second.success(message, device.signer, issued))
    device.enrollment.ends(ISSUED, serial=issued.serial_hex)
    device.wait(120)
    device = Device(story, first, "device-2", "192.0.2.11")
    device.begin().facts["case"] = "request to another address"
    device.discover()
    message = device.request(device.csr(device.challenge()))
    device.server = Ndes(story, second.pki, "198.51.100.21")
    device.send(message, device.server.failure(message, scep.BAD_MESSAGE_CHECK, E_BAD_KEY))
    device.enrollment.ends(REFUSED, hresult=E_BAD_KEY, fail_info=scep.BAD_MESSAGE_CHECK)


@capture(
    "ndes-certificates-checked",
    (
        "GetCACert answers an administrator should be told about: RA pair expired, about to expire, incomplete, with"
        " the wrong key usage, from another CA, with EC keys; CA signed with PSS, with SHA-1, near its end; a chain"
        " labeled as RA certificates; the client stops after each"
    ),
    "validity, key usage and issuer of RA and CA",
)
def certificates_checked(story):
    case = Case(story)
    server, pki = case.server, case.server.pki
    stranger = Pki("fabrikam", prefix="second-")

    def swap(found, **roles):
        return [(role, roles.get(role.replace("-", "_"), one)) for role, one in found]

    def variant(**more):
        changed = Pki(**more)
        return swap(server.chain(), ra_encryption=changed.ra_encryption, ra_signing=changed.ra_signing)

    def ec_ra(usage, name):
        key = crypto.key(name, "p256")
        return x509.certificate(
            pki.ra_signing.subject, key, pki.rng.serial(), pki.ra_signing.validity, pki.ca, [x509.key_usage(usage)]
        )

    pss, sha1 = Pki(pss=True), Pki(digest="sha1")
    answers = [
        ("RA pair expired", variant(ra_validity=(-740 * x509.DAY, -10 * x509.DAY))),
        ("RA pair expires in 20 days", variant(ra_validity=(-710 * x509.DAY, 20 * x509.DAY))),
        ("RA pair not yet valid", variant(ra_validity=(2 * x509.DAY, 732 * x509.DAY))),
        ("no signing RA certificate", [one for one in server.chain() if one[0] != "ra-signing"]),
        ("no encryption RA certificate", [one for one in server.chain() if one[0] != "ra-encryption"]),
        (
            "encryption RA certificate without keyEncipherment",
            swap(server.chain(), ra_encryption=Pki(ra_usage=(x509.SIGN, x509.SIGN)).ra_encryption),
        ),
        (
            "RA pair of another CA",
            swap(server.chain(), ra_encryption=stranger.ra_encryption, ra_signing=stranger.ra_signing),
        ),
        (
            "RA pair with EC keys",
            swap(
                server.chain(), ra_encryption=ec_ra(4, "ra-ec-encryption"), ra_signing=ec_ra(x509.SIGN, "ra-ec-signing")
            ),
        ),
        (
            "CA signed with PSS",
            [("ra-signing", pss.ra_signing), ("ra-encryption", pss.ra_encryption), ("ca", pss.ca), ("root", pss.root)],
        ),
        (
            "everything signed with SHA-1",
            [
                ("ra-signing", sha1.ra_signing),
                ("ra-encryption", sha1.ra_encryption),
                ("ca", sha1.ca),
                ("root", sha1.root),
            ],
        ),
        ("CA expires in 200 days", [("ca", OwnCa("old", 1, (-900 * x509.DAY, 200 * x509.DAY)).ca)]),
    ]
    for what, found in answers:
        _next(case, what)
        case.device.discover(certificates=server.ca_certificates(found))
        case.device.enrollment.ends(ABANDONED)
    case.use(IOS)
    _next(case, "CA and root labeled as RA certificates, to an Apple client")
    case.device.discover(certificates=server.ca_certificates([("ca", pki.ca), ("root", pki.root)], web.CA_RA_CERT))
    case.device.enrollment.ends(ABANDONED)
    story.keys.clear()


@capture(
    "synthetic-ca-expired",
    (
        "a CA that expired yesterday still answers, and one without keyEncipherment; a signer that is not yet valid,"
        " one that was valid for no time at all, an expired one in a renewal"
    ),
    "validity and key usage at the time of the packet",
)
def ca_expired(story):
    for number, (what, ca) in enumerate(
        (
            ("CA expired", OwnCa("old", 1, (-900 * x509.DAY, -x509.DAY))),
            ("CA without keyEncipherment", OwnCa("plain", usage=(x509.CERT_SIGN, x509.CRL_SIGN))),
        )
    ):
        server = Server(story, ca, "198.51.100.%d" % (40 + number))
        device = Device(story, server, "device-%d" % (number + 1), habit=PLAIN)
        device.begin().facts["case"] = what
        device.discover()
        csr = device.csr(device.challenge())
        message = device.request(csr)
        issued = ca.issue(csr, story.moment())
        device.send(message, server.success(message, device.signer, issued))
        device.enrollment.ends(ISSUED, serial=issued.serial_hex)
        device.leave()
        story.now += 5000000
    series = Series(story, "device-3", address="192.0.2.13")
    device, moment = series.device, story.moment()
    device.discover()
    for what, validity in (
        ("signer not yet valid", (moment + 7200, moment + 90000)),
        ("validity of no length", (moment - 5, moment - 5)),
    ):
        signer = device.self_signed(validity)
        message = series.request(series.begin(), signing=device.signing(signer))
        device.enrollment.facts["case"] = what
        series.exchange(message, series.server.failure(message, scep.BAD_TIME), odd=what)
    old = series.server.pki.issue(series.csr, moment - 400 * x509.DAY)
    message = series.request(series.begin(), kind=scep.RENEWAL_REQ, signing=device.signing(old))
    device.enrollment.facts["case"] = "renewal signed with an expired certificate"
    series.exchange(
        message,
        series.server.failure(message, scep.BAD_MESSAGE_CHECK),
        odd="renewal signed with an expired certificate",
    )
    device.leave()


@capture(
    "synthetic-csr",
    (
        "certificate requests with challenges in each string type and of each kind (one-time password, Intune's signed"
        " blob, empty, none), SANs, Microsoft's attributes, names in rare encodings, other keys than the signer's"
    ),
    "scep.csr.*, scep.challenge.length and .sha256; nothing else of a challenge",
)
def requests(story):
    series = Series(story)
    device, server = series.device, series.server
    device.discover()
    other = crypto.key("device-2")
    for what, csr, more in (
        list(challenges(story, device)) + list(extensions(device)) + list(names_and_keys(device, other))
    ):
        message = device.request(csr, transaction=series.begin(), **more)
        message.facts["case"] = what
        issued = server.pki.issue(csr, story.moment())
        signer = more["signing"].certificate if "signing" in more else device.signer
        series.exchange(message, server.success(message, signer, issued), ISSUED)
    device.leave()


def intune_challenge(story, size=2300):
    """Shaped as Intune's: base64 of a SignedData around an EnvelopedData; opaque to everyone but Intune."""
    rng = story.rng
    service = OwnCa("service", subject="CN=SCEP challenge service")
    sealed = cms.enveloped_data(rng.bytes(size), scep.Sealing([cms.KeyTransport(service.ca)], "aes-256-cbc", rng=rng))
    signed = cms.signed_data(sealed, cms.Signing(service.ca, certificates=(service.ca,), rng=rng))
    return base64.b64encode(signed).decode()


def challenges(story, device):
    """(what, csr, options of the request)"""
    for what, tag in (
        ("PrintableString", der.PRINTABLE),
        ("UTF8String", der.UTF8),
        ("IA5String", der.IA5),
        ("T61String", der.T61),
        ("BMPString", der.BMP),
        ("UniversalString", der.UNIVERSAL),
    ):
        yield "challenge as " + what, device.csr(device.challenge(tag=tag)), {}
    yield "no challenge", device.csr(), {}
    yield "empty challenge", device.csr(x509.Challenge("")), {}
    yield "challenge with an underscore", device.csr(x509.Challenge("lab_secret_%s" % device.rng.bytes(4).hex())), {}
    yield "challenge outside ASCII", device.csr(x509.Challenge("geheim-ä-%s" % device.rng.bytes(4).hex(), der.UTF8)), {}
    yield "Intune's signed blob", device.csr(x509.Challenge(intune_challenge(story))), {}
    same = device.challenge()
    yield "a challenge", device.csr(same), {}
    yield "the same challenge again", device.csr(same), {}


def extensions(device):
    sid = "S-1-5-21-1004336348-1177238915-682003330-512"
    names = [
        "DNS:device-1.contoso.example",
        "UPN:user@contoso.example",
        "EMAIL:user@contoso.example",
        "URI:IntuneDeviceId://11111111-2222-3333-4444-555555555555",
        "URI:tag:microsoft.com,2022-09-14:sid:" + sid,
        "IP:192.0.2.10",
        "IP:2001:db8::10",
    ]
    wanted = [x509.key_usage(x509.SIGN, x509.ENCIPHER), x509.extended_key_usage(oids.CLIENT_AUTH, "1.3.6.1.5.5.7.3.4")]
    yield "all kinds of SAN", device.csr(device.challenge(), names=names, extensions=wanted), {}
    yield "extensions under Microsoft's attribute", device.csr(
        device.challenge(), names=names[:1], extensions=wanted, microsoft=True
    ), {}
    yield "template by name", device.csr(
        device.challenge(), extensions=[x509.template_name("IPSECIntermediateOffline")]
    ), {}
    yield "template by identifier, SID", device.csr(
        device.challenge(), extensions=[x509.template("1.3.6.1.4.1.311.21.8.4242.7.1"), x509.sid_extension(sid)]
    ), {}
    attributes = x509.microsoft_attributes("10.0.22631.2", "CONTOSO\\DEVICE-1$", "omadmclient.exe")
    yield "Windows' attributes", device.csr(device.challenge(), attributes=attributes), {}


def names_and_keys(device, other):
    def named(text, tag=der.UTF8):
        csr = x509.Request(x509.Name(text, tag), device.key, device.challenge(), rng=device.rng)
        return csr, {}

    yield "router: several values in one RDN", *named(
        "serialNumber=FTX0000X0X0 + unstructuredName=router-1.example.com"
    )
    yield "comma and quotes in a value", *named('C=XX, O=Contoso\\, Ltd., CN=user \\"one\\" \\<1\\>')
    yield "BMPString", *named("C=XX, O=Łódź, CN=Gerät-1", der.BMP)
    yield "T61String", *named("C=XX, O=Contoso, CN=device-1", der.T61)
    yield "common name of 80 letters", *named("CN=" + "a" * 80)
    yield "empty subject", *named("")
    yield "key of another device, signer self-signed", x509.Request(
        device.subject, other, device.challenge(), rng=device.rng
    ), {}
    yield "EC key in the request", x509.Request(
        device.subject, crypto.key("device-ec", "p256"), device.challenge(), rng=device.rng
    ), {}
    yield "RSA 4096", x509.Request(
        device.subject, crypto.key("device-4096", "rsa4096"), device.challenge(), rng=device.rng
    ), {}
    old = device.server.pki.issue(device.csr(), START - 300 * x509.DAY)
    yield "renewal with a new key", x509.Request(device.subject, other, rng=device.rng), {
        "kind": scep.RENEWAL_REQ,
        "signing": device.signing(old),
    }


@capture(
    "synthetic-issued",
    (
        "what can be odd about an issued certificate: in clear in the outer SignedData (micromdm, step-ca), other key,"
        " other subject, other issuer, not first in the list, the old one again, the answer for another device's key"
    ),
    "scep.cert.role issued, without a key where it stands in clear; certificate against CSR",
)
def issued_certificates(story):
    series = Series(story)
    device, server = series.device, series.server
    device.discover()
    ca, csr, other = server.pki.ca, series.csr, crypto.key("device-2")
    good = server.pki.issue(csr, story.moment())

    def case(what, issued, signer=None, payload=None, **signing):
        message = series.request(series.begin())
        seal = scep.Sealing([cms.KeyTransport(signer or device.signer)], server.cipher, rng=server.rng)
        answer = scep.success(
            message.facts["transaction_id"],
            server.nonces(message),
            server.signing(message, **signing),
            seal,
            payload or [issued, ca],
        )
        answer.facts.update(case=what, issued=issued.facts())
        series.exchange(message, web.answer(answer, server.headers), ISSUED)
        return answer

    case("in clear in the outer SignedData", good, certificates=(good, ca))
    case(
        "in clear, of another key",
        server.pki.issue(csr, story.moment(), key=other),
        certificates=(server.pki.issue(csr, story.moment(), key=other), ca),
    )
    case("of another key", server.pki.issue(csr, story.moment(), key=other))
    case("other subject", server.pki.issue(csr, story.moment(), subject=x509.Name("C=XX, O=Contoso, CN=somebody-else")))
    case("issued by another CA", OwnCa("second").issue(csr, story.moment()))
    case("CA first, certificate last", good, payload=[ca, good])
    case("the certificate of before, serial number and all", good)
    stranger = Device(story, server, "device-2", "192.0.2.99", PLAIN)
    case("encrypted to another device", good, stranger.signer)
    device.leave()


@capture(
    "synthetic-nonces",
    (
        "nonces and transactionIDs that do not fit: answer to another nonce, without, echoed; another transactionID; a"
        " request replayed; a poll under another transactionID; an answer signed by a stranger"
    ),
    "nonce and transactionID checks, replay, signer against GetCACert",
)
def nonces(story):
    series = Series(story)
    device, server = series.device, series.server
    device.discover()
    csr = series.csr

    def issued():
        return server.pki.issue(csr, story.moment())

    def case(what, message, **more):
        answer = server.success(message, device.signer, issued(), **more)
        answer.message.facts["case"] = what
        series.exchange(message, answer, ISSUED)

    case("good", series.request(series.begin()))
    case("recipientNonce of nobody", series.request(series.begin()), nonces=(b"\x11" * 16, b"\x22" * 16))
    case("no recipientNonce", series.request(series.begin()), omit=("recipient_nonce",))
    case("no senderNonce", series.request(series.begin()), omit=("sender_nonce",))
    message = series.request(series.begin())
    case("senderNonce is the request's", message, nonces=(message.nonce, message.nonce))
    case("another transactionID", series.request(series.begin()), transaction_id="somebody else's")
    message = series.request(series.begin())
    case("first", message)
    series.begin()
    case("replayed: the same bytes again", message)
    again = series.request(series.begin(), nonce=message.nonce)
    case("senderNonce of another request", again)
    message = series.request(series.begin())
    stranger = OwnCa("second").ca
    case("signed by a stranger", message, signing={"certificate": stranger})
    message = series.request(series.begin())
    series.exchange(message, server.pending(message), "pending")
    poll = device.poll(transaction="another one")
    series.exchange(poll, server.failure(poll, scep.BAD_CERT_ID), odd="poll under another transactionID")
    device.leave()


@capture(
    "ndes-clock",
    (
        "devices whose clock is off: two hours ahead and refused with badTime, a day behind and accepted, at the epoch;"
        " a server whose clock is off"
    ),
    "signingTime and the signer's validity against the time of the packet; Date headers",
)
def clock(story):
    server = Ndes(story)
    for number, (what, ahead, outcome) in enumerate(
        (("two hours ahead", 7200, REFUSED), ("a day behind", -86400, ISSUED), ("at the epoch", -START + 3600, REFUSED))
    ):
        device = Device(story, server, "device-%d" % (number + 1), "192.0.2.%d" % (10 + number), WINDOWS, clock=ahead)
        device.begin().facts["case"] = what
        device.discover()
        csr = device.csr(device.challenge())
        message = device.request(csr)
        if outcome == REFUSED:
            device.send(message, server.failure(message, scep.BAD_TIME, 0x800B0101))
            device.enrollment.ends(REFUSED, fail_info=scep.BAD_TIME)
        else:
            issued = server.pki.issue(csr, story.moment())
            device.send(message, server.success(message, device.signer, issued))
            device.enrollment.ends(ISSUED, serial=issued.serial_hex)
        story.now += 10000000
    device = Device(story, server, "device-4", "192.0.2.20", WINDOWS)
    device.begin().facts["case"] = "server five hours behind"
    device.discover()
    message = device.request(device.csr(device.challenge()))
    device.send(
        message, server.failure(message, scep.BAD_TIME, 0x800B0101, signing_time=story.moment() - 18000), offset=-18000
    )
    device.enrollment.ends(REFUSED, fail_info=scep.BAD_TIME)


@capture(
    "synthetic-caps-ignored",
    (
        "AES, SHA-256 and POST are offered, and clients use DES, 3DES, MD5, SHA-1 and GET; a server that answers in"
        " single DES and SHA-1; algorithms and operations that were not offered"
    ),
    "algorithms against GetCACaps, answer against request",
)
def caps_ignored(story):
    series = Series(story)
    device, server = series.device, series.server
    device.discover()
    for cipher, digest in (
        ("des-cbc", "md5"),
        ("des-cbc", "sha1"),
        ("des-ede3-cbc", "sha1"),
        ("aes-128-cbc", "md5"),
        ("rc2-cbc", "sha1"),
    ):
        message = series.request(
            series.begin(), signing=device.signing(digest=digest), sealing=device.sealing(cipher=cipher)
        )
        device.enrollment.facts["case"] = "request in %s and %s" % (cipher, digest)
        issued = server.pki.issue(series.csr, story.moment())
        series.exchange(message, server.success(message, device.signer, issued), ISSUED)
    message = series.request(series.begin())
    device.enrollment.facts["case"] = "answer in des-cbc and sha1"
    series.exchange(
        message,
        server.success(message, device.signer, server.pki.issue(series.csr, story.moment()), "des-cbc", "sha1"),
        ISSUED,
    )
    message = series.request(series.begin())
    device.enrollment.facts["case"] = "GET although POST is offered"
    series.exchange(
        message,
        server.success(message, device.signer, server.pki.issue(series.csr, story.moment())),
        ISSUED,
        method="GET",
    )
    device.leave()
    story.now += 60000000
    poor = Server(story, server.pki, "198.51.100.31")
    other = Device(story, poor, "device-2", "192.0.2.11", PLAIN)
    other.begin().facts["case"] = "POST, AES, SHA-256 and RenewalReq, none of it offered"
    other.discover(poor.caps(("DES3", "SHA-1")))
    old = server.pki.issue(other.csr(), story.moment() - 100 * x509.DAY)
    message = other.request(other.csr(), scep.RENEWAL_REQ, other.signing(old))
    other.send(message, poor.failure(message, scep.BAD_ALG))
    other.enrollment.ends(REFUSED, fail_info=scep.BAD_ALG)
    other.leave()


@capture(
    "ndes-challenge-pages",
    (
        "mscep_admin: an account without permission, an empty page, a one-time password that is used 75 minutes later"
        " and refused, a sign-in that is refused three times"
    ),
    "hints about the page; the password itself is nowhere in them",
)
def challenge_pages(story):
    case = Case(story)
    admin = "/certsrv/mscep_admin/"
    text = "You do not have sufficient permission to enroll with SCEP. Please contact your system administrator."
    browse(case, admin_text(text), path=admin)
    browse(case, web.Response(200, b"", "text/html", web.IIS), path=admin)
    challenge = case.device.challenge()
    browse(case, admin_page(case.server.pki.ca, challenge), path=admin)
    story.now += 75 * 60 * 1000000
    _next(case, "challenge of 75 minutes ago")
    case.device.discover()
    message = case.device.request(case.device.csr(challenge))
    case.device.send(message, case.server.failure(message, scep.BAD_REQUEST))
    case.device.enrollment.ends(REFUSED, fail_info=scep.BAD_REQUEST)
    for _ in range(3):
        browse(case, negotiate(), path=admin)
    story.now += 60 * 1000000
    case.use(WINDOWS, name="device-2")
    _next(case, "the capture goes on")
    case.device.discover()
    case.device.enrollment.ends(ABANDONED)


@capture(
    "synthetic-renewals-unfit",
    (
        "renewals that do not fit: type 17 is offered and refused, the old certificate comes back, the new one is from"
        " another CA; a device that enrolls anew a minute after it was sent a certificate"
    ),
    "what is refused although it was offered; serial number of the new certificate against that of the signer",
)
def renewals_unfit(story):
    series = Series(story)
    device, server = series.device, series.server
    device.discover()
    moment = story.moment()
    old = server.pki.issue(series.csr, moment - 300 * x509.DAY)

    def renewal(what, kind):
        message = series.request(series.begin(), kind=kind, signing=device.signing(old))
        device.enrollment.facts["case"] = what
        return message

    message = renewal("type 17 is offered and refused", scep.RENEWAL_REQ)
    series.exchange(message, server.failure(message, scep.BAD_REQUEST), REFUSED)
    message = renewal("type 19 signed with the old certificate, refused", scep.PKCS_REQ)
    series.exchange(message, server.failure(message, scep.BAD_REQUEST), REFUSED)
    message = renewal("the old certificate comes back, in clear", scep.RENEWAL_REQ)
    shown = {"certificates": (old, server.pki.ca)}
    series.exchange(message, server.success(message, old, old, signing=shown), ISSUED)
    message = renewal("the new certificate is encrypted, and from another CA", scep.RENEWAL_REQ)
    series.exchange(
        message, server.success(message, old, OwnCa("second").issue(series.csr, moment), chain=False), ISSUED
    )
    transaction = series.begin()
    device.enrollment.facts["case"] = "issued, and asked for again"
    message = series.request(transaction)
    series.exchange(
        message, server.success(message, device.signer, server.pki.issue(series.csr, story.moment())), ISSUED
    )
    story.now += 60 * 1000000
    device.begin()
    message = series.request(transaction)
    series.exchange(
        message, server.success(message, device.signer, server.pki.issue(series.csr, story.moment())), ISSUED
    )
    device.leave()
