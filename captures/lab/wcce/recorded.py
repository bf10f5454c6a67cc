# SPDX-License-Identifier: GPL-2.0-or-later
"""Records impacket as the client of the lab's CA, over real sockets on loopback:
    sudo sh captures/lab/wcce/record.sh [NAME...]
Runs inside the network namespace that record.sh makes. The server logs each call as it read it, the client checks what
it got with impacket's own decoding, and the frames follow from the order of the calls."""
import json
import os
import random
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))

from impacket.dcerpc.v5.rpcrt import DCERPCException  # noqa: E402

from synthetic.check import run  # noqa: E402
from synthetic.seeded import Rng  # noqa: E402
from synthetic.story import CAPTURES  # noqa: E402
from wcce import ca as authority  # noqa: E402
from wcce import rpc  # noqa: E402
from wcce.ca import fourcc  # noqa: E402
from wcce.clients import (  # noqa: E402
    GetCACert,
    GetCAProperty,
    GetCAPropertyInfo,
    Object,
    Passage,
    Ping,
    Ping2,
    Request,
    Request2,
    blob,
)
from wcce.parties import AUTHORITY, CA, NDES, RMD, attributes, csr, new_ca  # noqa: E402
from wcce.security import NDES_ACCOUNT  # noqa: E402
from wcce.serve import Service  # noqa: E402

CASES = {
    "wcce-loopback-clear": (rpc.NONE, rpc.NONE),
    "wcce-loopback-integrity": (rpc.INTEGRITY, rpc.NONE),
    "wcce-loopback-privacy": (rpc.PRIVACY, rpc.PRIVACY),
    "wcce-loopback-refused": (rpc.INTEGRITY, rpc.PRIVACY),
}


class Names:
    """Stands in for a scene: parties.csr() draws from its rng."""

    def __init__(self, name):
        self.name, self.rng = name, Rng(name)


def text(data):
    return (data + "\0").encode("utf-16-le")


def over_passage(names, ca, account, level):
    link = Passage(CA, account, level)

    def submit(encoded, template, number=0, flags=authority.PKCS10):
        return link.call(
            dwFlags=flags,
            pwszAuthority=AUTHORITY,
            pdwRequestId=number,
            pctbAttribs=text(template),
            pctbRequest=encoded,
        )

    issued = submit(ca.expect(csr(names)), attributes("ContosoDevice", RMD))
    assert issued["pdwDisposition"] == authority.ISSUED
    assert blob(issued, "pctbEncodedCert") == ca.known[issued["pdwRequestId"]].certificate.der
    waiting = submit(ca.expect(csr(names, "device-2")), attributes("ContosoDeviceApproval", RMD))
    assert waiting["pdwDisposition"] == authority.PENDING
    denied = submit(ca.expect(csr(names, "device-3")), attributes("NoSuchTemplate"))
    assert denied["pdwDisposition"] == authority.UNSUPPORTED_CERT_TYPE
    assert submit(None, "", waiting["pdwRequestId"], 0)["pdwDisposition"] == authority.PENDING
    assert submit(None, "", 99999, 0)["ErrorCode"] == authority.PROPERTY_EMPTY
    link.close()


def over_dcom(names, ca, account, level):
    link = Object(CA, account, level)
    link.call(Ping, pwszAuthority=AUTHORITY)
    link.call(Ping2, pwszAuthority=None)
    assert blob(link.call(GetCACert, fchain=0, pwszAuthority=AUTHORITY), "pctbOut") == ca.pki.ca.der
    assert len(blob(link.call(GetCACert, fchain=fourcc("info"), pwszAuthority=AUTHORITY), "pctbOut")) == 40
    found = link.call(GetCAProperty, pwszAuthority=AUTHORITY, PropID=6, PropIndex=0, PropType=authority.STRING)
    assert blob(found, "pctbPropertyValue") == text(AUTHORITY)
    assert link.call(GetCAPropertyInfo, pwszAuthority=AUTHORITY)["pcProperty"] == len(authority.PROPERTIES)
    old = link.call(
        Request,
        dwFlags=authority.PKCS10,
        pwszAuthority=AUTHORITY,
        pdwRequestId=0,
        pwszAttributes=attributes("ContosoDevice", RMD),
        pctbRequest=ca.expect(csr(names, "device-4")),
    )
    assert old["pdwDisposition"] == authority.ISSUED
    for encoded, flags, disposition in (
        (ca.enrollment_agent(csr(names, "device-5"), names.rng), authority.PKCS7, authority.ISSUED),
        (
            ca.cmc(csr(names, "device-4096", "rsa4096"), names.rng, [("CertificateTemplate", "ContosoDevice")]),
            authority.CMC | authority.FULL_RESPONSE,
            authority.ISSUED,
        ),
    ):
        answer = link.call(
            Request2,
            pwszAuthority=AUTHORITY,
            dwFlags=flags,
            pwszSerialNumber=None,
            pdwRequestId=0,
            pwszAttributes=attributes("IPSECIntermediateOffline", RMD),
            pctbRequest=encoded,
        )
        assert answer["pdwDisposition"] == disposition
        assert blob(answer, "pctbEncodedCert") == ca.known[answer["pdwRequestId"]].certificate.der
    link.close()


def refused(names, ca, account, level):
    """The CA wants more than the client does."""
    for step in (over_passage, over_dcom):
        try:
            step(names, ca, account, level)
        except DCERPCException as error:
            assert "access_denied" in str(error), error
        else:
            raise AssertionError("not refused")


def set_up_network():
    for command in (
        "link set lo up mtu 1500 gso_max_segs 1",
        "address add %s/32 dev lo" % NDES,
        "address add %s/32 dev lo" % CA,
        "route replace local %s dev lo table local src %s proto kernel scope host" % (CA, NDES),
    ):
        subprocess.run(["ip"] + command.split(), check=True)


class Capture:
    """dumpcap on loopback while the block runs."""

    def __init__(self, path):
        self.path = path

    def __enter__(self):
        command = ["dumpcap", "-q", "-i", "lo", "-f", "tcp", "-w", self.path]
        self.process = subprocess.Popen(command, stderr=subprocess.PIPE, encoding="utf-8")
        line = self.process.stderr.readline()
        while line and not line.startswith("File:"):
            line = self.process.stderr.readline()
        time.sleep(0.5)
        return self

    def __exit__(self, *_):
        time.sleep(0.7)
        self.process.terminate()
        self.process.communicate(timeout=10)


def frames(path, service):
    """[(frame of a request, of its answer)] of whole calls on the CA's two ports, in order."""
    ports = "tcp.port in {%d,%d}" % (service.passage_port, service.object_port)
    wanted = ["frame.number", "dcerpc.pkt_type", "dcerpc.cn_flags.last_frag", "dcerpc.request_in"]
    unchecked = ["-o", "tcp.check_checksum:FALSE"]  # loopback leaves TCP checksums to a card that it does not have
    out = run(
        path,
        *unchecked,
        "-Y",
        ports + " and dcerpc.pkt_type in {0,2,3}",
        "-T",
        "fields",
        *(x for name in wanted for x in ("-e", name))
    )
    rows = [line.split("\t") for line in out.splitlines() if "\t" in line]
    answers = {row[3].split(",")[0]: int(row[0]) for row in rows if row[1] in "23" and row[2] in ("1", "True")}
    return [(int(row[0]), answers.get(row[0])) for row in rows if row[1] == "0" and row[2] in ("1", "True")]


def told(name, path, service, level):
    calls, others = [], []
    log = [entry for entry in service.log if entry["port"] != 135]
    found = frames(path, service)
    if len(found) != len(log) or None in [answer for _, answer in found]:
        raise SystemExit("%s: %d calls logged, %d seen" % (name, len(log), len(found)))
    for (request, response), entry in zip(found, log):
        entry = dict({"frame_request": request, "frame_response": response, "client": NDES, "server": CA}, **entry)
        (calls if "method" in entry else others).append(entry)
    result = {"capture": name + ".pcapng", "about": ABOUT[name], "origin": "loopback", "client": "impacket", "keys": {}}
    if level == rpc.PRIVACY:
        result["tshark_options"] = ["-o ntlmssp.nt_password:" + NDES_ACCOUNT.password]
    return dict(result, calls=calls, other_rpc=others)


ABOUT = {
    "wcce-loopback-clear": "impacket as the client, recorded on loopback: ICertPassage, then DCOM, without "
                           "authentication",
    "wcce-loopback-integrity": "the same with NTLM and packet integrity",
    "wcce-loopback-privacy": "the same with NTLM and packet privacy",
    "wcce-loopback-refused": "the same with packet integrity against a CA that wants privacy: access denied",
}


def record(name, tmp):
    level, least = CASES[name]
    random.seed(name)
    names, ca = Names(name), new_ca()
    service = Service(ca, CA, Rng(name, "service"), NDES_ACCOUNT, least=least)
    service.start()
    account = NDES_ACCOUNT if level != rpc.NONE else None
    raw, final = os.path.join(tmp, name + ".raw"), os.path.join(tmp, name + ".pcapng")
    with Capture(raw):
        for step in (refused,) if least > level else (over_passage, over_dcom):
            step(names, ca, account, level)
    service.stop()
    subprocess.run(["editcap", "-F", "pcapng", "--capture-comment", ABOUT[name], raw, final], check=True)
    expected = told(name, final, service, level)
    with open(os.path.join(CAPTURES, "expected", name + ".json"), "w", encoding="utf-8") as out:
        json.dump(expected, out, indent=1, ensure_ascii=False)
        out.write("\n")
    with open(final, "rb") as made, open(os.path.join(CAPTURES, name + ".pcapng"), "wb") as out:
        out.write(made.read())
    print("%-32s %d calls" % (name, len(expected["calls"])))


def main():
    set_up_network()
    with tempfile.TemporaryDirectory() as tmp:
        os.chmod(tmp, 0o755)
        for name in sys.argv[1:] or CASES:
            record(name, tmp)


if __name__ == "__main__":
    main()
