# SPDX-License-Identifier: GPL-2.0-or-later
"""Whole enrollments: each outcome, retries and renewals, through a proxy, seen from two points, lost and repeated
segments."""
from . import scep, tcp, web
from .captures_ndes import enroll, refuse, submit, wait_for_approval
from .device import ANDROID, CISCO, IOS, PLAIN, SSCEP, WINDOWS, Device
from .ndes import Ndes
from .registry import capture
from .server import Server
from .story import ABANDONED, ISSUED, PENDING, REFUSED, SECOND, UNANSWERED

HRESULTS = (
    (0x80094811, scep.BAD_REQUEST, "key too short for the template"),
    (0x80094800, scep.BAD_REQUEST, "template not offered by the CA"),
    (0x800706BA, scep.BAD_REQUEST, "RPC server unavailable"),
    (0x80090005, scep.BAD_MESSAGE_CHECK, "cannot decrypt"),
    (0x80094012, scep.BAD_REQUEST, "no right to enroll"),
    (0x80070005, scep.BAD_REQUEST, "access denied"),
    (0x80094004, scep.BAD_REQUEST, "bad property"),
    (0x80092013, scep.BAD_REQUEST, "revocation server offline"),
    (0x800B0101, scep.BAD_TIME, "not within its validity"),
    (0x80004005, scep.BAD_REQUEST, "unspecified"),
    (0xDEADBEEF, scep.BAD_REQUEST, "a code that no table holds"),
)


@capture(
    "ndes-hresults",
    "eleven devices refused by NDES, each with another HRESULT: 0x80094811, 0x80094800, 0x800706BA, 0x80090005...",
    "scep.ndes_error with name; the cause that each code stands for",
)
def hresults(story):
    server = Ndes(story)
    for number, (code, fail_info, what) in enumerate(HRESULTS):
        device = Device(
            story,
            server,
            "device-%d" % (number % 5 + 1),
            "192.0.2.%d" % (10 + number),
            (WINDOWS, IOS, ANDROID)[number % 3],
        )
        refuse(device, server, code, fail_info)
        device.enrollment.facts["case"] = what
        story.now += 20 * SECOND


@capture(
    "ndes-getcert-getcrl",
    (
        "sscep asks NDES for its certificate and the revocation list: GetCRL refused with 0x80070057 as in the public"
        " sample, GetCert refused, GetCACertChain unknown; another server answers both"
    ),
    "types 21 and 22; not enrollments, no error for the enrollment",
)
def lookups(story):
    server = Ndes(story)
    device = Device(story, server, "device-1", "192.0.2.10", SSCEP)
    enroll(device, server)
    certificate, fixed = device.certificate, "SSCEP transactionId"
    device.enrollment = None
    story.now += 60 * SECOND
    for kind in (scep.GET_CRL, scep.GET_CERT):
        message = device.lookup(kind, certificate, fixed, device.signing(certificate))
        device.send(message, server.failure(message, scep.BAD_REQUEST, 0x80070057))
    device.exchange(
        device.ask_for("GetCACertChain"),
        web.iis_plain(
            404,
            "File or directory not found.",
            "The resource you are looking for might have been removed.",
            reason="Not Found",
        ),
    )
    other = Server(story, address="198.51.100.31")
    asker = Device(story, other, "device-2", "192.0.2.11", SSCEP)
    enroll(asker, other)
    asker.enrollment = None
    message = asker.lookup(scep.GET_CERT, asker.certificate, fixed, asker.signing(asker.certificate))
    asker.send(message, other.success(message, asker.certificate, asker.certificate))
    message = asker.lookup(scep.GET_CRL, asker.certificate, fixed, asker.signing(asker.certificate))
    asker.send(message, other.crl(message, asker.certificate, revoked=(4711,)))


@capture(
    "ndes-outcomes",
    (
        "five enrollments with five outcomes, interleaved: accepted, refused, pending then issued, abandoned after"
        " GetCACert, unanswered; the capture goes on for ten minutes behind them"
    ),
    "five verdicts; absence is claimed for two",
)
def outcomes(story):
    server = Ndes(story)
    accepted, refused, waiting, gone, silent = (
        Device(story, server, "device-%d" % (number + 1), "192.0.2.%d" % (10 + number), habit)
        for number, habit in enumerate((WINDOWS, ANDROID, IOS, WINDOWS, WINDOWS))
    )
    for device in (accepted, refused, waiting, gone, silent):
        device.begin()
        device.discover()
    csr = waiting.csr(waiting.challenge())
    message = waiting.request(csr)
    waiting.send(message, server.pending(message))
    submit(accepted, server)
    refuse(refused, server, 0x80094800, begin=False)
    gone.enrollment.ends(ABANDONED)
    silent.send(silent.request(silent.csr(silent.challenge())), None)
    silent.enrollment.ends(UNANSWERED)
    for last in (False, True):
        waiting.wait(120)
        message = waiting.poll()
        if last:
            waiting.certificate = server.pki.issue(csr, story.moment())
            waiting.send(message, server.success(message, waiting.signer, waiting.certificate))
        else:
            waiting.send(message, server.pending(message))
    waiting.enrollment.ends(ISSUED, polls=2, serial=waiting.certificate.serial_hex)
    story.now += 360 * SECOND
    later = Device(story, server, "device-1", "192.0.2.30", WINDOWS)
    later.exchange(later.ask_for("GetCACaps"), server.caps(), enrollment=None)


@capture(
    "synthetic-ends-early",
    "a device asks for GetCACaps and GetCACert, another sends its request, and the capture ends a second later",
    "no claim that anything was abandoned or unanswered",
)
def ends_early(story):
    server = Ndes(story)
    device = Device(story, server, "device-1", "192.0.2.10", WINDOWS)
    device.begin()
    device.discover()
    device.enrollment.ends(ABANDONED, undecided=True)
    other = Device(story, server, "device-2", "192.0.2.11", WINDOWS)
    other.begin()
    other.discover()
    other.send(other.request(other.csr(other.challenge())), None)
    other.enrollment.ends(UNANSWERED, undecided=True)


@capture(
    "synthetic-starts-midway",
    (
        "the capture begins with an answer whose request it lacks, then a PKIOperation of a device whose GetCACert it"
        " never saw"
    ),
    "nothing is claimed about recipients and signers that the capture cannot know",
)
def midway(story):
    server = Ndes(story)
    device = Device(story, server, "device-1", "192.0.2.10", WINDOWS)
    device.begin()
    message = device.request(device.csr(device.challenge()))
    issued = server.pki.issue(device.csr(), story.moment())
    link = story.link(device.address, server.address)
    link.exchange(device.carry(message), server.success(message, device.signer, issued), device.enrollment)
    first_answer = next(
        number
        for number, frame in enumerate(story.capture.frames)
        if frame.data[26:30] == tcp.mac(server.address)[2:] and len(frame.data) > 100
    )
    for frame in list(story.capture.frames[:first_answer]):
        story.capture.drop(frame)
    link.close()
    device.enrollment.ends(ISSUED, serial=issued.serial_hex)
    story.now = link.now + 30 * SECOND
    other = Device(story, server, "device-2", "192.0.2.11", WINDOWS)
    other.begin()
    submit(other, server)


def through_proxy(front, back, request, response, enrollment, think=300000, via="proxy.contoso.example"):
    """One exchange seen on both sides of a proxy, which takes 2 ms in each direction. The frames of both are the
    enrollment's."""
    asked, _ = front.exchange(request, response, enrollment, think=think + 8000, leg="front")
    back.tcp.now = max(max(frame.time for frame in asked.sent.frames) + 2000, back.tcp.now)
    request.headers = request.headers + [("Via", "1.1 " + via), ("X-Forwarded-For", front.client)]
    back.exchange(request, response, enrollment, think=think, leg="back")


@capture(
    "synthetic-proxy",
    (
        "an accepted and a refused enrollment through a reverse proxy, captured on both sides and merged: each message"
        " stands there twice, and the back leg comes from the proxy's address on kept connections"
    ),
    "two enrollments, nothing counted twice; the pair of legs",
)
def proxy(story):
    server = Ndes(story)
    proxy_front, proxy_back = "203.0.113.80", "198.51.100.80"
    back = story.link(proxy_back, server.address)
    for number, refused in enumerate((False, True)):
        device = Device(story, server, "device-%d" % (number + 1), "192.0.2.%d" % (10 + number), (WINDOWS, IOS)[number])
        enrollment = story.enrollment(device.address, proxy_front)
        enrollment.facts["device"] = device.name
        message = device.request(device.csr(device.challenge()))
        issued = server.pki.issue(device.csr(), story.moment())
        answer = (
            server.failure(message, hresult=0x80094800) if refused else server.success(message, device.signer, issued)
        )
        steps = [
            (device.ask_for("GetCACaps"), server.caps()),
            (device.ask_for("GetCACert"), server.ca_certificates()),
            (device.carry(message), answer),
        ]
        for request, response in steps:
            front = story.link(device.address, proxy_front)
            through_proxy(front, back, request, response, enrollment, 20000)
            front.close()
            story.now = max(front.now, back.now) + 15000
        enrollment.ends(REFUSED if refused else ISSUED, legs=2)
        story.now += 3 * SECOND
    back.tcp.now = story.now
    back.close()


@capture(
    "synthetic-two-points",
    (
        "one enrollment captured at the device and at the server, both files merged: every packet twice, 8 ms apart,"
        " with another TTL"
    ),
    "one enrollment, nothing counted twice",
)
def two_points(story):
    server = Ndes(story)
    enroll(Device(story, server, "device-1", "192.0.2.10", WINDOWS), server)
    for frame in list(story.capture.frames):
        data = bytearray(frame.data)
        data[22] -= 3
        data[24:26] = b"\0\0"
        data[24:26] = tcp.checksum(bytes(data[14:34])).to_bytes(2, "big")
        story.capture.add(frame.time + 8000, bytes(data))
    story.facts["captured_twice"] = True


@capture(
    "synthetic-many-behind-one",
    "twelve devices behind one address and two kept connections, their requests interleaved",
    "twelve enrollments told apart by transactionID; requests and answers in pairs",
)
def many_behind_one(story):
    behind_one(story)


def behind_one(story, refused_every=4):
    """Twelve enrollments from one address; refused_every: how many of them end in a refusal, 0 for none."""
    server = Server(story)
    address = "203.0.113.7"
    links = [story.link(address, server.address) for _ in range(2)]
    devices = [
        Device(
            story,
            server,
            "device-%d" % (number % 5 + 1),
            address,
            PLAIN,
            subject="C=XX, O=Example, CN=branch-%d" % number,
        )
        for number in range(12)
    ]
    messages = []
    for number, device in enumerate(devices):
        device.transaction = "branch-%02d" % number
        device.begin()
        csr = device.csr(device.challenge())
        messages.append((device, csr, device.request(csr)))
    for number, (device, csr, message) in enumerate(story.rng.shuffled(messages)):
        link = links[number % 2]
        link.tcp.now = max(link.now, story.now)
        if refused_every and number % refused_every == refused_every - 1:
            answer, outcome = server.failure(message), REFUSED
        else:
            answer, outcome = server.success(message, device.signer, server.pki.issue(csr, story.moment())), ISSUED
        link.exchange(device.carry(message), answer, device.enrollment, think=90000)
        device.enrollment.ends(outcome)
        story.now += 50000
    for link in links:
        link.close()


@capture(
    "synthetic-renewals",
    (
        "a device enrolls, renews twice with a new key each time (type 17, then type 19 signed by the old certificate),"
        " and a third renewal with an expired certificate is refused; NDES gives another device its old certificate"
        " back"
    ),
    "renewals linked to the enrollment that issued the certificate they are signed with",
)
def renewals(story):
    server = Server(story)
    device = Device(story, server, "device-1", "192.0.2.10", PLAIN)
    enroll(device, server, days=60)
    for number, kind in enumerate((scep.RENEWAL_REQ, scep.PKCS_REQ)):
        before, old = device.enrollment.number, device.certificate
        device.wait(50 * 86400)
        renewed = Device(
            story,
            server,
            "device-1-renewal-%d" % (number + 1),
            "192.0.2.10",
            PLAIN,
            subject="C=XX, O=Contoso, CN=device-1",
        )
        renew(renewed, server, old, kind, 60)
        renewed.enrollment.facts["renews"] = before
        device.certificate, device.enrollment = renewed.certificate, renewed.enrollment
    device.wait(70 * 86400)
    before = device.enrollment.number
    late = Device(story, server, "device-1", "192.0.2.10", PLAIN)
    late.begin().facts["renews"] = before
    late.discover()
    message = late.request(late.csr(), scep.RENEWAL_REQ, late.signing(device.certificate))
    late.send(message, server.failure(message, scep.BAD_MESSAGE_CHECK))
    late.enrollment.ends(REFUSED, fail_info=scep.BAD_MESSAGE_CHECK)
    late.leave()
    ndes = Ndes(story)
    other = Device(story, ndes, "device-2", "192.0.2.11", SSCEP)
    enroll(other, ndes)
    first = other.enrollment.number
    other.wait(86400)
    other.begin().facts.update(renews=first, case="the old certificate again")
    other.discover()
    message = other.request(other.csr(), signing=other.signing(other.certificate))
    other.send(message, ndes.success(message, other.certificate, other.certificate))
    other.enrollment.ends(ISSUED, serial=other.certificate.serial_hex)


def renew(device, server, old, kind, days):
    """A renewal with the device's key, signed with the certificate of before; the answer is for the key of before."""
    device.begin()
    device.discover()
    csr = device.csr()
    message = device.request(csr, kind, device.signing(old))
    device.certificate = server.pki.issue(csr, device.story.moment(), days)
    device.send(message, server.success(message, old, device.certificate))
    device.enrollment.ends(ISSUED, serial=device.certificate.serial_hex)
    device.leave()


@capture(
    "synthetic-retries",
    (
        "answers that get lost and what clients do then: the same bytes again on a new connection, a new PKCSReq in"
        " place of a poll, a poll after SUCCESS, a retry after 503 that succeeds, a poll that nothing announced"
    ),
    "retries belong to the enrollment they repeat; what resolves itself ends as a note",
)
def retries(story):
    server = Ndes(story)

    def device(number, habit):
        made = Device(story, server, "device-%d" % number, "192.0.2.%d" % (10 + number), habit)
        made.begin()
        made.discover()
        return made

    first = device(1, WINDOWS)
    csr = first.csr(first.challenge())
    message = first.request(csr)
    issued = server.pki.issue(csr, story.moment())
    first.send(message, None)
    first.wait(30)
    first.send(message, server.success(message, first.signer, issued))
    first.enrollment.ends(ISSUED, retries=1, serial=issued.serial_hex)

    second = device(2, IOS)
    csr = second.csr(second.challenge())
    for number in range(3):
        message = second.request(csr)
        if number < 2:
            second.send(message, server.pending(message))
            second.wait(90)
    issued = server.pki.issue(csr, story.moment())
    second.send(message, server.success(message, second.signer, issued))
    second.enrollment.ends(ISSUED, resync=2, serial=issued.serial_hex)

    third = device(3, CISCO)
    submit(third, server)
    third.wait(20)
    message = third.poll()
    third.send(message, server.success(message, third.signer, third.certificate))

    fourth = device(4, ANDROID)
    message = fourth.request(fourth.csr(fourth.challenge()))
    fourth.send(message, web.http_sys(503, "Service Unavailable", "HTTP Error 503. The service is unavailable."))
    fourth.wait(15)
    issued = server.pki.issue(fourth.csr(), story.moment())
    fourth.send(message, server.success(message, fourth.signer, issued))
    fourth.enrollment.ends(ISSUED, retries=1, serial=issued.serial_hex)

    fifth = Device(story, server, "device-5", "192.0.2.15", PLAIN)
    fifth.begin()
    message = fifth.poll()
    fifth.send(message, server.failure(message, scep.BAD_CERT_ID))
    fifth.enrollment.ends(REFUSED, fail_info=scep.BAD_CERT_ID)
    fifth.leave()
    wait_for_approval(Device(story, server, "device-5", "192.0.2.16", IOS), server, polls=3, delay=300, approved=False)
    assert story.enrollments[-1].outcome == PENDING


@capture(
    "synthetic-segments",
    (
        "segments sent twice, one that the capture missed, an MSS of 536 and of 97, a reset behind the "
        "answer, FIN in place of Content-Length, IPv6"
    ),
    "the same fields as from whole messages; the enrollment whose answer lacks a segment says so",
)
def segments(story):
    server = Server(story)
    cases = [
        ("sent twice", {"again": (0, 1)}, {"again": (1,)}, {}),
        ("captured without one segment of the answer", {}, {"missing": (1,)}, {}),
        ("MSS 536", {}, {}, {"mss": 536}),
        ("97 bytes per segment", {}, {}, {"mss": 97}),
    ]
    on_segments(story, server, cases)
    ends(story, server)


@capture(
    "synthetic-out-of-order",
    "segments that arrive after the one behind them, and lost ones that were sent again",
    "needs the preference tcp.reassemble_out_of_order; without it Wireshark finds no HTTP there",
)
def out_of_order(story):
    cases = [
        ("swapped", {"swapped": (0,)}, {"swapped": (0,)}, {}),
        ("lost and sent again", {"recovered": (0,)}, {"recovered": (1,)}, {}),
        ("the last two swapped", {}, {"swapped": (1,)}, {}),
    ]
    on_segments(story, Server(story), cases)
    story.facts["preferences"] = {"tcp.reassemble_out_of_order": "TRUE"}


def on_segments(story, server, cases):
    """An accepted enrollment for each case: (what, faults of the request, of the response, options of the
    connection)."""
    for number, (what, request_faults, response_faults, options) in enumerate(cases):
        device = Device(story, server, "device-%d" % (number % 5 + 1), "192.0.2.%d" % (10 + number), PLAIN)
        device.begin().facts["case"] = what
        csr = device.csr(device.challenge())
        message = device.request(csr)
        issued = server.pki.issue(csr, story.moment())
        device.exchange(
            device.carry(message),
            server.success(message, device.signer, issued),
            tcp=options,
            request_faults=request_faults,
            response_faults=response_faults,
        )
        device.enrollment.ends("unreadable" if "missing" in response_faults else ISSUED)
        device.leave()


def ends(story, server):
    """Connections that end in other ways, and IPv6."""
    for number, what in enumerate(
        ("reset behind the answer", "FIN in place of Content-Length", "chunked", "gzip", "IPv6")
    ):
        addresses = (
            ("2001:db8::%d" % (10 + number), "2001:db8:1::30")
            if what == "IPv6"
            else ("192.0.2.%d" % (30 + number), server.address)
        )
        other = Server(story, server.pki, addresses[1])
        device = Device(story, other, "device-%d" % (number + 1), addresses[0], PLAIN)
        device.begin().facts["case"] = what
        csr = device.csr(device.challenge())
        message = device.request(csr)
        options = {
            "FIN in place of Content-Length": {"until_close": True, "version": "1.0"},
            "chunked": {"chunk": 700},
            "gzip": {"compress": True},
        }.get(what, {})
        answer = other.success(message, device.signer, other.pki.issue(csr, story.moment()), web_options=options)
        link = story.link(device.address, other.address)
        link.exchange(device.carry(message), answer, device.enrollment)
        if what.startswith("reset"):
            link.tcp.reset()
        link.close()
        device.enrollment.ends(ISSUED)
        story.now = link.now + 500000
