# SPDX-License-Identifier: GPL-2.0-or-later
"""An enterprise CA with NDES in front of it, as both look on the wire.

What is taken from real NDES: two RA certificates with one key usage each and the Certificate Request Agent purpose, the
list of capabilities, CertReps without certificates, one zero byte as the content of a refusal, the HRESULT attribute,
fresh sender nonces. That refusals of enrollments carry the attribute follows the one public sample, which answers a
GetCRL."""
from . import crypto, oids, scep, web, x509
from .pcapng import START
from .seeded import Rng
from .server import Server, issue
from .x509 import DAY, Name

PATH = "/certsrv/mscep/mscep.dll"
HOST = "ndes.contoso.example"
RA_NAME = "C=XX, O=Contoso, CN=%s-MSCEP-RA"


class Pki:
    """Root, issuing CA and the two RA certificates, all of which follow from the name and the keys.

    ra_validity: seconds from the start of the capture; prefix: of the RA keys, for a second NDES server."""

    def __init__(
        self,
        name="contoso",
        prefix="",
        ra_validity=(-200 * DAY, 530 * DAY),
        digest="sha256",
        pss=False,
        host="NDES01",
        ra_usage=(x509.ENCIPHER, x509.SIGN),
        generation=1,
    ):
        self.name, self.rng = name, Rng("pki", name, prefix, generation)
        suffix = "" if generation == 1 else "-g%d" % generation
        own = "" if name == "contoso" else name + "-"
        root, ca = crypto.key(own + "root" + suffix), crypto.key(own + "ca" + suffix)
        version = "" if generation == 1 else " G%d" % generation
        rng = Rng("pki", name, generation)
        names = [
            "DC=example, DC=%s, CN=%s %s CA%s" % (name, name.capitalize(), kind, version)
            for kind in ("Root", "Issuing")
        ]
        self.root = x509.certificate(
            Name(names[0]),
            root,
            rng.serial(16),
            (START - 800 * DAY, START + 6500 * DAY),
            None,
            self._ca_extensions(root),
            digest,
            rng,
        )
        self.ca = x509.certificate(
            Name(names[1]),
            ca,
            rng.serial(),
            (START - 700 * DAY, START + 2900 * DAY),
            self.root,
            self._ca_extensions(ca, root),
            digest,
            rng,
            pss,
        )
        validity = (START + ra_validity[0], START + ra_validity[1])
        self.ra_encryption = self._ra(
            host, crypto.key(prefix + "ra-encryption"), ra_usage[0], "CEPEncryption", validity, digest
        )
        self.ra_signing = self._ra(
            host, crypto.key(prefix + "ra-signing"), ra_usage[1], "EnrollmentAgentOffline", validity, digest
        )

    def _ca_extensions(self, key, issuer_key=None):
        found = [
            x509.basic_constraints(True),
            x509.key_usage(x509.SIGN, x509.CERT_SIGN, x509.CRL_SIGN),
            x509.subject_key_id(key),
        ]
        return found + ([x509.authority_key_id(issuer_key)] if issuer_key else [])

    def _ra(self, host, key, usage, template, validity, digest):
        extensions = [
            x509.key_usage(usage),
            x509.extended_key_usage(oids.REQUEST_AGENT),
            x509.template_name(template),
            x509.subject_key_id(key),
            x509.authority_key_id(self.ca.key),
        ]
        return x509.certificate(
            Name(RA_NAME % host), key, self.rng.serial(), validity, self.ca, extensions, digest, self.rng
        )

    def issue(self, csr, moment, days=365, subject=None, key=None):
        """The certificate for an x509.Request; subject and key stand in for the request's own."""
        return issue(self, csr, moment, days, subject, key, [x509.template("1.3.6.1.4.1.311.21.8.4242.7.1")])


class Ndes(Server):
    """The server's side: what it answers."""

    capabilities = ("POSTPKIOperation", "Renewal", "SHA-512", "SHA-256", "SHA-1", "DES3")
    empty = scep.ZERO_BYTE
    shows_signer = False
    cipher = "des-ede3-cbc"
    headers = web.IIS
    key_role = "ra-encryption"

    def __init__(self, story, pki=None, address="198.51.100.20", host=HOST, path=PATH):
        super().__init__(story, pki or Pki(), address, host, path)

    @property
    def recipient(self):
        return self.pki.ra_encryption

    @property
    def signer(self):
        return self.pki.ra_signing

    def chain(self):
        pki = self.pki
        return [
            ("ra-signing", pki.ra_signing),
            ("ra-encryption", pki.ra_encryption),
            ("ca", pki.ca),
            ("root", pki.root),
        ]
