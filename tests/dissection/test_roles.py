# SPDX-License-Identifier: GPL-2.0-or-later
"""Stages and roles on frames: of a readable enrollment from what was read, of an encrypted one from hosts, sizes and
order; and where roles come from. What is where comes from captures/expected."""

import json

import pytest

from support.facts import facts_of
from support.pcap import Pcap, http_request, http_response
from support.together import Together
from support.tshark import CAPTURES

pytestmark = pytest.mark.xdist_group("roles")

FIELDS = ("frame.number", "ip.src", "ip.dst", "scep.stage", "scep.step", "scep.link.guess", "scep.link.host",
          "scep.role.src", "scep.role.dst", "scep.hint.id")
OURS = "scep || wcce || scep.stage || scep.link.guess"

# The names that the captures and the plugin have for the same host, where they differ.
NAMES = {"login": "sign-in", "attestation": "aik"}
# The registration service has no address of its own there, and the CA and the resolver are not among the roles.
ON_NDES, CA, RESOLVER = {"ndes", "policy"}, "198.51.100.40", "192.0.2.53"

# Never a capture together with the one without its secrets.
READ = ["stages-all", "stages-refused"]
SEALED = ["stages-all-encrypted", "stages-refused-encrypted", "tls-failures", "url-list-failover-encrypted"]

UNKNOWN = CAPTURES / "tls12-untrusted.pcapng"
UNKNOWN_SERVER = "192.0.2.20"


def by_frame(rows):
    return {int(row["frame.number"][0]): row for row in rows}


@pytest.fixture(scope="module")
def frames(tshark, tmp_path_factory):
    """{capture: {frame: its fields}}"""
    result = {}
    for names in (READ, SEALED):
        together = Together([CAPTURES / (name + ".pcapng") for name in names],
                            tmp_path_factory.mktemp("roles") / "together.pcapng")
        result.update((name, {}) for name in names)
        for row in tshark.fields(together.path, *FIELDS, two_pass=True, only=OURS):
            name, number, _ = together.place(row["frame.number"][0])
            result[name][number] = row
    return result


def calls_to_ca(facts):
    """{frame: stage} of calls, activation aside"""
    return {call[key]: 4 for call in facts.get("calls", []) for key in ("frame_request", "frame_response")}


def messages(facts):
    """{frame: stage} of SCEP and of what is asked around it"""
    stages = {one["frame"]: one["stage"] for one in facts["services"]}
    for one in facts["messages"]:
        stages[one["frame"]] = 5 if one.get("pki_status") == 0 else 2
    return stages


@pytest.mark.parametrize("name", READ)
def test_each_message_is_in_its_stage(frames, name):
    wanted = {**messages(facts_of(name)), **calls_to_ca(facts_of(name))}
    assert {1, 2, 3} <= set(wanted.values())
    assert {frame: frames[name].get(frame, {}).get("scep.stage") for frame in wanted} == {
        frame: [str(stage)] for frame, stage in wanted.items()}


def test_a_whole_enrollment_has_all_stages(frames):
    seen = {row["scep.stage"][0] for row in frames["stages-all"].values()
            if row["scep.stage"] and not row["scep.link.guess"]}
    assert seen == set("123456")


@pytest.mark.parametrize("name", ["stages-all", "stages-all-encrypted", "stages-refused-encrypted"])
def test_each_connection_is_in_its_stage(frames, name):
    """What a connection shows without keys has the stage of what is inside it."""
    for one in facts_of(name)["connections"]:
        row = frames[name][one["client_hello"]]
        assert row["scep.stage"] == [str(one["stage"])], one["client_hello"]
        assert row["scep.link.host"] == [one["sni"]]


def test_what_is_encrypted_is_labeled(frames):
    """Each message that the capture with the secrets shows has its step in the other one too, as a guess."""
    read, sealed = frames["stages-all"], frames["stages-all-encrypted"]
    wanted = messages(facts_of("stages-all"))
    labeled = {frame: row for frame, row in sealed.items() if row["scep.link.guess"] in (["1"], ["True"])}
    data = [frame for frame, row in labeled.items() if row["scep.step"][0] not in ("Connect", "Handshake", "Resolve")]
    # One frame per message: that of its first segment, which may be in front of the one that makes it whole.
    assert len(data) == len(wanted)
    assert {labeled[frame]["scep.stage"][0] for frame in data} == {"1", "2", "3", "5", "6"}
    for frame, whole in zip(sorted(data), sorted(wanted)):
        assert frame <= whole and whole - frame < 8
        assert labeled[frame]["scep.stage"] == [str(wanted[whole])], frame
        guess, step = labeled[frame]["scep.step"][0], read[whole]["scep.step"][0]
        # Which of the two questions it is, only the answer tells.
        assert guess == step or (guess == "Request" and step in ("GetCACaps", "GetCACert")), frame
    assert {row["scep.stage"][0] for row in sealed.values()
            if row["scep.stage"] and not row["scep.link.guess"]} == {"4"}


@pytest.mark.parametrize("name", READ + SEALED)
def test_frames_tell_the_roles_of_their_hosts(frames, name):
    roles = {address: NAMES.get(role, role) for address, role in facts_of(name)["roles"].items()}
    roles[CA] = "ca"
    seen = set()
    for number, row in frames[name].items():
        for address, role in ((row["ip.src"], row["scep.role.src"]), (row["ip.dst"], row["scep.role.dst"])):
            if role == [] or address == [RESOLVER]:
                continue
            seen.add(address[0])
            allowed = ON_NDES if row["ip.src"] == row["ip.dst"] else {roles[address[0]]}
            assert role[0] in allowed, (number, address, role)
    assert set(facts_of(name)["roles"]) <= seen


# ---- where roles come from -------------------------------------------------------------------------------------------

def told(tshark, capture, *options):
    return by_frame(tshark.fields(capture, *FIELDS, two_pass=True, only=OURS, options=options))


def test_a_host_that_the_user_tells_of_is_followed(tshark):
    """Nothing else says that this TLS has to do with enrollment."""
    assert told(tshark, UNKNOWN) == {}
    rows = told(tshark, UNKNOWN, "-o", 'uat:scep_roles:"%s","ndes"' % UNKNOWN_SERVER)
    assert [row["scep.step"] for row in rows.values()] == [["Connect"], ["Handshake"], ["Handshake"], ["Handshake"]]
    assert {row["scep.stage"][0] for row in rows.values()} == {"2"}
    assert {(row["ip.dst"][0], *row["scep.role.dst"]) for row in rows.values()} == {
        (UNKNOWN_SERVER, "ndes"), ("192.0.2.10", "device")}
    assert [hint for row in rows.values() for hint in row["scep.hint.id"]] == ["tls_alert_unknown_ca"]


@pytest.mark.parametrize("host", ["203.0.113.20", "ndes.contoso.com", "*.contoso.com"])
def test_the_user_knows_better(tshark, host):
    """By address, by name, and by domain: the host that looks like a proxy is what the user says."""
    rows = told(tshark, CAPTURES / "stages-all-encrypted.pcapng", "-o", 'uat:scep_roles:"%s","ndes"' % host)
    roles = {row["scep.role.dst"][0] for row in rows.values()
             if row["ip.dst"] == ["203.0.113.20"] and row["scep.role.dst"]}
    assert roles == {"ndes"}


def test_the_user_can_rule_a_host_out(tshark):
    """As a device, no connection to it is followed any longer."""
    rows = told(tshark, CAPTURES / "tls12-encrypted-healthy.pcapng", "-o", 'uat:scep_roles:"198.51.100.30","device"')
    assert [row for row in rows.values() if row["ip.dst"] == ["198.51.100.30"]] == []


@pytest.mark.parametrize("table, complaint", [('"192.0.2.20","server"', "server"), ('"","ndes"', "host name")])
def test_a_bad_row_is_told(tshark, table, complaint):
    process = tshark.start("-n", "-r", UNKNOWN, "-o", "uat:scep_roles:" + table)
    assert process.returncode != 0 and complaint in process.stderr


def test_names_that_wireshark_knows_make_roles(tshark, tmp_path):
    """From a file of hosts, where names are to be resolved; a name alone is a guess."""
    hosts = tmp_path / "hosts"
    hosts.write_text("%s ndes01.contoso.com\n" % UNKNOWN_SERVER, encoding="ascii")
    text = tshark.run("-2", "-r", UNKNOWN, "-H", hosts, "-N", "n", "-Y", OURS, "-T", "fields", "-e", "scep.role.dst",
                      "-e", "scep.link.host", "-e", "scep.link.guess")
    rows = [line.split("\t") for line in text.splitlines()]
    assert len(rows) >= 3
    assert {(host, guess) for _, host, guess in rows} <= {("ndes01.contoso.com", "1"), ("ndes01.contoso.com", "True")}
    assert "ndes" in [role for role, _, _ in rows]


def der(tag, *parts):
    content = b"".join(parts)
    return bytes([tag, len(content)]) + content


# KRB-ERROR, "pre-authentication required": what a domain controller answers first
KDC_ANSWER = der(0x7E, der(
    0x30, der(0xA0, der(2, b"\x05")), der(0xA1, der(2, b"\x1e")), der(0xA4, der(24, b"20260504080000Z")),
    der(0xA5, der(2, b"\x01")), der(0xA6, der(2, b"\x19")), der(0xA9, der(27, b"CONTOSO.COM")),
    der(0xAA, der(0x30, der(0xA0, der(2, b"\x02")),
                  der(0xA1, der(0x30, der(27, b"krbtgt"), der(27, b"CONTOSO.COM")))))))


@pytest.mark.parametrize("passes", [[], ["-2"]], ids=["one", "two"])
def test_who_gives_ndes_its_tickets_is_a_domain_controller(tshark, tmp_path, passes):
    """Not who gives them to others; and a CA that stands on a domain controller stays the CA."""
    pcap = Pcap()
    connection = pcap.tcp()
    connection.exchange(http_request("GET", "/certsrv/mscep/mscep.dll?operation=GetCACaps"),
                        http_response(200, b"AES\nSHA-256\n", content_type="text/plain"))
    for controller, client in (("198.51.100.2", "198.51.100.20"), ("198.51.100.3", "192.0.2.77"),
                               ("192.0.2.10", "198.51.100.20")):
        pcap.udp((controller, 88), (client, 50000), KDC_ANSWER)
    path = pcap.write(tmp_path / "tickets.pcap")

    def roles(*options):
        lines = tshark.run("-n", "-q", *passes, "-r", path, *options, "-z", "scep,report,json").splitlines()
        return {row["address"]: row["role"] for row in json.loads(lines[-1])["roles"]}

    assert roles() == {"192.0.2.10": "device", "198.51.100.20": "ndes", "198.51.100.2": "dc"}
    assert roles("-o", 'uat:scep_roles:"192.0.2.10","dc"')["192.0.2.10"] == "dc"


def client_hello(name):
    """A ClientHello of TLS 1.2 with a server name, in one record"""
    def vector(size, *parts):
        content = b"".join(parts)
        return len(content).to_bytes(size, "big") + content

    server_name = b"\0\0" + vector(2, vector(2, b"\0" + vector(2, name.encode("ascii"))))
    body = b"\x03\x03" + bytes(32) + b"\0" + vector(2, b"\xc0\x2f") + vector(1, b"\0") + vector(2, server_name)
    return b"\x16\x03\x01" + vector(2, b"\x01" + vector(3, body))


@pytest.mark.parametrize("passes", [[], ["-2"]], ids=["one", "two"])
def test_encrypted_calls_are_told_with_the_enrollment_that_waits(tshark, tmp_path, passes):
    """What NDES asks Intune while a device waits for it; not what it asks before, and not what another host asks."""
    ndes, intune = "198.51.100.20", "203.0.113.61"
    pcap = Pcap()
    early = pcap.tcp(443, ndes, intune)
    early.send(client_hello("fef.msub01.manage.microsoft.com"))
    device = pcap.tcp(80, "192.0.2.10", ndes)
    device.send(http_request("POST", "/certsrv/mscep/mscep.dll?operation=PKIOperation", b"0\x03\x02\x01\x01"))
    late = pcap.tcp(443, ndes, intune)
    late.send(client_hello("fef.msub01.manage.microsoft.com"))
    other = pcap.tcp(443, "192.0.2.99", intune)
    other.send(client_hello("fef.msub01.manage.microsoft.com"))
    late.close()
    device.send(http_response(500, b"no"), from_client=False)
    path = pcap.write(tmp_path / "waiting.pcap")
    lines = tshark.run("-n", "-q", *passes, "-r", path, "-z", "scep,report,json").splitlines()
    links = json.loads(lines[-1])["encrypted"]
    assert [(link["client"], link["stage"]) for link in links if link["waiting"]] == [(ndes, 3)]
    assert [link["waiting"] for link in links if link["waiting"]] == [[1]]
    text = " ".join(tshark.run("-n", "-q", *passes, "-r", path, "-z", "scep,report").split())
    assert "while enrollment 1 waited for its answer at %s; it took 0.0" % ndes in text
    assert "calls to Intune and its sign-in are encrypted by design" in text
