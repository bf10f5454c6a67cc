# SPDX-License-Identifier: GPL-2.0-or-later
"""Holds every pkiMessage of a story against the openssl program: signature and digest, decryption, what is inside. It
shares no code with what made them."""
import base64
import os
import subprocess
import tempfile

from .story import CAPTURES

LEGACY = ["-provider", "legacy", "-provider", "default"]


def _run(*command):
    return subprocess.run(
        ["openssl", *command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False
    )


def _pem(encoded):
    return b"-----BEGIN CERTIFICATE-----\n" + base64.encodebytes(encoded) + b"-----END CERTIFICATE-----\n"


def _verified(folder, message):
    """@return whether digest and signature are good; leaves the content in folder/content"""
    with open(os.path.join(folder, "message"), "wb") as out:
        out.write(message.der)
    with open(os.path.join(folder, "signer"), "wb") as out:
        out.write(_pem(message.signer.der))
    done = _run(
        "cms",
        "-verify",
        "-noverify",
        "-binary",
        "-inform",
        "DER",
        "-in",
        os.path.join(folder, "message"),
        "-certfile",
        os.path.join(folder, "signer"),
        "-out",
        os.path.join(folder, "content"),
        *(["-content", os.devnull] if message.facts["content"] == "absent" else [])
    )
    return done.returncode == 0


def _opened(folder, key_files):
    """@return what is inside the envelope in folder/content, by any of the keys"""
    for key in key_files:
        how = ["-inkey", key]
        if key.endswith(".password"):
            with open(key, encoding="ascii") as text:
                how = ["-pwri_password", text.read().strip()]
        done = _run(
            "cms", "-decrypt", "-binary", "-inform", "DER", "-in", os.path.join(folder, "content"), *how, *LEGACY
        )
        if done.returncode == 0:
            yield done.stdout


def problems(story):
    """@return what does not fit, in words"""
    found = []
    key_files = [os.path.join(CAPTURES, file) for files in story.keys.values() for file in files]
    with tempfile.TemporaryDirectory() as folder:
        for record in story.records:
            message, odd = record.message, record.facts.get("odd")
            if message is None:
                continue
            good = _verified(folder, message)
            if good == bool(record.facts.get("openssl_refuses")):
                found.append(
                    "frame %s: openssl says signature %s (%s)" % (record.frame(), "good" if good else "bad", odd)
                )
            if (
                good
                and message.payload is not None
                and record.facts.get("openssl_opens", True)
                and (message.payload not in _opened(folder, key_files))
            ):
                found.append("frame %s: no key opens it (%s)" % (record.frame(), odd))
    return found
