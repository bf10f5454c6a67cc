# SPDX-License-Identifier: GPL-2.0-or-later
"""Encodings that are legal and rare, certificate answers of every shape, CA rollover, messages that are cut or
absurd."""
import base64

from . import cms, der, oids, scep, web, x509
from .captures_messages import Series
from .cms import attribute
from .der import LEVELS, Ber
from .device import CISCO, PLAIN, Device
from .ndes import Ndes
from .registry import capture
from .server import OwnCa, Server
from .story import ISSUED, REFUSED, UNREADABLE


def _answered(series, message, what, signer=None):
    """The request is accepted, and the answer has the same encoding."""
    issued = series.server.pki.issue(series.csr, series.story.moment())
    return series.server.success(message, signer or series.device.signer, issued), what


@capture(
    "synthetic-ber",
    "requests and answers in BER: indefinite lengths at each level and at all, strings in segments, long lengths",
    "each message opens with its key and has a good signature; the expectation file names the encoding",
)
def ber(story):
    series = Series(story)
    series.device.discover()
    styles = [("indefinite: " + level, Ber(frozenset([level]))) for level in LEVELS]
    styles += [
        ("indefinite everywhere", Ber(frozenset(LEVELS))),
        ("segments of 1000, definite", Ber(chunk=1000)),
        ("segments of 100, indefinite everywhere", Ber(frozenset(LEVELS), 100)),
        ("segments of 1, encryptedContent", Ber(frozenset(["encrypted"]), 1)),
        ("nested segments", Ber(frozenset(LEVELS), 400, nested=True)),
        ("empty segments between", Ber(frozenset(LEVELS), 500, empty_chunks=True)),
        ("four length octets everywhere", Ber(padded=frozenset(LEVELS))),
        ("as Apple: all indefinite, segments of 1000", der.BER_EVERYWHERE),
    ]
    for what, style in styles:
        message = series.request(series.begin(), ber=style)
        issued = series.server.pki.issue(series.csr, story.moment())
        answer = series.server.success(message, series.device.signer, issued, ber=style)
        message.facts["encoding"] = answer.message.facts["encoding"] = what
        series.exchange(message, answer, ISSUED)
    series.device.leave()


@capture(
    "synthetic-algorithm-shapes",
    (
        "AlgorithmIdentifiers without NULL, an absent IV, EncryptedData in place of EnvelopedData, signer by key "
        "identifier, an old PIX with MD5, DES and an X.509 v1 signer"
    ),
    "each opens with its key, EncryptedData aside",
)
def shapes(story):
    series = Series(story)
    device, server = series.device, series.server
    device.discover()
    message = series.request(
        series.begin(),
        signing=device.signing(parameters=False),
        sealing=device.sealing(recipients=[cms.KeyTransport(server.recipient, parameters=False)]),
    )
    series.exchange(
        message, server.failure(message, signing={"parameters": False}), odd="AlgorithmIdentifiers without NULL"
    )
    message = series.request(series.begin(), sealing=device.sealing(cipher="des-cbc", iv=False))
    series.exchange(message, server.failure(message, scep.BAD_ALG), odd="des-cbc without an IV")
    message = series.request(series.begin(), sealing=device.sealing(type="encrypted"))
    series.exchange(
        message, server.failure(message, scep.BAD_MESSAGE_CHECK), odd="EncryptedData in place of EnvelopedData"
    )
    message = series.request(
        series.begin(),
        signing=device.signing(by_key_id=True),
        sealing=device.sealing(recipients=[cms.KeyTransport(server.recipient, by_key_id=True)]),
    )
    series.exchange(message, server.failure(message), odd="signer and recipient by subjectKeyIdentifier")
    old = x509.certificate(
        device.subject, device.key, 1, (story.moment() - 100, story.moment() + 100000), digest="md5", version=1
    )
    style = Ber(frozenset(LEVELS))
    message = series.request(
        series.begin(), signing=device.signing(old, digest="md5"), sealing=device.sealing(cipher="des-cbc"), ber=style
    )
    issued = server.pki.issue(series.csr, story.moment())
    series.exchange(
        message,
        server.success(message, old, issued, "des-cbc", ber=style),
        ISSUED,
        odd="PIX: MD5, DES, X.509 v1, all indefinite",
    )
    device.leave()


@capture(
    "synthetic-cacert-shapes",
    "GetCACert and GetCACertChain in every shape and under wrong content types, with and without RA certificates",
    "roles of certificates; type and body that do not agree; empty crls; zero-length eContent; a garbled certificate",
)
def cacert_shapes(story):
    ndes, own = Ndes(story), Server(story)
    device = Device(story, ndes, "device-1", habit=PLAIN)
    pki, device.enrollment = ndes.pki, None
    roles, only_ca = ndes.chain(), [("ca", pki.ca), ("root", pki.root)]
    everything = [one for _, one in roles]
    garbled = cms.certs_only([pki.ca, pki.root]).replace(pki.ca.der[40:60], b"\xff" * 20)
    bodies = [
        ("NDES: two RA certificates", ndes.ca_certificates()),
        ("one certificate", own.ca_certificates()),
        ("one certificate in a degenerate SignedData", own.ca_certificates(shape="cms")),
        ("chain without RA certificates, labeled as RA", ndes.ca_certificates(only_ca)),
        ("one RA certificate only", ndes.ca_certificates(roles[1:])),
        ("SignedData labeled as one certificate", ndes.ca_certificates(content_type=web.CA_CERT)),
        ("one certificate labeled as RA", own.ca_certificates(content_type=web.CA_RA_CERT)),
        ("with an empty crls", _certificates(roles, cms.certs_only(everything, crls=[]))),
        ("with eContent of length 0", _certificates(roles, cms.certs_only(everything, empty_content=True))),
        ("indefinite lengths", _certificates(roles, cms.certs_only(everything, ber=Ber(frozenset(LEVELS))))),
        (
            "with a revocation list",
            _certificates(roles, cms.certs_only(everything, [x509.revocation_list(pki.ca, (5,), story.moment())])),
        ),
        ("no content type", _certificates(roles, cms.certs_only(everything), None)),
        ("PEM", _certificates([("ca", own.pki.ca)], _pem(own.pki.ca), web.CA_CERT)),
        ("no certificate at all", _certificates([], cms.certs_only([]))),
        ("first certificate garbled", _certificates([("root", pki.root)], garbled)),
    ]
    for what, response in bodies:
        device.exchange(device.ask_for("GetCACert", None), response, shape=what)
    chain = _certificates(only_ca, cms.certs_only([pki.ca, pki.root]), web.CA_CHAIN)
    device.exchange(device.ask_for("GetCACertChain", "ca"), chain, shape="GetCACertChain")
    device.leave()
    story.keys.clear()


def _certificates(found, body, content_type=web.CA_RA_CERT):
    return web.certificates(found, body, content_type)


def _pem(certificate):
    text = base64.b64encode(certificate.der).decode()
    lines = "\n".join(text[at : at + 64] for at in range(0, len(text), 64))
    return ("-----BEGIN CERTIFICATE-----\n%s\n-----END CERTIFICATE-----\n" % lines).encode()


def rollover_asked(story):
    """The three requests of a client that looks for the next CA. @return server, next CA, device"""
    server = Server(story)
    following = OwnCa("lab", 2, (20 * x509.DAY, 2000 * x509.DAY))
    device = Device(story, server, "device-1", habit=PLAIN)
    device.exchange(device.ask_for("GetCACaps", None), server.caps(server.capabilities + ("GetNextCACert",)))
    device.exchange(device.ask_for("GetCACert", None), server.ca_certificates())
    device.exchange(device.ask_for("GetNextCACert", None), server.rollover([("next-ca", following.ca)]))
    return server, following, device


@capture(
    "synthetic-rollover",
    (
        "CA rollover: GetNextCACert signed by the current CA, one with a damaged signature, one not signed, "
        "GetCACertChain; NDES does not know the operation; a renewal under the next CA"
    ),
    "role next-ca; the inner degenerate SignedData; 404 to an optional operation",
)
def rollover(story):
    server, following, device = rollover_asked(story)
    ndes = Ndes(story)
    inner = cms.certs_only([following.ca])
    for damage, what in (("signature", "signature damaged"), ("digest", "messageDigest damaged")):
        signing = cms.Signing(server.pki.ca, certificates=(server.pki.ca,), damage=damage, rng=server.rng)
        body = cms.signed_data(inner, signing)
        device.exchange(
            device.ask_for("GetNextCACert", "ca"),
            _certificates([("next-ca", following.ca)], body, web.NEXT_CA),
            damaged=damage,
        )
    device.exchange(
        device.ask_for("GetNextCACert", None),
        _certificates([("next-ca", following.ca)], inner, web.NEXT_CA),
        odd="not signed",
    )
    style = Ber(frozenset(LEVELS), 300)
    body = cms.signed_data(inner, cms.Signing(server.pki.ca, certificates=(server.pki.ca,), rng=server.rng), style)
    device.exchange(
        device.ask_for("GetNextCACert", None), _certificates([("next-ca", following.ca)], body, web.NEXT_CA), odd="BER"
    )
    device.exchange(
        device.ask_for("GetCACertChain", None),
        _certificates([("ca", server.pki.ca)], cms.certs_only([server.pki.ca]), web.CA_CHAIN),
    )
    device.leave()
    other = Device(story, ndes, "device-2", "192.0.2.11", habit=PLAIN)
    other.exchange(
        other.ask_for("GetNextCACert", None),
        web.iis_plain(
            404,
            "File or directory not found.",
            (
                "The resource you are looking for might have been removed, had its name changed, or is temporarily "
                "unavailable."
            ),
            reason="Not Found",
        ),
    )
    other.leave()
    story.now += 30 * x509.DAY * 1000000
    after = Server(story, following, address=server.address)
    old = server.pki.issue(device.csr(), story.moment() - 200 * x509.DAY)
    device.server = after
    device.begin()
    device.discover(after.caps(), after.ca_certificates())
    message = device.request(device.csr(), scep.RENEWAL_REQ, device.signing(old))
    new = following.issue(device.csr(), story.moment())
    device.send(message, after.success(message, old, new))
    device.enrollment.ends(ISSUED, serial=new.serial_hex)
    device.leave()


@capture(
    "synthetic-hostile",
    "messages that are cut, garbled or absurd, in requests and answers",
    "no crash, no hang; a reason for each; what parses is shown",
)
def hostile(story):
    series = Series(story)
    device, server = series.device, series.server
    good = series.request("hostile")
    answer = server.success(good, device.signer, server.pki.issue(series.csr, story.moment()))

    def throw(what, body=None, reply=None, **more):
        device.enrollment = None
        request = device.carry(good)
        if body is not None:
            request.body, request.message = body, None
        response = (
            web.Response(200, reply, more.pop("content_type", web.PKI_MESSAGE))
            if reply is not None
            else web.Response(400, b"bad message", "text/plain")
        )
        device.exchange(request, response, odd=what, **more)
        story.now += 100000

    for size in (1, 2, 4, 15, 25, 60, 300, len(good.der) // 2, len(good.der) - 300, len(good.der) - 1):
        throw("request cut to %d of %d bytes" % (size, len(good.der)), good.der[:size], cut_to=size)
    for size in (1, 30, 700, len(answer.body) - 1):
        throw("answer cut to %d of %d bytes" % (size, len(answer.body)), reply=answer.body[:size], cut_to=size)
    for what, body in garbled(story, good.der) + absurd(story, series):
        throw(what, body)
    for what, body in garbled(story, answer.body)[:4]:
        throw("answer: " + what, reply=body)
    bad_queries(story, device, good)
    bad_capabilities(device)
    device.leave()


def garbled(story, encoded):
    """(what, bytes): damage at fixed and at random places."""
    rng, found = story.rng, []
    for number in range(8):
        body = bytearray(encoded)
        for _ in range(1 + number):
            body[rng.below(len(body))] ^= 1 << rng.below(8)
        found.append(("%d flipped bits" % (number + 1), bytes(body)))
    found.append(("random bytes behind the header", encoded[:20] + rng.bytes(len(encoded) - 20)))
    found.append(("random bytes", rng.bytes(900)))
    found.append(("all zero", bytes(500)))
    found.append(("all ff", b"\xff" * 500))
    found.append(("trailing bytes", encoded + b"\r\n\r\n" + rng.bytes(30)))
    found.append(("twice in one body", encoded + encoded))
    found.append(("HTML", b"<html><body>not a message</body></html>"))
    found.append(("base64 text", base64.b64encode(encoded)))
    return found


def absurd(story, series):
    """(what, bytes): structures that no peer sends."""
    device, rng, found = series.device, story.rng, []
    signed = der.oid(oids.SIGNED_DATA)
    for octets, what in (
        (b"\x84\xff\xff\xff\xff", "4 GiB"),
        (b"\x88\x7f" + b"\xff" * 7, "8 EiB"),
        (b"\x84\x7f\xff\xff\xff", "2 GiB"),
        (b"\xff", "reserved"),
    ):
        found.append(("length octets claim " + what, b"\x30" + octets + signed + b"\xa0\x80\x30\x80"))
    found.append(("300 levels deep", b"\x30\x80" + signed + b"\xa0\x80" + b"\x30\x80" * 300))
    deep = der.octets(b"")
    for _ in range(200):
        deep = der.tlv(0x24, deep)
    found.append(
        (
            "eContent 200 strings deep",
            der.seq(
                signed,
                der.explicit(
                    0,
                    der.seq(
                        der.integer(1), der.set_of(), der.seq(der.oid(oids.DATA), der.explicit(0, deep)), der.set_of()
                    ),
                ),
            ),
        )
    )
    found.append(("only end-of-contents", b"\x30\x80" + signed + b"\xa0\x80\x30\x80" + b"\0" * 400))
    found.append(
        ("OID of 5,000 octets", der.seq(der.tlv(der.OID, b"\x2a" + b"\x86" * 5000 + b"\1"), der.explicit(0, der.seq())))
    )
    found.append(("tag number of 12 octets", b"\x30\x20\x3f" + b"\xff" * 11 + b"\x01\x0f" + b"\0" * 19))
    many = [attribute("1.3.6.1.4.1.99999.1.%d" % number, der.integer(number)) for number in range(400)]
    found.append(
        (
            "400 signed attributes",
            scep.pki_message(scep.Attributes(19, "many", rng.bytes(16), extras=many), device.signing()).der,
        )
    )
    long_id = scep.Attributes(19, "L" * 20000, rng.bytes(16))
    found.append(("transactionID of 20,000 letters", scep.pki_message(long_id, device.signing()).der))
    evil = scep.Attributes(19, '\x1b[31m"};\u202e<b>%s%n\u00e9', rng.bytes(16), types={"transaction_id": der.UTF8})
    found.append(("transactionID with escapes, quotes and bidi", scep.pki_message(evil, device.signing()).der))
    copies = device.signing(certificates=(device.signer,) * 80)
    found.append(("80 certificates", scep.pki_message(scep.Attributes(19, "certs", rng.bytes(16)), copies).der))
    crowd = device.sealing(recipients=[cms.KeyTransport(series.server.recipient)] * 40)
    found.append(
        (
            "40 recipients",
            scep.pki_message(scep.Attributes(19, "crowd", rng.bytes(16)), device.signing(), crowd, b"x").der,
        )
    )
    costly = device.sealing(recipients=[cms.Password(b"secret", 2000000000)])
    found.append(
        (
            "2,000,000,000 iterations",
            scep.pki_message(scep.Attributes(19, "slow", rng.bytes(16)), device.signing(), costly, b"x").der,
        )
    )
    found.append(("signer with a key of 65,536 bits", huge_key(series)))
    two = [device.signing(), device.signing()]
    for one in two:
        one.attributes = scep.Attributes(19, "two signers", rng.bytes(16)).encode()
    found.append(("two signers", cms.signed_data(b"", two)))
    bare = device.signing(omit=("content_type", "message_digest"))
    found.append(("no signed attributes", cms.signed_data(b"data", bare)))
    found.append(("EnvelopedData without SignedData", cms.enveloped_data(series.csr.der, device.sealing())))
    found.append(("empty SEQUENCE", b"\x30\0"))
    found.append(("a certificate", device.signer.der))
    found.append(("a PKCS#10", series.csr.der))
    return found


def huge_key(series):
    """A message whose signer's certificate has an RSA key that would keep a verifier busy."""
    device, rng = series.device, series.story.rng
    modulus = int.from_bytes(b"\xc1" + rng.bytes(8190) + b"\1", "big")
    public = der.seq(der.integer(modulus), der.integer(int.from_bytes(b"\x61" + rng.bytes(8000) + b"\1", "big")))
    spki = der.seq(x509.algorithm(oids.RSA, der.null()), der.bits(public))
    real = device.signer
    encoded = real.der.replace(real.key.spki, spki)  # lengths of the frame are mended below
    body = der.tlv(
        der.SEQUENCE,
        encoded[encoded.index(der.children(der.children(real.der)[0])[0]) : encoded.index(spki)]
        + spki
        + b"".join(der.children(der.children(real.der)[0])[7:]),
    )
    certificate = der.seq(body, *der.children(real.der)[1:])
    huge = x509.Certificate(certificate, real.key, real.subject, real.issuer, real.serial, real.validity)
    return scep.pki_message(scep.Attributes(19, "huge key", rng.bytes(16)), device.signing(huge)).der


def bad_queries(story, device, good):
    """GETs whose message= does not decode."""
    text = good.base64()
    values = [
        ("no message", None),
        ("empty message", ""),
        ("not base64", "!!!!&&&&"),
        ("one letter", "A"),
        ("percent at the end", "MIIC%"),
        ("bad percent", "MIIC%zz%0"),
        ("length not a multiple of 4", text[:1001].replace("+", "%2B")),
        ("cut", text[:800].replace("+", "%2B")),
        ("letters of another alphabet", "MIIC\u00e9\u00e8".encode().decode("latin-1")),
        ("= in the middle", "MIIC==MIIC"),
        ("8,000 letters A", "A" * 8000),
    ]
    for what, value in values:
        request = web.get(
            device.server.path, device.server.host, "PKIOperation", value, [("User-Agent", "scep-client/1.0")]
        )
        request.identifier = None
        device.exchange(request, web.Response(400, b"bad message", "text/plain"), enrollment=None, odd="GET: " + what)


def bad_capabilities(device):
    bodies = [
        ("1,000 keywords", "\n".join("Keyword-%d" % number for number in range(1000)).encode()),
        ("one word of 10,000 letters", b"A" * 10000),
        ("binary", bytes(range(256)) * 3),
        ("empty", b""),
        ("HTML", b"<html><head><title>Sign in</title></head></html>"),
        ("only line ends", b"\r\n\n\r\n"),
        ("UTF-16", "\ufeffAES\r\nSHA-256\r\n".encode("utf-16-le")),
        ("separated by commas", b"AES,SHA-256,POSTPKIOperation"),
        ("small letters", b"aes\nsha-256\npostpkioperation\nscepstandard"),
    ]
    for what, body in bodies:
        device.exchange(
            device.ask_for("GetCACaps", None),
            web.Response(200, body, "text/plain"),
            enrollment=None,
            odd="GetCACaps: " + what,
        )


@capture(
    "synthetic-snaplen",
    "an enrollment of which the capture holds 400 bytes of each packet",
    "message cut short: what is there is shown, and what is missing",
    snaplen=400,
)
def snaplen(story):
    server = Ndes(story)
    for number, habit in enumerate((PLAIN, CISCO)):
        device = Device(story, server, "device-%d" % (number + 1), "192.0.2.%d" % (10 + number), habit)
        device.begin()
        device.discover()
        message = device.request(device.csr(device.challenge()))
        device.send(message, server.failure(message, hresult=0x80094801))
        device.enrollment.ends(REFUSED if number else UNREADABLE)
        device.leave()
