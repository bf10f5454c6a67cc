# SPDX-License-Identifier: GPL-2.0-or-later
"""Keys, signatures and encryption. Whatever is random in an algorithm comes from a seeded Rng, so that a capture made
again has the same bytes; that is why paddings, ECDSA and key agreement are spelled out here."""
import hashlib
import os
import subprocess

from cryptography.hazmat.primitives import hashes, keywrap, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC
from cryptography.hazmat.primitives.kdf.x963kdf import X963KDF

from . import der

KEYS = os.path.join(os.path.dirname(__file__), "..", "..", "keys", "synthetic")
HASH = {
    "md5": hashes.MD5,
    "sha1": hashes.SHA1,
    "sha224": hashes.SHA224,
    "sha256": hashes.SHA256,
    "sha384": hashes.SHA384,
    "sha512": hashes.SHA512,
}
KEY_SIZE = {
    "des-cbc": 8,
    "des-ede3-cbc": 24,
    "rc2-cbc": 16,
    "aes-128-cbc": 16,
    "aes-192-cbc": 24,
    "aes-256-cbc": 32,
    "aes-128-gcm": 16,
    "aes-192-gcm": 24,
    "aes-256-gcm": 32,
}
P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def digest(name, data):
    return hashlib.new(name, data).digest()


class Key:
    """A private key with the file it is kept in."""

    def __init__(self, name, private):
        self.name, self.private, self.public = name, private, private.public_key()
        self.spki = self.public.public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )

    @property
    def kind(self):
        if isinstance(self.private, rsa.RSAPrivateKey):
            return "RSA"
        return "EC" if isinstance(self.private, ec.EllipticCurvePrivateKey) else "ED25519"

    @property
    def bits(self):
        return self.public.key_size if self.kind != "ED25519" else 256

    @property
    def file(self):
        """Path as expectation files give it, relative to captures/."""
        return "keys/synthetic/%s.key.pem" % self.name

    def key_id(self):
        """SHA-1 of the public key's bits (RFC 5280 4.2.1.2, method 1)."""
        bits = der.children(self.spki)[1]
        return hashlib.sha1(der.content(bits)[1:]).digest()


def _generate(kind):
    if kind.startswith("rsa"):
        return rsa.generate_private_key(65537, int(kind[3:]))
    if kind == "p256":
        return ec.generate_private_key(ec.SECP256R1())
    return ed25519.Ed25519PrivateKey.generate()


def key(name, kind="rsa2048", loaded={}):
    """The key of that name: from captures/keys/synthetic where it is there, else made and put there."""
    if name not in loaded:
        path = os.path.join(KEYS, name + ".key.pem")
        if not os.path.exists(path):
            os.makedirs(KEYS, exist_ok=True)
            pem = _generate(kind).private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
            with open(path, "wb") as out:
                out.write(pem)
        with open(path, "rb") as pem:
            loaded[name] = Key(name, serialization.load_pem_private_key(pem.read(), None))
    return loaded[name]


def _mgf1(name, seed, size):
    blocks = b"".join(
        digest(name, seed + count.to_bytes(4, "big")) for count in range(size // hashlib.new(name).digest_size + 1)
    )
    return blocks[:size]


def _xor(one, two):
    return bytes(a ^ b for a, b in zip(one, two))


def rsa_encrypt(public, data, rng):
    """PKCS#1 v1.5 (RFC 8017 7.2.1)."""
    numbers, size = public.public_numbers(), public.key_size // 8
    block = b"\0\2" + rng.nonzero(size - 3 - len(data)) + b"\0" + data
    return pow(int.from_bytes(block, "big"), numbers.e, numbers.n).to_bytes(size, "big")


def rsa_encrypt_oaep(public, data, rng, name="sha1"):
    """OAEP with MGF1 of the same hash and no label (RFC 8017 7.1.1)."""
    numbers, size, width = public.public_numbers(), public.key_size // 8, hashlib.new(name).digest_size
    block = digest(name, b"") + b"\0" * (size - len(data) - 2 * width - 2) + b"\1" + data
    seed = rng.bytes(width)
    masked = _xor(block, _mgf1(name, seed, len(block)))
    encoded = b"\0" + _xor(seed, _mgf1(name, masked, width)) + masked
    return pow(int.from_bytes(encoded, "big"), numbers.e, numbers.n).to_bytes(size, "big")


def _sign_pss(private, data, name, rng):
    """PSS with a salt as long as the hash (RFC 8017 9.1.1)."""
    numbers, bit_count = private.private_numbers(), private.key_size - 1
    width, size = hashlib.new(name).digest_size, (bit_count + 7) // 8
    salt = rng.bytes(width)
    hashed = digest(name, b"\0" * 8 + digest(name, data) + salt)
    block = b"\0" * (size - 2 * width - 2) + b"\1" + salt
    masked = bytearray(_xor(block, _mgf1(name, hashed, len(block))))
    masked[0] &= 0xFF >> (8 * size - bit_count)
    encoded = int.from_bytes(bytes(masked) + hashed + b"\xbc", "big")
    return pow(encoded, numbers.d, numbers.public_numbers.n).to_bytes(private.key_size // 8, "big")


def _sign_ecdsa(private, data, name, rng):
    """P-256 only. The per-message secret comes from the Rng: r is the x coordinate of its public point."""
    secret = int.from_bytes(rng.bytes(40), "big") % (P256_ORDER - 1) + 1
    r = ec.derive_private_key(secret, ec.SECP256R1()).public_key().public_numbers().x % P256_ORDER
    hashed = int.from_bytes(digest(name, data)[:32], "big")
    s = pow(secret, -1, P256_ORDER) * (hashed + r * private.private_numbers().private_value) % P256_ORDER
    return encode_dss_signature(r, s)


def sign(signing_key, data, name="sha256", rng=None, pss=False):
    """@return the signature of data, hashed with the named digest"""
    if signing_key.kind == "ED25519":
        return signing_key.private.sign(data)
    if signing_key.kind == "EC":
        return _sign_ecdsa(signing_key.private, data, name, rng)
    if pss:
        return _sign_pss(signing_key.private, data, name, rng)
    return signing_key.private.sign(data, padding.PKCS1v15(), HASH[name]())


def pad(data, block):
    count = block - len(data) % block
    return data + bytes([count]) * count


def _rc2(session_key, iv, data):
    """RC2 by the openssl program, the only one that still has it."""
    command = [
        "openssl",
        "enc",
        "-e",
        "-rc2-cbc",
        "-K",
        session_key.hex(),
        "-iv",
        iv.hex(),
        "-provider",
        "legacy",
        "-provider",
        "default",
    ]
    return subprocess.run(command, input=data, stdout=subprocess.PIPE, check=True).stdout


def encrypt(cipher, session_key, iv, data):
    """CBC with PKCS#7 padding. Single DES is triple DES with one key three times."""
    if cipher == "rc2-cbc":
        return _rc2(session_key, iv, data)
    if cipher.startswith("aes"):
        return _cbc(session_key, iv, pad(data, 16))
    triple = algorithms.TripleDES(session_key * 3 if len(session_key) == 8 else session_key)
    encryptor = Cipher(triple, modes.CBC(iv)).encryptor()
    return encryptor.update(pad(data, 8)) + encryptor.finalize()


def encrypt_gcm(session_key, nonce, data, associated=b""):
    """@return (ciphertext, tag of 16 bytes)"""
    sealed = AESGCM(session_key).encrypt(nonce, data, associated)
    return sealed[:-16], sealed[-16:]


def des_key(data):
    """The same key with odd parity in every byte."""
    return bytes(byte & 0xFE | (bin(byte >> 1).count("1") + 1) % 2 for byte in data)


def session_key(cipher, rng):
    data = rng.bytes(KEY_SIZE[cipher])
    return des_key(data) if cipher.startswith("des") else data


def aes_wrap(kek, data):
    return keywrap.aes_key_wrap(kek, data)


def ephemeral(rng):
    """A P-256 key that follows from the Rng."""
    return ec.derive_private_key(int.from_bytes(rng.bytes(40), "big") % (P256_ORDER - 1) + 1, ec.SECP256R1())


def agree(private, public, shared_info, size):
    """ECDH and the X9.63 key derivation with SHA-256."""
    return X963KDF(hashes.SHA256(), size, shared_info).derive(private.exchange(ec.ECDH(), public))


def pbkdf2(password, salt, iterations, size):
    return PBKDF2HMAC(hashes.SHA256(), size, salt, iterations).derive(password)


def pwri_wrap(kek, iv, data, rng):
    """RFC 3211 2.3.1: the key with its length and check bytes in two blocks at least, encrypted twice in CBC mode, the
    second time with the last block of the first in place of the IV."""
    block = bytes([len(data)]) + _xor(data[:3], b"\xff\xff\xff") + data
    block += rng.bytes(max(32, (len(block) + 15) // 16 * 16) - len(block))
    once = _cbc(kek, iv, block)
    return _cbc(kek, once[-16:], once)


def _cbc(aes_key, iv, blocks):
    encryptor = Cipher(algorithms.AES(aes_key), modes.CBC(iv)).encryptor()
    return encryptor.update(blocks) + encryptor.finalize()
