# SPDX-License-Identifier: GPL-2.0-or-later
"""The certification authority behind the interfaces: decides, keeps its requests, knows its properties.

What the template named in the attributes decides: see OUTCOMES."""
import hashlib
import struct

from synthetic import cms, crypto, der, oids, x509
from synthetic.ndes import Pki
from synthetic.pcapng import START

INCOMPLETE, ERROR, DENIED, ISSUED, OUT_OF_BAND, PENDING, REVOKED = range(7)
INVALID_ARGUMENT, PROPERTY_EMPTY, ADMIN_DENIED = 0x80070057, 0x80094004, 0x80094014
NO_CERT_TYPE, UNSUPPORTED_CERT_TYPE, KEY_LENGTH, TEMPLATE_DENIED, BAD_SUBJECT = (
    0x80094801,
    0x80094800,
    0x80094811,
    0x80094012,
    0x80094001,
)
CMC_DATA = der.oid("1.3.6.1.5.5.7.12.2")
FULL_RESPONSE, PKCS10, KEYGEN, PKCS7, CMC = 0x40000, 0x100, 0x200, 0x300, 0x400

WHY = {
    NO_CERT_TYPE: "Denied by Policy Module  0x80094801, The request does not contain a certificate template extension "
                  "or the CertificateTemplate request attribute.",
    UNSUPPORTED_CERT_TYPE: "Denied by Policy Module  0x80094800, The request was for a certificate template that is "
                           "not supported by the Active Directory Certificate Services policy: %s.",
    KEY_LENGTH: "Denied by Policy Module  0x80094811, The public key does not meet the minimum size required by the "
                "specified certificate template.",
    TEMPLATE_DENIED: "Error Constructing or Publishing Certificate  The permissions on the certificate template do not "
                     "allow the current user to enroll for this type of certificate. 0x80094012 "
                     "(-2146877422 CERTSRV_E_TEMPLATE_DENIED)",
    BAD_SUBJECT: "The request subject name is invalid or too long. 0x80094001 "
                 "(-2146877439 CERTSRV_E_BAD_REQUESTSUBJECT)",
}
# template: disposition
OUTCOMES = {
    "IPSECIntermediateOffline": ISSUED,
    "ContosoDevice": ISSUED,
    "ContosoDeviceApproval": PENDING,
    "ContosoRestricted": DENIED,
    "ContosoStrong": KEY_LENGTH,
    "ContosoNotForYou": TEMPLATE_DENIED,
    "ContosoLongSubject": BAD_SUBJECT,
}

# id: (name, type); 1 long, 2 date, 3 binary, 4 string (MS-WCCE 3.2.1.4.3.2)
LONG, DATE, BINARY, STRING = 1, 2, 3, 4
PROPERTIES = {
    1: ("CA File Version", STRING),
    2: ("CA Product Version", STRING),
    3: ("Exit Module Count", LONG),
    4: ("Exit Module Description", STRING),
    5: ("Policy Module Description", STRING),
    6: ("CA Name", STRING),
    7: ("Sanitized CA Name", STRING),
    8: ("Shared Folder", STRING),
    9: ("Parent CA Name", STRING),
    10: ("CA Type", LONG),
    11: ("CA Signature Certificate Count", LONG),
    12: ("CA Signature Certificate", BINARY),
    13: ("CA Signature Certificate Chain", BINARY),
    14: ("CA Exchange Certificate Count", LONG),
    17: ("Base CRL", BINARY),
    19: ("CA Certificate State", LONG),
    21: ("Maximum Property Id", LONG),
    22: ("DNS Name", STRING),
    23: ("Role Separation Enabled", LONG),
    28: ("Advanced Server", LONG),
    29: ("Templates", STRING),
    30: ("Base CRL Publish Status", LONG),
    40: ("Sanitized CA Short Name", STRING),
    42: ("CA AIA URLs", STRING),
}
INDEXED = {4, 12, 13, 17, 19, 30, 42}
TEMPLATES = [
    ("ContosoDevice", "1.3.6.1.4.1.311.21.8.4242.7.1"),
    ("ContosoDeviceApproval", "1.3.6.1.4.1.311.21.8.4242.7.2"),
    ("IPSECIntermediateOffline", ""),
]


def text_blob(text):
    return (text + "\0").encode("utf-16-le")


def fourcc(text):
    return int.from_bytes(text.encode(), "big")


def template_of(attributes):
    """Value of the CertificateTemplate line (MS-WCCE 2.2.2.7), None without one."""
    for line in (attributes or "").replace("\r", "").split("\n"):
        name, colon, value = line.partition(":")
        if colon and name.replace(" ", "").replace("-", "").lower() == "certificatetemplate":
            return value.strip()
    return None


class Known:
    """A request in the CA's database."""

    def __init__(self, number, csr, disposition, message, certificate=None):
        self.number, self.csr, self.disposition, self.message, self.certificate = (
            number,
            csr,
            disposition,
            message,
            certificate,
        )


class Ca:
    """requests: the x509.Request for each encoded form that clients may send."""

    def __init__(self, pki=None, name="Contoso Issuing CA", host="ca01.contoso.example", first=4101):
        self.pki, self.name, self.host, self.next = pki or Pki(), name, host, first
        self.requests, self.known, self.meaning = {}, {}, None

    def expect(self, csr, encoded=None):
        """Tells the CA what an encoded request is. @return the encoded form"""
        encoded = encoded or csr.der
        self.requests[encoded] = csr
        return encoded

    def enrollment_agent(self, csr, rng, **more):
        """NDES's form: the PKCS#10 in a SignedData of the RA's signing certificate."""
        signer = self.pki.ra_signing
        attributes = [
            cms.attribute(oids.MS_NAME_VALUE, _name_value(name, value)) for name, value in more.get("pairs", ())
        ]
        signing = cms.Signing(signer, "sha256", "rsa", attributes, (signer,), rng=rng)
        return self.expect(csr, cms.signed_data(csr.der, signing))

    def cmc(self, csr, rng, pairs=()):
        """A CMC full request (RFC 5272 3.2.1) with the PKCS#10 in it, signed by the RA; pairs go into regInfo, as
        Windows writes them."""
        info = "".join("%s=%s&" % one for one in pairs)
        controls = (
            [der.seq(der.integer(2), der.oid("1.3.6.1.5.5.7.7.18"), der.set_of(der.octets(info.encode())))]
            if pairs
            else []
        )
        tagged = der.implicit(0, der.integer(1) + csr.der, True)
        kind = "1.3.6.1.5.5.7.12.2"
        signing = cms.Signing(
            self.pki.ra_signing, "sha256", "rsa", [], (self.pki.ra_signing,), content_type=kind, rng=rng
        )
        body = der.seq(der.seq(*controls), der.seq(tagged), der.seq(), der.seq())
        return self.expect(csr, cms.signed_data(body, signing, inner_type=kind))

    def keygen(self, csr, challenge):
        """A SignedPublicKeyAndChallenge, as Netscape's KEYGEN made it; the subject is in the attributes then."""
        body = der.seq(csr.key.spki, der.string(challenge, der.IA5))
        signature = der.bits(crypto.sign(csr.key, body, "sha256"))
        return self.expect(csr, der.seq(body, x509.algorithm(oids.RSA_WITH["sha256"], der.null()), signature))

    def facts_of(self, values, answer):
        """What is inside the blobs of a call, for its entry in the expectation file."""
        found, encoded = {}, values.get("request")
        csr = self.requests.get(encoded)
        if csr:
            form = "pkcs10" if encoded == csr.der else "cmc" if CMC_DATA in encoded else "keygen"
            if form == "keygen" and csr.der in encoded:
                form = "signed-data"
            found["submitted"] = dict(csr.facts(), form=form)
            if form != "keygen":
                found["submitted"]["pkcs10_sha256"] = digest(csr.der)
            found["template"] = template_of(values.get("attributes"))
        issued = [one.certificate for one in self.known.values() if one.certificate]
        for certificate in issued:
            if answer and answer.get("encoded_cert") == certificate.der:
                found["issued"] = certificate.facts()
        return found

    # Answers

    def answer(self, interface, method, values, scene):
        self.meaning = None
        authority = values.get("authority")
        if authority is not None and authority not in ("", self.name) and method not in ("Ping", "Ping2"):
            return {"hresult": INVALID_ARGUMENT}
        if method in ("Ping", "Ping2"):
            return {"hresult": 0 if authority in (None, "", self.name) else INVALID_ARGUMENT}
        if method == "GetCACert":
            return self.ca_certificate(values["fchain"])
        if method == "GetCAProperty":
            return self.property(values["prop_id"], values["prop_index"], values["prop_type"])
        if method == "GetCAPropertyInfo":
            return self.property_info()
        found = self.submit(values, scene) if values.get("request") else self.retrieve(values)
        if method == "Request2" and "cert_chain" in found:
            found["full_response"] = found.pop("cert_chain")
        return found

    def submit(self, values, scene):
        """A new request (MS-WCCE 3.2.1.4.2.1.4)."""
        csr = self.requests[values["request"]]
        template = template_of(values.get("attributes"))
        disposition = OUTCOMES.get(template, UNSUPPORTED_CERT_TYPE) if template else NO_CERT_TYPE
        if disposition == KEY_LENGTH and csr.key.bits >= 2048:
            disposition = ISSUED
        number, self.next = self.next, self.next + 1
        known = Known(number, csr, disposition, "")
        self.known[number] = known
        if disposition == ISSUED:
            self._issue(known, scene)
        elif disposition == PENDING:
            known.message = "Taken Under Submission\r\n"
        elif disposition == DENIED:
            known.message = "Denied by Policy Module\r\n"
        else:
            known.message = WHY[disposition].replace("%s", template or "") + "\r\n"
        return self._told(known, values.get("flags", 0))

    def _issue(self, known, scene):
        known.certificate = self.pki.issue(known.csr, scene.moment())
        known.disposition, known.message = ISSUED, "Issued\r\n"

    def approve(self, number, scene):
        """A CA manager issues a pending request."""
        self._issue(self.known[number], scene)

    def deny(self, number):
        self.known[number].disposition, self.known[number].message = DENIED, "Denied by CONTOSO\\ca-manager\r\n"

    def retrieve(self, values):
        """Status of a request by its id, or of a certificate by its serial number."""
        serial = values.get("serial_number")
        if serial:
            found = [
                one for one in self.known.values() if one.certificate and one.certificate.serial_hex == serial.lower()
            ]
        else:
            found = [self.known[values["request_id"]]] if values["request_id"] in self.known else []
        if not found:
            return {"request_id": values["request_id"], "disposition": 0, "hresult": PROPERTY_EMPTY}
        return self._told(found[0], values.get("flags", 0))

    def _told(self, known, flags):
        found = {
            "request_id": known.number,
            "disposition": known.disposition,
            "disposition_message": known.message,
            "hresult": 0,
        }
        if known.certificate:
            chain = [known.certificate, self.pki.ca, self.pki.root]
            found["encoded_cert"] = known.certificate.der
            found["cert_chain"] = self.full_response(chain) if flags & FULL_RESPONSE else cms.certs_only(chain)
        return found

    def full_response(self, chain):
        """A signed CMC full response (RFC 5272 3.2.2) with status success."""
        status = der.seq(
            der.integer(1), der.oid("1.3.6.1.5.5.7.7.1"), der.set_of(der.seq(der.integer(0), der.seq(der.integer(1))))
        )
        body = der.seq(der.seq(status), der.seq(), der.seq())
        kind = "1.3.6.1.5.5.7.12.3"
        signing = cms.Signing(self.pki.ca, "sha256", "rsa-with", [], tuple(chain), content_type=kind)
        return cms.signed_data(body, signing, inner_type=kind)

    # Information

    def ca_certificate(self, fchain):
        if fchain == 0:
            return {"out": self.pki.ca.der, "hresult": 0}
        found = {
            "name": text_blob(self.name),
            "sani": text_blob(self.name.replace(" ", "!0020")),
            "file": text_blob("10.0:20348.2031"),
            "prod": text_blob("10.0.20348.2031"),
            "poli": text_blob("Windows default"),
            "pare": text_blob("Contoso Root CA"),
            "shar": b"",
            "type": struct.pack("<I", 1),
            "info": self.info(),
            "ccrl": x509.revocation_list(self.pki.ca, [], START - 3600),
        }
        for name, value in found.items():
            if fchain == fourcc(name):
                return {"out": value, "hresult": 0}
        if fchain >> 16 == fourcc("ct") and fchain & 0xFFFF == 0:
            return {"out": self.pki.ca.der, "hresult": 0}
        if fchain >> 16 == fourcc("st") and fchain & 0xFFFF == 0:
            return {"out": struct.pack("<I", 3), "hresult": 0}
        return {"hresult": INVALID_ARGUMENT}

    def info(self):
        """CAINFO (MS-WCCE 2.2.2.4): an enterprise subordinate CA."""
        return struct.pack("<10I", 40, 1, 1, 0, 1, max(PROPERTIES), 0, 0, 0, 1)

    def property(self, number, index, kind):
        if number not in PROPERTIES or PROPERTIES[number][1] != kind and not (number == 10 and kind == BINARY):
            return {"hresult": INVALID_ARGUMENT}
        value = self._value(number)
        if value is None or index not in (0, -1, 0xFFFFFFFF):
            return {"hresult": PROPERTY_EMPTY if value is None else INVALID_ARGUMENT}
        self.meaning = {"name": PROPERTIES[number][0], "type": kind}
        if isinstance(value, int):
            self.meaning["value"] = value
            value = struct.pack("<I", value)
        elif isinstance(value, str):
            self.meaning["value"] = value
            value = text_blob(value)
        return {"property_value": value, "hresult": 0}

    def _value(self, number):
        templates = "".join("%s\n%s\n" % one for one in TEMPLATES)
        chain = cms.certs_only([self.pki.ca, self.pki.root])
        return {
            1: "10.0:20348.2031",
            2: "10.0.20348.2031",
            3: 1,
            4: "Windows default",
            5: "Windows default",
            6: self.name,
            7: self.name.replace(" ", "!0020"),
            9: "Contoso Root CA",
            10: self.info(),
            11: 1,
            12: self.pki.ca.der,
            13: chain,
            14: 0,
            17: x509.revocation_list(self.pki.ca, [], START - 3600),
            19: 3,
            21: max(PROPERTIES),
            22: self.host,
            23: 0,
            28: 1,
            29: templates,
            30: 5,
            40: self.name.replace(" ", "!0020"),
            42: "http://pki.contoso.example/Contoso%20Issuing%20CA.crt",
        }.get(number)

    def property_info(self):
        """CATRANSPROP for each property (MS-WCCE 2.2.2.3), display names behind them."""
        entries, names, start = b"", b"", 12 * len(PROPERTIES)
        for number, (name, kind) in sorted(PROPERTIES.items()):
            entries += struct.pack("<iBBHI", number, kind, 0, 1 if number in INDEXED else 0, start + len(names))
            data = text_blob(name)
            names += data + bytes(-len(data) % 4)
        self.meaning = [
            {"id": number, "name": name, "type": kind, "indexed": number in INDEXED}
            for number, (name, kind) in sorted(PROPERTIES.items())
        ]
        return {"property_count": len(PROPERTIES), "property_info": entries + names, "hresult": 0}


def _name_value(name, value):
    return der.seq(der.string(name, der.BMP), der.string(value, der.BMP))


def digest(data):
    return hashlib.sha256(data).hexdigest()
