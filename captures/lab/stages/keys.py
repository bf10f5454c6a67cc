# SPDX-License-Identifier: GPL-2.0-or-later
"""Keys of TLS servers, clients and their CAs. They follow from their name, so that none has to be kept: what opens a
capture are the secrets of its sessions, never such a key."""
import functools
import math

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from synthetic.crypto import Key
from synthetic.seeded import Rng

EXPONENT = 65537
SMALL = [number for number in range(3, 4000, 2) if all(number % other for other in range(3, math.isqrt(number) + 1, 2))]


def _is_prime(number, rng):
    """Miller-Rabin with 8 bases, behind a trial by small primes."""
    if any(number % small == 0 for small in SMALL):
        return False
    odd, twos = number - 1, 0
    while odd % 2 == 0:
        odd, twos = odd // 2, twos + 1
    for _ in range(8):
        found = pow(
            rng.below(number - 3) + 2 if number.bit_length() < 90 else int.from_bytes(rng.bytes(11), "big"), odd, number
        )
        if found in (1, number - 1):
            continue
        for _ in range(twos - 1):
            found = pow(found, 2, number)
            if found == number - 1:
                break
        else:
            return False
    return True


def _prime(bits, rng):
    """With its two highest bits set, so that the product of two has all its bits; fit for EXPONENT."""
    while True:
        number = int.from_bytes(rng.bytes(bits // 8), "big") | 3 << (bits - 2) | 1
        if number % EXPONENT != 1 and _is_prime(number, rng):
            return number


@functools.lru_cache(maxsize=None)
def tls_key(name, bits=2048):
    """@return a synthetic.crypto.Key"""
    rng = Rng("tls key", name, bits)
    p, q = _prime(bits // 2, rng), _prime(bits // 2, rng)
    d = pow(EXPONENT, -1, math.lcm(p - 1, q - 1))
    public = rsa.RSAPublicNumbers(EXPONENT, p * q)
    numbers = rsa.RSAPrivateNumbers(
        p, q, d, rsa.rsa_crt_dmp1(d, p), rsa.rsa_crt_dmq1(d, q), rsa.rsa_crt_iqmp(p, q), public
    )
    return Key("tls-" + name, numbers.private_key())


@functools.lru_cache(maxsize=None)
def ca_key(name):
    """P-256: certificates signed with it are short. @return a synthetic.crypto.Key"""
    return Key("tls-" + name, ec.derive_private_key(Rng("tls ca key", name).below(1 << 250) + 2, ec.SECP256R1()))


def pem(key):
    return key.private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
