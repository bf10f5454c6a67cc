# SPDX-License-Identifier: GPL-2.0-or-later
"""Security contexts of DCE/RPC: NTLM as such (MS-NLMP) and inside SPNEGO (MS-SPNG), both ends in one place.

The client's messages and the keys come from impacket's ntlm module, the challenge and the checks are this module's own.
impacket draws its nonces from the random module, which is seeded here so that a capture made again has the same
bytes."""
import random
import struct

from Cryptodome.Cipher import ARC4
from impacket import ntlm

from synthetic import der
from synthetic.pcapng import START

from . import rpc

CLIENT, SERVER = 0, 1
WINNT, SPNEGO, KERBEROS = 10, 9, 16
OID_SPNEGO, OID_NTLM = "1.3.6.1.5.5.2", "1.3.6.1.4.1.311.2.2.10"
CHALLENGE_FLAGS = (
    0xE28A8235  # Unicode, sign, seal, NTLM, always sign, extended session security, 128, 56, key exchange, target info
)
FILETIME = (START + 11644473600) * 10000000


class Account:
    def __init__(self, user, password, domain="CONTOSO", host="NDES01"):
        self.user, self.password, self.domain, self.host = user, password, domain, host

    def nt_hash(self):
        return ntlm.compute_nthash(self.password)

    def told(self):
        return {"user": self.user, "domain": self.domain, "host": self.host}


NDES_ACCOUNT = Account("svc-ndes", "Ndes-Lab-2026!")


class _Direction:
    """One side's signing key, cipher and sequence number."""

    def __init__(self, flags, key, mode):
        self.signing, self.sealing = ntlm.SIGNKEY(flags, key, mode), ntlm.SEALKEY(flags, key, mode)
        self.flags, self.sequence = flags, 0
        self.restart()

    def restart(self):
        self.handle = ARC4.new(self.sealing).encrypt

    def protect(self, whole, stub, seal):
        """@return (stub as sent, signature of 16 bytes)"""
        sent = self.handle(stub) if seal else stub
        signature = ntlm.MAC(self.flags, self.handle, self.signing, self.sequence, whole).getData()
        self.sequence += 1
        return sent, signature


def _av(number, text):
    data = text.encode("utf-16-le") if isinstance(text, str) else text
    return struct.pack("<HH", number, len(data)) + data


def challenge(nonce, domain="CONTOSO", host="CA01", dns="contoso.example"):
    """CHALLENGE_MESSAGE (MS-NLMP 2.2.1.2)."""
    name = domain.encode("utf-16-le")
    info = _av(2, domain) + _av(1, host) + _av(4, dns) + _av(3, host.lower() + "." + dns) + _av(5, dns)
    info += _av(7, struct.pack("<Q", FILETIME)) + _av(0, b"")
    head = b"NTLMSSP\0" + struct.pack("<IHHII", 2, len(name), len(name), 56, CHALLENGE_FLAGS) + nonce + bytes(8)
    head += struct.pack("<HHI", len(info), len(info), 56 + len(name)) + struct.pack("<BBHxxxB", 10, 0, 20348, 15)
    return head + name + info


class Ntlm:
    """A context between a client and a server that know the same password."""

    kind, signature_size, name, legs, third_by_alter = WINNT, 16, "NTLM", 3, False

    def __init__(self, scene, account, level):
        random.seed("%s/%s" % (scene.name, scene.rng.bytes(8).hex()))
        self.account, self.level, self.directions = account, level, None
        self.number = 79231
        self.nonce = scene.rng.bytes(8)

    def tokens(self):
        """@return (client's first, server's answer, client's last)"""
        account = self.account
        first = ntlm.getNTLMSSPType1(account.host, "", True)
        answer = challenge(self.nonce, account.domain)
        last, key = ntlm.getNTLMSSPType3(first, answer, account.user, account.password, account.domain)
        self._check(last, key)
        self.key = key
        self.directions = [_Direction(last["flags"], key, mode) for mode in ("Client", "Server")]
        return first.getData(), answer, last.getData()

    def _check(self, last, key):
        """The server's half: the response must be right, and the session key come out of it."""
        account = self.account
        owf = ntlm.hmac_md5(account.nt_hash(), (account.user.upper() + account.domain).encode("utf-16-le"))
        proof, rest = last["ntlm"][:16], last["ntlm"][16:]
        assert ntlm.hmac_md5(owf, self.nonce + rest) == proof
        assert ARC4.new(ntlm.hmac_md5(owf, proof)).decrypt(last["session_key"]) == key

    def protect(self, side, head, stub, tail):
        """head: the PDU before the stub; tail: the security trailer. @return (stub as sent, signature)"""
        return self.directions[side].protect(head + stub + tail, stub, self.level == rpc.PRIVACY)

    def told(self):
        return dict(self.account.told(), mechanism=self.name)


def negotiation_init(mechanisms, token):
    body = der.explicit(0, der.seq(*(der.oid(one) for one in mechanisms))) + der.explicit(2, der.octets(token))
    return der.tlv(0x60, der.oid(OID_SPNEGO) + der.explicit(0, der.seq(body)))


def negotiation_answer(state=None, mechanism=None, token=None, mic=None):
    body = der.explicit(0, der.tlv(0x0A, bytes([state]))) if state is not None else b""
    body += der.explicit(1, der.oid(mechanism)) if mechanism else b""
    body += der.explicit(2, der.octets(token)) if token else b""
    body += der.explicit(3, der.octets(mic)) if mic else b""
    return der.explicit(1, der.seq(body))


class SpnegoNtlm(Ntlm):
    """The same inside SPNEGO: one leg more, and a checksum over the list of mechanisms that both sides exchange.

    After that checksum the cipher starts again and the sequence number does not (MS-SPNG 3.3.5.1)."""

    kind, name, legs, third_by_alter = SPNEGO, "SPNEGO with NTLM", 4, True

    def tokens(self):
        first, answer, last = super().tokens()
        mechanisms = der.seq(der.oid(OID_NTLM))
        mics = [one.protect(mechanisms, b"", True)[1] for one in self.directions]
        for one in self.directions:
            one.restart()
        return (
            negotiation_init([OID_NTLM], first),
            negotiation_answer(1, OID_NTLM, answer),
            negotiation_answer(1, None, last, mics[CLIENT]),
            negotiation_answer(0, None, None, mics[SERVER]),
        )
