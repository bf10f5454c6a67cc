# SPDX-License-Identifier: GPL-2.0-or-later
"""A SCEP server's side of a capture: a CA that answers for itself, as RFC 8894 describes it.

ndes.Ndes answers differently; what differs is in the attributes at the top of the class."""
import hashlib

from . import cms, crypto, oids, scep, web, x509
from .pcapng import START
from .seeded import Rng
from .x509 import DAY, Name


class OwnCa:
    """One self-signed CA that signs and decrypts by itself. generation: a later one has a new key and certificate."""

    def __init__(
        self,
        name="lab",
        generation=1,
        validity=(-700 * DAY, 1500 * DAY),
        kind="rsa2048",
        usage=None,
        digest="sha256",
        pss=False,
        subject=None,
    ):
        self.name, self.rng = name, Rng("ca", name, generation)
        key = crypto.key("%s-ca%s" % (name, "" if generation == 1 else "-g%d" % generation), kind)
        usage = usage or (x509.SIGN, x509.ENCIPHER, x509.CERT_SIGN, x509.CRL_SIGN)
        extensions = [x509.basic_constraints(True), x509.key_usage(*usage), x509.subject_key_id(key)]
        who = Name(
            subject
            or "C=XX, O=Example Lab, CN=%s SCEP CA%s"
            % (name.capitalize(), "" if generation == 1 else " G%d" % generation)
        )
        self.ca = x509.certificate(
            who,
            key,
            self.rng.serial(12),
            (START + validity[0], START + validity[1]),
            None,
            extensions,
            digest,
            self.rng,
            pss,
        )

    def issue(self, csr, moment, days=365, subject=None, key=None):
        """The certificate for an x509.Request; subject and key stand in for the request's own."""
        return issue(self, csr, moment, days, subject, key)


def issue(pki, csr, moment, days=365, subject=None, key=None, more=()):
    key = key or csr.key
    rng = Rng("issue", pki.name, hashlib.sha256(csr.der).hexdigest(), moment)
    names = [x509.alt_name(csr.names)] if csr.names else []
    extensions = (
        names
        + list(more)
        + [
            x509.key_usage(x509.SIGN, x509.ENCIPHER),
            x509.extended_key_usage(oids.CLIENT_AUTH),
            x509.subject_key_id(key),
            x509.authority_key_id(pki.ca.key),
        ]
    )
    return x509.certificate(
        subject or csr.subject,
        key,
        rng.serial(),
        (moment - 600, moment - 600 + days * DAY),
        pki.ca,
        extensions,
        rng=rng,
    )


class Server:
    """What the server answers; every method returns a web.Response. Options that a test of one oddity needs go
    straight through to cms and scep: nonces, transaction_id, signing and sealing (dicts), digest, cipher."""

    capabilities = ("AES", "DES3", "SHA-1", "SHA-256", "SHA-512", "POSTPKIOperation", "Renewal", "SCEPStandard")
    empty = scep.ABSENT  # content of a refusal
    shows_signer = True  # puts its certificate into its answers
    cipher = "aes-128-cbc"
    headers = [("Server", "scep-lab/1.0")]
    key_role = "ca"

    def __init__(self, story, pki=None, address="198.51.100.30", host="scep.example.com", path="/scep"):
        self.story, self.pki, self.address, self.host, self.path = story, pki or OwnCa(), address, host, path
        self.rng = Rng(story.name, "server", address)
        story.key(self.key_role, self.recipient.key)

    @property
    def recipient(self):
        """Certificate that requests are to be encrypted to."""
        return self.pki.ca

    @property
    def signer(self):
        """Certificate that answers are signed with."""
        return self.pki.ca

    def caps(self, keywords=None, **more):
        return web.caps(keywords or self.capabilities, server=self.headers, **more)

    def chain(self):
        """(role, certificate) in the order of GetCACert."""
        return [("ca", self.pki.ca)]

    def ca_certificates(self, found=None, content_type=None, shape=None, **more):
        """GetCACert: one certificate as such, several in a degenerate SignedData; shape "cms" or "x509" decides
        otherwise."""
        found = found or self.chain()
        alone = shape == "x509" or (shape is None and len(found) == 1)
        body = found[0][1].der if alone else cms.certs_only([one for _, one in found])
        return web.certificates(
            found, body, content_type or (web.CA_CERT if alone else web.CA_RA_CERT), self.headers, **more
        )

    def signing(self, request, digest=None, certificate=None, **more):
        """With the digest of the request, unless told otherwise."""
        name = digest or next(name for name, text in scep.OPENSSL_NAME.items() if text == request.facts["digest"])
        certificate = certificate or self.signer
        if self.shows_signer:
            more.setdefault("certificates", (certificate,))
        return cms.Signing(certificate, name, rng=self.rng, **more)

    def nonces(self, request):
        """(a fresh one, that of the request)."""
        return self.rng.bytes(16), request.nonce

    def _start(self, request, nonces, more):
        """(transactionID, nonces) of the answer."""
        return more.pop("transaction_id", None) or request.facts.get("transaction_id"), nonces or self.nonces(request)

    def success(
        self,
        request,
        signer,
        certificate,
        cipher=None,
        digest=None,
        nonces=None,
        signing=None,
        sealing=None,
        chain=True,
        web_options=None,
        **more
    ):
        """signer: the request's signing certificate, to which the answer is encrypted."""
        options = dict(sealing or {})
        recipients = options.pop("recipients", None) or [cms.KeyTransport(signer)]
        seal = scep.Sealing(recipients, cipher or self.cipher, rng=self.rng, **options)
        message = scep.success(
            *self._start(request, nonces, more),
            self.signing(request, digest, **(signing or {})),
            seal,
            [certificate] + ([self.pki.ca] if chain else []),
            **more
        )
        return web.answer(message, self.headers, **(web_options or {}))

    def failure(
        self,
        request,
        fail_info=scep.BAD_REQUEST,
        hresult=None,
        digest=None,
        nonces=None,
        signing=None,
        empty=None,
        web_options=None,
        **more
    ):
        message = scep.failure(
            *self._start(request, nonces, more),
            self.signing(request, digest, **(signing or {})),
            fail_info,
            empty or self.empty,
            hresult=hresult,
            **more
        )
        return web.answer(message, self.headers, **(web_options or {}))

    def pending(self, request, digest=None, nonces=None, signing=None, empty=None, web_options=None, **more):
        message = scep.pending(
            *self._start(request, nonces, more),
            self.signing(request, digest, **(signing or {})),
            empty or self.empty,
            **more,
        )
        return web.answer(message, self.headers, **(web_options or {}))

    def crl(self, request, signer, cipher=None, digest=None, revoked=()):
        crl = x509.revocation_list(self.pki.ca, revoked, self.story.moment() - 3600)
        seal = scep.Sealing([cms.KeyTransport(signer)], cipher or self.cipher, rng=self.rng)
        message = scep.success(*self._start(request, None, {}), self.signing(request, digest), seal, crls=[crl])
        return web.answer(message, self.headers)

    def rollover(self, certificates, digest="sha256"):
        """GetNextCACert: SignedData signed by the current CA around a degenerate one (RFC 8894 4.7.1). certificates:
        (role, certificate)."""
        inner = cms.certs_only([one for _, one in certificates])
        body = cms.signed_data(inner, cms.Signing(self.pki.ca, digest, certificates=(self.pki.ca,), rng=self.rng))
        return web.certificates(certificates, body, web.NEXT_CA, self.headers)
