# SPDX-License-Identifier: GPL-2.0-or-later
"""What goes wrong below TLS: names that do not resolve, connections that do not come about or break."""
from synthetic import web
from synthetic.story import ABANDONED, SECOND, UNANSWERED
from synthetic.tcp import CLIENT, SERVER

from . import dns, parties
from .flow import Direct, client, front, intune
from .parties import (
    DEVICE,
    INTUNE,
    INTUNE_FRONT,
    INTUNE_NAME,
    LOGIN,
    LOGIN_NAME,
    NDES,
    NDES_NAME,
    PROXY,
    PUBLISHED,
    SECOND_DEVICE,
    THIRD_DEVICE,
)
from .registry import capture
from .tls import V12, V13

REGISTRATION, SERVICE_BUS = "203.0.113.21", "203.0.113.22"


def last_frame(scene):
    return scene.capture.frames[-1]


def refused(scene, source, server, stage, hint, port=443):
    tcp = scene.plain(source, server, port, {"stage": stage, "ended": "refused"})
    tcp.refused_open()
    scene.hint(hint, last_frame(scene), tcp)


def unanswered(scene, source, server, stage, hint, port=443):
    """A SYN and three repetitions."""
    tcp = scene.plain(source, server, port, {"stage": stage, "ended": "unanswered"})
    tcp.unanswered_open(4)
    scene.hint(hint, last_frame(scene), tcp)


def secure_request(scene, versions, **more):
    """GetCACaps of the device within TLS, which stays without an answer. @return the Link"""
    who = Direct(scene, PROXY, NDES_NAME, (client(), front(versions=(versions, versions))))
    scene.keys.clear()
    enrollment = who.device.begin()
    enrollment.ends(UNANSWERED)
    link = who.hop()
    link.story.seen[-1].about.update(more)
    link.exchange(who.device.ask_for("GetCACaps"), None, enrollment)
    return link


def plain_request(scene, **more):
    """The same over port 80."""
    who = Direct(scene, PROXY, NDES_NAME, None)
    scene.keys.clear()
    enrollment = who.device.begin()
    enrollment.ends(UNANSWERED)
    link = scene.link(DEVICE, PROXY, 80, dict(more, stage=2))
    link.exchange(who.device.ask_for("GetCACaps"), None, enrollment, over="http")
    return link


def resets(scene):
    scene.begin("reset-after-request", "TLS 1.2: the request is complete, and the proxy resets the connection")
    link = secure_request(scene, V12, ended="reset by the server")
    link.tcp.wait(40000)
    scene.hint("tcp_reset_after_request", link.tcp.reset(SERVER), link.tcp)
    scene.begin("reset-after-request-http", "the same on port 80")
    link = plain_request(scene, ended="reset by the server")
    link.tcp.wait(40000)
    scene.hint("tcp_reset_after_request", link.tcp.reset(SERVER), link.tcp)


def no_replies(scene):
    """The client ends its side after 30 s; the server never says anything."""
    steps = (
        ("", lambda: secure_request(scene, V13, ended="by the client")),
        ("-http", lambda: plain_request(scene, ended="by the client")),
    )
    for more, ask in steps:
        scene.begin(
            "no-reply" + more, "a request without an answer; the device gives up after 30 seconds and ends its side"
        )
        link = ask()
        link.tcp.wait(30 * SECOND)
        frame = link.tcp.fin(CLIENT)
        link.tcp.wait(5 * SECOND)
        link.tcp.reset(SERVER)
        scene.hint("http_request_no_reply", frame, link.tcp)


def idle(scene):
    scene.begin("idle-timeout", "nothing for two minutes after the request, then something ends the connection")
    link = secure_request(scene, V13, ended="by the server, after 120 s of silence")
    link.tcp.wait(120 * SECOND)
    frame = link.tcp.fin(SERVER)
    link.tcp.fin(CLIENT)
    scene.hint("tcp_idle_timeout", frame, link.tcp)


def outward(scene):
    """From the server: to the proxy's cloud service and to Intune."""
    scene.begin("connector-blocked", "the proxy's connector cannot reach its cloud service")
    scene.resolve(NDES, "contoso.registration.msappproxy.net", [REGISTRATION])
    unanswered(scene, NDES, REGISTRATION, 2, "connector_outbound_blocked")
    scene.until_quiet(1)
    scene.resolve(NDES, "contoso-ns.servicebus.windows.net", [SERVICE_BUS])
    unanswered(scene, NDES, SERVICE_BUS, 2, "connector_outbound_blocked")
    scene.begin("intune-refused", "NDES is refused by what stands in front of Intune")
    scene.resolve(NDES, INTUNE_NAME, [INTUNE], [INTUNE_FRONT])
    refused(scene, NDES, INTUNE, 6, "intune_unreachable")
    scene.begin("sign-in-unanswered", "NDES gets no answer from the sign-in service")
    scene.resolve(NDES, LOGIN_NAME, [LOGIN])
    unanswered(scene, NDES, LOGIN, 3, "intune_unreachable")


@capture(
    "tcp-failures",
    (
        "TCP connections of a device with the proxy of NDES that are refused, never answered, reset or left without an"
        " answer, in TLS and on port 80; of the server with the cloud services that it needs; a minute later the device"
        " enrolls"
    ),
    "which connection failed and how; no word about the last three",
    sealed=True,
)
def tcp_failures(scene):
    scene.begin("refused", "the device asks for the address and is refused", 0)
    scene.resolve(DEVICE, NDES_NAME, [PROXY], [PUBLISHED])
    refused(scene, DEVICE, PROXY, 2, "tcp_ndes_refused")
    scene.begin("unanswered", "a SYN and three repetitions, to which nobody answers")
    unanswered(scene, DEVICE, PROXY, 2, "tcp_ndes_no_answer")
    for part in (resets, no_replies, idle, outward):
        part(scene)
    scene.begin("healthy", "the device enrolls", 60)
    Direct(scene, PROXY, NDES_NAME, (client(), front())).enrolls()
    scene.until_quiet(120)
    scene.resolve(DEVICE, "www.example.com", [parties.ELSEWHERE])


@capture(
    "report-failures",
    (
        "a device gets its certificate, and the connector that would report it is refused by what stands in front of"
        " Intune; another device, which is never seen with Intune, takes the CA's certificates and asks for nothing"
    ),
    "that nothing was reported; that the second device may have no profile",
)
def report_failures(scene):
    scene.begin("enrolls", "a device asks Intune, then enrolls", 0)
    scene.resolve(NDES, INTUNE_NAME, [INTUNE], [INTUNE_FRONT])
    link = scene.secure(DEVICE, INTUNE, INTUNE_NAME, client(), intune(), {"stage": 1})
    link.exchange(web.Request("GET", "/", INTUNE_NAME), web.Response(200, b"", None, web.IIS))
    link.close()
    Direct(scene, NDES, NDES_NAME, (client(), front())).enrolls()
    scene.begin("upload-refused", "the connector is refused")
    refused(scene, NDES, INTUNE, 6, "connector_upload_failed")
    scene.begin("no-sync", "a device that was not seen with Intune stops behind GetCACert")
    other = Direct(scene, NDES, NDES_NAME, (client(), front()), name="device-2", client_address=SECOND_DEVICE)
    other.device.begin()
    asked, _ = other.asks(other.device.ask_for("GetCACaps"), other.ndes.caps())
    other.asks(other.device.ask_for("GetCACert"), other.ndes.ca_certificates())
    other.device.enrollment.ends(ABANDONED)
    scene.hint("no_mdm_sync_seen", lambda: asked.frame(), inside=True)
    scene.until_quiet(120)
    scene.resolve(DEVICE, "www.example.com", [parties.ELSEWHERE])


@capture(
    "dns-failures",
    (
        "names of NDES and its proxy that three devices cannot resolve: NXDOMAIN, SERVFAIL, no address, no answer; a"
        " name of Intune that NDES cannot; other names that do not exist, an AAAA question without an address, a name"
        " that resolves the second time; then a device enrolls"
    ),
    "four questions of devices and one of NDES; nothing on the other names",
    sealed=True,
)
def dns_failures(scene):
    def fails(case, text, who, name, hint="dns_ndes_nxdomain", **how):
        scene.begin(case, text)
        asked, told = scene.resolve(who, name, **how)
        if hint:
            scene.hint(hint, told or asked)

    fails("nxdomain", "the name does not exist", THIRD_DEVICE, NDES_NAME, rcode=dns.NXDOMAIN)
    fails("servfail", "the resolver cannot find out", SECOND_DEVICE, PUBLISHED, rcode=dns.SERVFAIL)
    fails("no-address", "the name is there, and has no address", SECOND_DEVICE, NDES_NAME)
    fails("unanswered", "three questions without an answer", THIRD_DEVICE, PUBLISHED, tries=3, lost=True)
    fails(
        "intune",
        "a server that nothing else is known of cannot resolve Intune's name",
        NDES,
        INTUNE_NAME,
        "mdm_unreachable",
        rcode=dns.NXDOMAIN,
    )
    fails("other-name", "not ours", DEVICE, "wpad.contoso.com", None, rcode=dns.NXDOMAIN)
    fails("other-servfail", "not ours", DEVICE, "printer.contoso.com", None, rcode=dns.SERVFAIL)
    fails("other-unanswered", "not ours", SECOND_DEVICE, "www.example.org", None, tries=2, lost=True)
    fails("healthy-other", "nothing is wrong", DEVICE, "www.example.com", None, addresses=[parties.ELSEWHERE])
    fails("healthy-second-time", "the resolver fails and then answers", DEVICE, NDES_NAME, None, rcode=dns.SERVFAIL)
    scene.now += 1 * SECOND
    scene.resolve(DEVICE, NDES_NAME, [PROXY], [PUBLISHED])
    scene.resolve(DEVICE, NDES_NAME, kind=dns.AAAA)
    Direct(scene, PROXY, NDES_NAME, (client(), front())).enrolls()
    scene.begin("healthy-intune", "Intune's name resolves for another server, and for the device")
    scene.resolve(parties.SECOND_NDES, INTUNE_NAME, [INTUNE], [INTUNE_FRONT])
    scene.resolve(DEVICE, INTUNE_NAME, [INTUNE], [INTUNE_FRONT])
    link = scene.secure(DEVICE, INTUNE, INTUNE_NAME, client(), intune(), {"stage": 1})
    link.exchange(web.Request("GET", "/", INTUNE_NAME), web.Response(200, b"", None, web.IIS))
    link.close()
    scene.until_quiet(120)
    scene.resolve(DEVICE, "www.example.com", [parties.ELSEWHERE])
