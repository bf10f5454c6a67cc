# SPDX-License-Identifier: GPL-2.0-or-later
"""What stands in front of NDES and gets in the way, read with the secrets of the TLS sessions."""
from synthetic import web, x509
from synthetic.captures_checks import intune_challenge
from synthetic.device import ANDROID, CISCO, WINDOWS
from synthetic.faults_http import app_proxy, not_found
from synthetic.story import REFUSED, SECOND, UNANSWERED
from synthetic.tcp import CLIENT, SERVER

from . import parties
from .flow import Direct, client, front, inside, server
from .parties import DEVICE, NDES, NDES_NAME, PROXY, PUBLISHED, SECOND_DEVICE, SECOND_NDES, THIRD_DEVICE, WAP
from .registry import capture
from .tls import V12, V13

SIGN_IN = (
    "https://login.microsoftonline.com/00000000-0000-0000-0000-000000000001/oauth2/authorize"
    "?response_type=code&client_id=app"
)
BLOCKED = "This corporate app can't be accessed"


def redirect():
    page = b"<html><head><title>Object moved</title></head></html>"
    return web.Response(
        302, page, "text/html", web.IIS, [("Location", SIGN_IN), ("X-MS-Proxy", "AzureAD-Application-Proxy")]
    )


# case, what it shows, the proxy's answer, seconds until it comes, hint
PROXY_ANSWERS = [
    (
        "bad-gateway",
        "502: the connector cannot reach NDES",
        lambda: app_proxy(502, "Bad Gateway", BLOCKED + ": the connector could not reach the back end."),
        1,
        "appproxy_502_bad_gateway",
    ),
    (
        "gateway-timeout",
        "504 after 85 seconds: no connector answers",
        lambda: app_proxy(504, "GatewayTimeout", BLOCKED + ": no connector answered in time."),
        85,
        "appproxy_504_gateway_timeout",
    ),
    (
        "forbidden",
        "403 of the proxy: users have to be assigned",
        lambda: app_proxy(403, "Forbidden", BLOCKED + ": you are not authorized."),
        1,
        "appproxy_403_forbidden",
    ),
    ("sign-in", "302 to the sign-in page: the proxy wants to know who asks", redirect, 1, "proxy_302_to_login"),
    (
        "not-published",
        "404 of the proxy: nothing is published under this name",
        lambda: app_proxy(404, "Not Found", BLOCKED + ": there is no such app."),
        1,
        "appproxy_url_wrong",
    ),
]


@capture(
    "appproxy-failures",
    (
        "devices whose GetCACaps the application proxy answers by itself: 502, 504 after 85 seconds, 403, 302 to the"
        " sign-in, 404"
    ),
    "whose answer it is, and that NDES never saw the request",
)
def answers(scene):
    scene.resolve(DEVICE, PUBLISHED, [PROXY])
    for number, (case, text, answer, seconds, hint) in enumerate(PROXY_ANSWERS):
        scene.begin(case, text, 1 if number == 0 else 5)
        address = (DEVICE, SECOND_DEVICE, THIRD_DEVICE, "192.0.2.13", "192.0.2.14")[number]
        who = Direct(
            scene, PROXY, PUBLISHED, (client(), front()), name="device-%d" % (number + 1), client_address=address
        )
        who.device.begin()
        _, told = who.asks(who.device.ask_for("GetCACaps"), answer(), seconds * SECOND)
        who.device.enrollment.ends(REFUSED)
        scene.hint(hint, told.frame, inside=True)
    scene.keys.clear()
    scene.until_quiet(300)
    scene.resolve(DEVICE, "www.example.com", [parties.ELSEWHERE])


def through_wap(scene, who, request, response):
    """The front leg to the Web Application Proxy and, unless the response is None, the leg behind it."""
    outer, enrollment = who.hop(), who.device.enrollment
    asked = outer.ask(request, enrollment, leg="front")
    scene.now = outer.now + 2000
    if response is None:
        outer.tcp.wait(60 * SECOND)
        frame = outer.tcp.fin(CLIENT)
        outer.tcp.wait(SECOND)
        outer.tcp.reset(SERVER)
        scene.now = outer.now + 30000
        return asked, frame
    inner = scene.secure(WAP, NDES, NDES_NAME, client(), inside(versions=(V12, V12)), {"stage": 2, "leg": "back"})
    behind = inner.ask(request, enrollment, leg="back")
    inner.tcp.wait(25000)
    inner.answer(behind, request, response, leg="back")
    outer.tcp.now = inner.now + 2000
    outer.answer(asked, request, response, leg="front")
    inner.close()
    outer.close()
    scene.now = max(outer.now, inner.now) + 25000
    return asked, None


@capture(
    "wap-long-uri",
    (
        "a device that sends its PKIOperation by GET through a Web Application Proxy, on both sides of it: with a URI"
        " of more than 5100 bytes, which the proxy swallows, and with a shorter one, which it passes on"
    ),
    "the length of the URI; a request of which the leg behind the proxy holds nothing",
)
def long_uri(scene):
    scene.resolve(DEVICE, NDES_NAME, [WAP])
    far = server([NDES_NAME], versions=(V12, V12))
    for case, text, size in (
        ("long", "the URI is too long for the proxy: no answer, and nothing behind it", 300),
        ("short", "a shorter one goes through", 0),
    ):
        scene.begin(case, text)
        who = Direct(scene, WAP, NDES_NAME, (client(), far), CISCO, client_address=DEVICE if size else SECOND_DEVICE)
        device = who.device
        device.begin()
        plain = ("GetCACaps", who.ndes.caps([one for one in who.ndes.capabilities if one != "POSTPKIOperation"]))
        for operation, response in (plain, ("GetCACert", who.ndes.ca_certificates())):
            through_wap(scene, who, device.ask_for(operation), response)
        csr = device.csr(x509.Challenge(intune_challenge(scene, size)) if size else device.challenge())
        message = device.request(csr)
        request = device.carry(message)
        if (len(request.target) > 5100) != bool(size):
            raise RuntimeError("a URI of %d bytes" % len(request.target))
        if size:
            asked, _ = through_wap(scene, who, request, None)
            asked.facts["uri_length"] = len(request.target)
            scene.hint("wap_long_uri_hang", asked.frame, inside=True)
            device.enrollment.ends(UNANSWERED)
        else:
            issued = who.ndes.pki.issue(csr, scene.moment())
            through_wap(scene, who, request, who.ndes.success(message, device.signer, issued))
            device.enrollment.ends("issued", subject=device.subject.text, serial=issued.serial_hex)
    scene.until_quiet(120)
    scene.resolve(DEVICE, "www.example.com", [parties.ELSEWHERE])


@capture(
    "url-list-failover",
    (
        "a profile with two URLs: the first server refuses the connection of a Windows device and answers 404 to an"
        " Android device, and each enrolls with the second"
    ),
    "one enrollment per device that ends well, on the second server",
    "url-list-failover-encrypted",
)
def failover(scene):
    first, second = "ndes1.contoso.com", "ndes2.contoso.com"
    ends = (client(), inside_of([first, second]))
    for number, (address, habit) in enumerate(((DEVICE, WINDOWS), (SECOND_DEVICE, ANDROID))):
        name = "device-%d" % (number + 1)
        scene.begin(
            name, ("the first server refuses the connection", "the first server answers 404")[number], number * 5
        )
        scene.resolve(address, first, [NDES])
        if number == 0:
            tcp = scene.plain(address, NDES, 443, {"stage": 2, "ended": "refused"})
            tcp.refused_open()
            scene.hint("tcp_ndes_refused", scene.capture.frames[-1], tcp, optional=True)
            scene.now = tcp.now + 2 * SECOND
        else:
            who = Direct(scene, NDES, first, ends, habit, name, address)
            who.device.begin()
            _, told = who.asks(who.device.ask_for("GetCACaps"), not_found())
            who.device.enrollment.ends(REFUSED)
            scene.hint("http_404_path", told.frame, optional=True, inside=True)
        scene.resolve(address, second, [SECOND_NDES])
        begun = len(scene.seen)
        Direct(scene, SECOND_NDES, second, ends, habit, name, address).enrolls()
        tcp = scene.seen[begun].tcp
        scene.hint("url_list_failover", lambda tcp=tcp: tcp.told()["client_hello"], tcp)
    scene.until_quiet(120)
    scene.resolve(DEVICE, "www.example.com", [parties.ELSEWHERE])


def inside_of(names):
    return server(names, versions=(V12, V13))
