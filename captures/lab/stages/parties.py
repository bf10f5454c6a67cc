# SPDX-License-Identifier: GPL-2.0-or-later
"""Hosts, their names and their TLS certificates."""
import functools

from synthetic import oids, x509
from synthetic.pcapng import START
from synthetic.seeded import Rng
from synthetic.x509 import DAY, Name

from .keys import ca_key, tls_key

DEVICE, SECOND_DEVICE, THIRD_DEVICE = "192.0.2.10", "192.0.2.11", "192.0.2.12"
RESOLVER = "192.0.2.53"
PROXY, WAP = "203.0.113.20", "203.0.113.30"
NDES, SECOND_NDES, CA = "198.51.100.30", "198.51.100.31", "198.51.100.40"
INTUNE, LOGIN, GRAPH, AIK = "203.0.113.50", "203.0.113.60", "203.0.113.61", "203.0.113.70"
ELSEWHERE = "203.0.113.90"

NDES_NAME, NDES_INSIDE, PUBLISHED = "ndes.contoso.com", "ndes.corp.contoso.com", "contoso.msappproxy.net"
INTUNE_NAME, INTUNE_FRONT = "r.manage.microsoft.com", "fef.msua06.manage.microsoft.com"
LOGIN_NAME, GRAPH_NAME, CA_NAME = "login.microsoftonline.com", "graph.microsoft.com", "ca.corp.contoso.com"

SERVER_AUTH = "1.3.6.1.5.5.7.3.1"


class Authority:
    """A CA for TLS: a root and the issuing CA below it, which servers send along."""

    def __init__(self, name, organization):
        self.name, self.rng = name, Rng("tls ca", name)
        root, key = ca_key(name + " root"), ca_key(name + " ca")
        usage = [x509.basic_constraints(True), x509.key_usage(x509.SIGN, x509.CERT_SIGN, x509.CRL_SIGN)]
        span = (START - 800 * DAY, START + 5000 * DAY)
        who = Name("C=XX, O=%s, CN=%s Root" % (organization, name))
        ids = [x509.subject_key_id(root)]
        self.root = x509.certificate(who, root, self.rng.serial(16), span, None, usage + ids, rng=self.rng)
        who = Name("C=XX, O=%s, CN=%s" % (organization, name))
        ids = [x509.subject_key_id(key), x509.authority_key_id(root)]
        self.issuing = x509.certificate(who, key, self.rng.serial(16), span, self.root, usage + ids, rng=self.rng)

    def issue(self, names, validity=(-60, 305), subject=None, key=None, purpose=SERVER_AUTH):
        """names: DNS names of a server; validity: in days from the start of the capture. @return an Identity"""
        key = key or tls_key(subject or names[0])
        extensions = [
            x509.key_usage(x509.SIGN, x509.ENCIPHER),
            x509.extended_key_usage(purpose),
            x509.subject_key_id(key),
            x509.authority_key_id(self.issuing.key),
        ] + ([x509.alt_name(["DNS:" + name for name in names])] if names else [])
        rng = Rng("tls certificate", self.name, names, validity, subject)
        span = (START + validity[0] * DAY, START + validity[1] * DAY)
        who = Name(subject or "C=XX, O=Contoso, CN=" + names[0])
        return Identity(
            x509.certificate(who, key, rng.serial(16), span, self.issuing, extensions, rng=rng), self, names
        )


class Identity:
    """A certificate with its key and its chain."""

    def __init__(self, certificate, authority, names):
        self.certificate, self.authority, self.names = certificate, authority, list(names)

    def told(self):
        facts = self.certificate.facts()
        keep = ("serial", "subject", "issuer", "not_before", "not_after", "sha1")
        return dict({name: facts[name] for name in keep}, dns_names=self.names)


@functools.lru_cache(maxsize=None)
def authority(name):
    """public: what devices trust; microsoft: of Microsoft's services; corp: inside Contoso; inspection: of a proxy that
    breaks TLS open; unknown: what no device trusts; clients: of the client certificates that policy modules have."""
    return {
        "public": lambda: Authority("Public TLS CA 1", "Example Trust Services"),
        "microsoft": lambda: Authority("Microsoft TLS Issuing CA 01", "Microsoft Corporation"),
        "corp": lambda: Authority("Contoso Web CA", "Contoso"),
        "inspection": lambda: Authority("Web Gateway Inspection CA", "Contoso Network Security"),
        "unknown": lambda: Authority("Contoso Lab CA", "Contoso"),
        "clients": lambda: Authority("Contoso Machine CA", "Contoso"),
    }[name]()


def client_identity(name=NDES_INSIDE, by="clients", validity=(-60, 305)):
    """The client certificate of a policy module, or of a device."""
    subject = "C=XX, O=Contoso, CN=" + name
    key = tls_key("client " + name)
    return authority(by).issue([], validity, subject, key, oids.CLIENT_AUTH)
