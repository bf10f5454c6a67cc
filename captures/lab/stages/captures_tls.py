# SPDX-License-Identifier: GPL-2.0-or-later
"""TLS connections that fail, or that an administrator should be warned about. None of it takes a key to see."""
import ssl

from synthetic.device import WINDOWS, Device
from synthetic.ndes import Ndes

from . import parties
from .flow import client, front, inside, intune, server
from .keys import tls_key
from .parties import (
    DEVICE,
    INTUNE,
    INTUNE_NAME,
    NDES,
    NDES_INSIDE,
    NDES_NAME,
    PROXY,
    PUBLISHED,
    authority,
    client_identity,
)
from .registry import capture
from .tls import V12, V13, Side

OLD, NEW = (V12, V12), (V13, V13)
UNKNOWN_CA = 48


def certificate(tcp):
    """The frame with the server's certificate, where it is in clear."""
    return lambda: tcp.told()["frame_certificate"]


def asked(tcp):
    return lambda: tcp.told()["frame_certificate_request"]


def alert(tcp):
    return lambda: tcp.told()["failure"]["frame"]


def end(tcp):
    """The FIN of who closed first."""
    return lambda: tcp.ending.number


class Hop:
    """Connections between a device and the proxy, NDES and its own service, or NDES and Intune."""

    def __init__(self, scene):
        self.scene = scene
        self.ndes = Ndes(scene, address=NDES, host=NDES_NAME)
        scene.keys.clear()
        self.device = Device(scene, self.ndes, "device-1", DEVICE, WINDOWS)
        scene.keys.clear()

    def fails(self, near, far, by, alert_name, host=NDES_NAME, ends=(DEVICE, PROXY), stage=2, **options):
        """A handshake that ends with an alert. @return the conversation"""
        link = self.scene.secure(*ends, host, near, far, {"stage": stage}, **options)
        link.tcp.open()
        failure = link.tcp.failure
        if not failure or (failure["by"], failure["alert"]) != (by, alert_name):
            raise RuntimeError("%s: %s, not %s by %s" % (self.scene.case.name, failure, alert_name, by))
        return link.tcp

    def works(self, near, far, host=NDES_NAME, ends=(DEVICE, PROXY), stage=2, asks=True):
        """A connection with GetCACaps on it, or closed as soon as it stands. @return the conversation"""
        link = self.scene.secure(*ends, host, near, far, {"stage": stage})
        if asks:
            link.exchange(self.device.ask_for("GetCACaps"), self.ndes.caps())
        else:
            link.tcp.open()
            link.tcp.wait(9000)
        link.tcp.ending = link.tcp.close()
        return link.tcp

    def mark(self, tcp, *hints):
        """hints: (name, function of the conversation), and True behind it for one that is optional"""
        for name, where, *optional in hints:
            self.scene.hint(name, where(tcp), tcp, bool(optional))


def trust(hop):
    """Alerts of a device about the certificate it is shown."""
    begin, mark = hop.scene.begin, hop.mark
    unknown = server([NDES_NAME], "unknown", versions=OLD)
    begin("unknown-ca-tls12", "TLS 1.2: the device does not trust the issuer of the certificate", 1)
    mark(hop.fails(client(), unknown, "client", "unknown_ca"), ("tls_alert_unknown_ca", alert))
    begin(
        "unknown-ca-tls13",
        "TLS 1.3: the same; the alert is encrypted, and a small record and the end are all that shows",
    )
    unknown = server([NDES_NAME], "unknown", versions=NEW)
    near = client(trusting=True, seals_alert=UNKNOWN_CA)
    mark(hop.fails(near, unknown, "client", "unknown_ca"), ("tls_closed_before_app_data", alert))
    begin("unknown-ca-tls13-clear", "TLS 1.3: the same with OpenSSL as the client, which sends this alert in clear")
    mark(hop.fails(client(), unknown, "client", "unknown_ca"), ("tls_alert_unknown_ca", alert))
    begin("bad-certificate", "the key of the server's certificate, RSA with 1024 bits, is too short for the device")
    weak = front(versions=OLD, level=0, key=tls_key("weak", 1024))
    tcp = hop.fails(client(), weak, "client", "bad_certificate", end_with="rst")
    mark(tcp, ("tls_alert_unknown_ca", alert))
    begin("certificate-expired", "the server's certificate expired three days ago")
    expired = front(versions=OLD, validity=(-400, -3))
    mark(
        hop.fails(client(clock=True), expired, "client", "certificate_expired"),
        ("tls_alert_certificate_expired", alert),
    )
    begin("expired-unnoticed", "the same certificate, and a device that does not look at it")
    mark(hop.works(client(trusting=True), expired), ("tls_alert_certificate_expired", certificate))
    begin("expiring", "the server's certificate expires in ten days; the device goes on")
    mark(hop.works(client(), front(versions=OLD, validity=(-355, 10))), ("tls_server_cert_expiring", certificate))


def parameters(hop):
    """No common ground."""
    begin, mark = hop.scene.begin, hop.mark
    begin("protocol-version", "the device speaks TLS 1.2 at most, the server 1.3 only")
    tcp = hop.fails(client(versions=OLD), front(versions=NEW), "server", "protocol_version")
    mark(tcp, ("tls_alert_handshake_failure", alert))
    begin("no-common-cipher", "the device offers cipher suites that the server has no key for")
    near = client(versions=OLD, ciphers="ECDHE-ECDSA-AES256-GCM-SHA384")
    tcp = hop.fails(near, front(versions=OLD), "server", "handshake_failure")
    mark(tcp, ("tls_alert_handshake_failure", alert))
    begin("internal-error", "the server gives up with internal_error")
    broken = front(versions=OLD, refuses=ssl.ALERT_DESCRIPTION_INTERNAL_ERROR)
    mark(hop.fails(client(), broken, "server", "internal_error"), ("tls_alert_other", alert))


def names(hop):
    begin, mark = hop.scene.begin, hop.mark
    wrong = server([NDES_INSIDE], versions=OLD)
    begin("name-mismatch", "the certificate is for the name inside, the device asked for the published one")
    tcp = hop.fails(client(), wrong, "client", "bad_certificate")
    mark(tcp, ("tls_name_mismatch", certificate), ("tls_alert_unknown_ca", alert, True))
    begin("name-mismatch-silent", "the same, and the device shakes hands and leaves without a word")
    tcp = hop.works(client(names=False), wrong, asks=False)
    mark(tcp, ("tls_name_mismatch", certificate), ("tls_closed_before_app_data", end))
    begin("unrecognized-name", "the server does not know the name that the device asks for")
    far = front(versions=OLD, refuses=ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME)
    tcp = hop.fails(client(), far, "server", "unrecognized_name")
    mark(tcp, ("tls_name_mismatch", alert))


def client_certificates(hop):
    """Devices have none yet, so nobody should ask them."""
    begin, mark = hop.scene.begin, hop.mark
    mutual = {"trusts": [authority("clients")], "versions": OLD}
    begin("client-certificate-required-tls12", "the server wants a certificate of the device, which has none yet")
    tcp = hop.fails(client(), front(asks="required", **mutual), "server", "handshake_failure")
    mark(tcp, ("tls_client_cert_asked_on_device_hop", asked), ("tls_alert_handshake_failure", alert, True))
    begin("client-certificate-required-tls13", "the same with TLS 1.3: neither the wish nor the alert shows")
    far = front(asks="required", trusts=[authority("clients")], versions=NEW)
    tcp = hop.fails(client(), far, "server", "certificate_required")
    mark(tcp, ("tls_closed_before_app_data", alert))
    begin("client-certificate-optional", "the server asks for a certificate and does without")
    mark(hop.works(client(), front(asks="optional", **mutual)), ("tls_client_cert_asked_on_device_hop", asked))
    begin(
        "client-certificate-refused", "a device that renews shows its old certificate, which the server does not trust"
    )
    near = client(identity=client_identity("device-1", "unknown"))
    tcp = hop.fails(near, front(asks="optional", **mutual), "server", "unknown_ca")
    mark(tcp, ("tls_client_cert_presented_on_renewal", alert), ("tls_client_cert_asked_on_device_hop", asked, True))


def policy_module(hop):
    """NDES and the registration service on its own host."""
    scene, mark = hop.scene, hop.mark
    own = {"host": NDES_INSIDE, "ends": (NDES, NDES), "stage": 3}
    mutual = {"asks": "required", "trusts": [authority("clients")], "versions": OLD}
    scene.begin("policy-certificate-refused", "policy module: the service does not trust its client certificate")
    near = client(identity=client_identity(by="unknown"))
    mark(hop.fails(near, inside(**mutual), "server", "unknown_ca", **own), ("tls_alert_other", alert))
    scene.begin("policy-certificate-missing", "policy module: it sends no certificate, for want of the private key")
    tcp = hop.fails(client(), inside(**mutual), "server", "handshake_failure", **own)
    mark(tcp, ("verify_tls_client_cert_key", alert), ("tls_alert_handshake_failure", alert, True))
    scene.begin("policy-name", "policy module: the certificate of the service has the published name only")
    far = server([NDES_NAME], "corp", **mutual)
    tcp = hop.fails(client(identity=client_identity()), far, "client", "bad_certificate", **own)
    mark(tcp, ("verify_tls_name_12175", alert), ("tls_name_mismatch", certificate, True))
    scene.begin("policy-stalled", "policy module: it connects and says nothing for half a minute")
    tcp = scene.plain(NDES, NDES, 443, {"stage": 3})
    tcp.open()
    tcp.wait(30000000)
    tcp.ending = tcp.close()
    mark(tcp, ("verify_stalled_sending", end))


def inspection(hop):
    """Between NDES and Intune, a gateway breaks TLS open."""
    scene, mark = hop.scene, hop.mark
    up = {"host": INTUNE_NAME, "ends": (NDES, INTUNE), "stage": 6}
    gateway = server(
        ["*.manage.microsoft.com"], "inspection", subject="C=XX, O=Contoso, CN=*.manage.microsoft.com", versions=OLD
    )
    scene.begin("inspected", "NDES to Intune: the certificate is by an inspecting gateway, which NDES trusts")
    near = Side(trusts=[authority("inspection")])
    mark(hop.works(near, gateway, asks=False, **up), ("tls_issuer_not_expected", certificate))
    scene.begin("inspected-refused", "NDES to Intune: the same, and the connector does not trust it")
    tcp = hop.fails(client(identity=client_identity()), gateway, "client", "unknown_ca", **up)
    mark(tcp, ("tls_issuer_not_expected", certificate), ("intune_unreachable", alert))
    scene.begin("intune-healthy", "NDES to Intune: nothing is wrong with this one")
    hop.works(client(), intune(), asks=False, **up)


@capture(
    "tls-failures",
    (
        "TLS connections of a device with the proxy, of NDES with the registration service on its own host and with"
        " Intune, each with another fault, five seconds apart; a comment on the first frame of each names it"
    ),
    (
        "alerts and who sent them; names, validity and issuer of the certificate; a client certificate that is asked"
        " for or refused"
    ),
    sealed=True,
)
def failures(scene):
    hop = Hop(scene)
    scene.resolve(DEVICE, NDES_NAME, [PROXY], [PUBLISHED])
    scene.resolve(NDES, NDES_INSIDE, [NDES])
    scene.resolve(NDES, INTUNE_NAME, [INTUNE], [parties.INTUNE_FRONT])
    for part in (trust, parameters, names, client_certificates, policy_module, inspection):
        part(hop)
    scene.begin("healthy", "nothing is wrong with this one")
    hop.works(client(versions=OLD), front())
    scene.until_quiet(30)
    scene.resolve(DEVICE, "www.example.com", [parties.ELSEWHERE])
