# SPDX-License-Identifier: GPL-2.0-or-later
"""Facts for the expectation files, read from the peers' own files with independent libraries."""
import hashlib
import os

from asn1crypto import cms, core
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import NameOID

SHORT = {NameOID.COUNTRY_NAME: "C", NameOID.ORGANIZATION_NAME: "O", NameOID.ORGANIZATIONAL_UNIT_NAME: "OU",
         NameOID.COMMON_NAME: "CN", NameOID.LOCALITY_NAME: "L", NameOID.STATE_OR_PROVINCE_NAME: "ST"}

ATTRIBUTES = {"2.16.840.1.113733.1.9.2": "message_type", "2.16.840.1.113733.1.9.3": "pki_status",
              "2.16.840.1.113733.1.9.4": "fail_info", "2.16.840.1.113733.1.9.7": "transaction_id"}


def name_text(name):
    """"C=XX, O=Example Lab", in the order of the encoding."""
    return ", ".join("%s=%s" % (SHORT[attribute.oid], attribute.value) for attribute in name)


def spki_sha256(public_key):
    der = public_key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(der).hexdigest()


def serial_hex(number):
    """Content octets of the INTEGER, in hex."""
    return core.Integer(number).contents.hex()


def certificate(path):
    """serial, subject, issuer, public key hash and fingerprints of a PEM certificate file."""
    with open(path, "rb") as pem:
        cert = x509.load_pem_x509_certificate(pem.read())
    return {"serial": serial_hex(cert.serial_number), "subject": name_text(cert.subject),
            "issuer": name_text(cert.issuer), "spki_sha256": spki_sha256(cert.public_key()),
            "sha1": cert.fingerprint(hashes.SHA1()).hex(),
            "sha256": cert.fingerprint(hashes.SHA256()).hex()}


def csr(data):
    """subject, san, key bits and key hash of a PKCS#10, PEM or DER."""
    load = x509.load_pem_x509_csr if data.startswith(b"-----") else x509.load_der_x509_csr
    request = load(data)
    try:
        names = request.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        names = []
    return {"csr_subject": name_text(request.subject), "csr_san": ["DNS:" + name.value for name in names],
            "key_bits": request.public_key().key_size, "spki_sha256": spki_sha256(request.public_key())}


def key_spki_sha256(path):
    with open(path, "rb") as pem:
        return spki_sha256(serialization.load_pem_private_key(pem.read(), None).public_key())


def signed_data(message):
    """The SignedData of a pkiMessage (DER)."""
    return cms.ContentInfo.load(message)["content"]


def answer(message):
    """message_type, transaction_id, pki_status and fail_info that a pkiMessage's signed attributes hold."""
    found = {}
    for attribute in signed_data(message)["signer_infos"][0]["signed_attrs"]:
        name = ATTRIBUTES.get(attribute["type"].dotted)
        if name:
            value = attribute["values"][0].native
            found[name] = value if name == "transaction_id" else int(value)
    return found


def parts(message):
    """Offsets into a pkiMessage at which a flipped bit damages exactly one thing: content, attributes, signature."""
    signer = signed_data(message)["signer_infos"][0]
    content = signed_data(message)["encap_content_info"]["content"].native
    if not content.startswith(b"\x30\x82"):
        raise ValueError("envelope of indefinite length: its last bytes are no ciphertext")
    nonce = next(attribute for attribute in signer["signed_attrs"]
                 if attribute["type"].dotted == "2.16.840.1.113733.1.9.5")["values"][0].native
    return {"content": message.index(content) + len(content) - 20, "attributes": message.index(nonce) + len(nonce) // 2,
            "signature": message.index(signer["signature"].native) + 40}


def read(path):
    with open(path, "rb") as data:
        return data.read()


def relative(path, captures):
    """Path as it is written into an expectation file."""
    return os.path.relpath(path, captures)
