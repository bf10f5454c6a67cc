# SPDX-License-Identifier: GPL-2.0-or-later
"""Stages and roles on frames: of a readable enrollment from what was read, of an encrypted one from hosts, sizes and
order; and where roles come from. What is where comes from captures/expected."""

import pytest

from support.facts import facts_of
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


def test_what_is_encrypted_is_labelled(frames):
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
