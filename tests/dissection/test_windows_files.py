# SPDX-License-Identifier: GPL-2.0-or-later
"""Files as Windows writes them, and backslashes in what is typed on the command line."""

import pytest
from cryptography.hazmat.primitives import serialization

from support.tshark import CAPTURES

CAPTURE = CAPTURES / "scepclient-renewal.pcapng"
KEY = CAPTURES / "keys" / "real-ca.key.pem"

WRITTEN = {
    "bom": lambda text: text.encode("utf-8-sig"),
    "powershell": lambda text: text.replace("\n", "\r\n").encode("utf-16"),
    "utf-16le": lambda text: text.encode("utf-16-le"),
    "utf-16be": lambda text: b"\xfe\xff" + text.encode("utf-16-be"),
}


@pytest.fixture(params=WRITTEN)
def written(request):
    """writes a text as Windows does"""
    return WRITTEN[request.param]


def opened(tshark, *options):
    return tshark.values(CAPTURE, "scep.decryption.status", only="scep.decryption.status", options=options)


def test_content_keys(tshark, tmp_path, written):
    options = ["-o", 'uat:scep_keys:"%s","","ca"' % KEY]
    log = tshark.run("-r", CAPTURE, "-q", *options, "-z", "scep,ceklog")
    path = tmp_path / "keys.txt"
    path.write_bytes(written(log))
    wanted = opened(tshark, *options)
    assert "1" in wanted
    assert opened(tshark, "-o", "scep.cek_file:%s" % path) == wanted


def test_hints(tshark, tmp_path, written):
    path = tmp_path / "hints.txt"
    path.write_bytes(written("# own hints\nown_seen\tscep.stage == 2\tnote\tGrüße\n"))
    texts = tshark.values(CAPTURE, "scep.hint.text", only='scep.hint.id == "own_seen"',
                          options=["-o", "scep.hints_file:%s" % path])
    assert "Grüße" in texts


@pytest.mark.parametrize("passphrase", ["back\\slash", "two\\\\", 'a "quoted" one\\', "trailing\\n", "plain"])
def test_a_passphrase_is_taken_whole(tshark, tmp_path, passphrase):
    """Each backslash and each quotation mark is typed with a backslash before it; Wireshark takes a backslash at the
    end for one before the closing mark, so there it is typed as \\x5c."""
    key = serialization.load_pem_private_key(KEY.read_bytes(), None)
    path = tmp_path / "locked.pem"
    path.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                       serialization.BestAvailableEncryption(passphrase.encode("utf-8"))))
    typed = passphrase.rstrip("\\").replace("\\", "\\\\").replace('"', '\\"')
    typed += "\\x5c" * (len(passphrase) - len(passphrase.rstrip("\\")))
    assert "1" in opened(tshark, "-o", 'uat:scep_keys:"%s","%s","locked"' % (path, typed))


def test_a_file_name_with_backslashes(tshark, tmp_path):
    path = tmp_path / "folder\\key.pem"
    path.write_bytes(KEY.read_bytes())
    assert "1" in opened(tshark, "-o", 'uat:scep_keys:"%s","","key"' % str(path).replace("\\", "\\\\"))


def test_lost_backslashes_are_explained(tshark):
    """What is typed as C:\\Users\\me.pem arrives as C:Usersme.pem."""
    process = tshark.start("-r", CAPTURE, "-c", "1", "-o", 'uat:scep_keys:"C:\\Users\\me.pem","",""')
    assert process.returncode != 0
    assert "C:/" in process.stderr
