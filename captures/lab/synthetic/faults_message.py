# SPDX-License-Identifier: GPL-2.0-or-later
"""Faults that show in the messages, in what does not follow them, or on the way: one per enrollment.

MESSAGE_FAULTS: name -> (ids of hints that may lead, the best one first; whether it takes keys to see; function of a
faults_http.Case)."""
import copy

from . import cms, crypto, der, scep, tcp, web, x509
from .captures_ndes import refuse, submit
from .device import ANDROID, CISCO, IOS, PLAIN, SSCEP, WINDOWS
from .faults_http import admin_page, browse, negotiate, not_found
from .ndes import Ndes, Pki
from .pcapng import START
from .server import OwnCa, Server
from .story import ABANDONED, ISSUED, PENDING, REFUSED, SECOND, UNANSWERED

MESSAGE_FAULTS = {}


def fault(name, *leading, keys=False):
    def register(function):
        MESSAGE_FAULTS[name] = (leading, keys, function)
        return function

    return register


def own_server(case, **more):
    """A server that is not NDES, and a plain client of it."""
    case.server = Server(case.story, **more)
    return case.use(PLAIN)


def refused_by(name, leading, **answer):
    """A server that is not NDES refuses without saying more."""

    @fault(name, leading)
    def inject(case):
        device = own_server(case)
        case.begin()
        device.discover()
        message = case.message()
        device.send(message, case.server.failure(message, **answer))
        device.enrollment.ends(REFUSED)

    return inject


refused_by("fail-badalg", "certrep_fail_badalg", fail_info=scep.BAD_ALG)
refused_by("fail-badmessagecheck", "certrep_fail_badmessagecheck", fail_info=scep.BAD_MESSAGE_CHECK)
refused_by("fail-badrequest", "certrep_fail_badrequest", fail_info=scep.BAD_REQUEST)
refused_by("fail-badtime", "certrep_fail_badtime", fail_info=scep.BAD_TIME)
refused_by("fail-no-failinfo", "certrep_fail_no_failinfo", omit=("fail_info",))


def refused_with(code):
    @fault("hresult-%08x" % code, "certrep_ndes_hresult")
    def inject(case):
        refuse(case.device, case.server, code)

    return inject


for hresult in (0x80094811, 0x80094800, 0x800706BA, 0x80070005, 0x80094012, 0x80092013):
    refused_with(hresult)


@fault("poll-unknown", "certrep_fail_badcertid")
def poll_unknown(case):
    device = own_server(case)
    case.begin()
    device.discover()
    message = device.poll()
    device.send(message, case.server.failure(message, scep.BAD_CERT_ID))
    device.enrollment.ends(REFUSED)


@fault("device-clock", "signer_clock", "pkiop_signer_clock_skew")
def device_clock(case):
    device = case.use(WINDOWS, clock=3 * 86400)
    case.begin()
    device.discover()
    message = case.message()
    device.send(message, case.server.failure(message, scep.BAD_TIME))
    device.enrollment.ends(REFUSED)


def encrypted_to(name, which):
    @fault(name, "pkiop_wrong_recipient")
    def inject(case):
        case.begin()
        case.device.discover()
        message = case.message(sealing=case.device.sealing(recipients=[cms.KeyTransport(which(case.server.pki))]))
        case.device.send(message, case.server.failure(message, scep.BAD_MESSAGE_CHECK, 0x80090005))
        case.device.enrollment.ends(REFUSED)

    return inject


encrypted_to("recipient-signing-ra", lambda pki: pki.ra_signing)
encrypted_to("recipient-ca", lambda pki: pki.ca)
encrypted_to("recipient-stale", lambda pki: Pki(prefix="second-", host="NDES02").ra_encryption)


@fault("answer-of-another-server", "certrep_signer_not_ra", "ndes_server_changes_mid_enrolment")
def other_server(case):
    second = Ndes(case.story, Pki(prefix="second-", host="NDES02"))
    case.begin()
    case.device.discover()
    message = case.message()
    case.device.send(message, second.failure(message, scep.BAD_MESSAGE_CHECK, 0x80090005))
    case.device.enrollment.ends(REFUSED)


# What is wrong with the CA's and RA's certificates


def swap(found, **roles):
    return [(role, roles.get(role.replace("-", "_"), one)) for role, one in found]


def stops(case, found=None, habit=WINDOWS, content_type=web.CA_RA_CERT, times=1, caps=None):
    """The client asks for capabilities and certificates, does not like them, and stops, or starts over."""
    device = case.use(habit)
    case.begin()
    for number in range(times):
        device.discover(caps and case.server.caps(caps), case.server.ca_certificates(found, content_type))
        case.story.now += 15 * SECOND
    device.enrollment.ends(ABANDONED)


def ra_pair(case, **more):
    changed = Pki(**more)
    return swap(case.server.chain(), ra_encryption=changed.ra_encryption, ra_signing=changed.ra_signing)


@fault("ra-expired-500", "cacert_ra_expired")
def ra_expired_500(case):
    case.server = Ndes(case.story, Pki(ra_validity=(-740 * x509.DAY, -10 * x509.DAY)))
    case.use(WINDOWS)
    page = web.iis_plain(
        500, "Internal server error.", "There is a problem with the resource.", reason="Internal Server Error"
    )
    case.fails_at("PKIOperation", page)


@fault("ra-expired-loop", "cacert_ra_expired")
def ra_expired_loop(case):
    stops(case, ra_pair(case, ra_validity=(-740 * x509.DAY, -10 * x509.DAY)), times=3)


@fault("ra-not-yet-valid", "cacert_not_yet_valid")
def ra_not_yet_valid(case):
    stops(case, ra_pair(case, ra_validity=(2 * x509.DAY, 732 * x509.DAY)), IOS)


@fault("ra-pair-incomplete", "cacert_ra_pair_incomplete")
def ra_incomplete(case):
    stops(case, [one for one in case.server.chain() if one[0] != "ra-encryption"])


@fault("ra-key-usage", "cacert_ra_wrong_key_usage", "cacert_ra_pair_incomplete")
def ra_key_usage(case):
    stops(case, swap(case.server.chain(), ra_encryption=Pki(ra_usage=(x509.SIGN, x509.SIGN)).ra_encryption))


@fault("ra-of-another-ca", "cacert_ra_issuer_not_ca")
def ra_of_another_ca(case):
    other = Pki("fabrikam", prefix="second-")
    stops(case, swap(case.server.chain(), ra_encryption=other.ra_encryption, ra_signing=other.ra_signing))


@fault("ra-ec-keys", "cacert_ra_ecc_key")
def ra_ec(case):
    pki = case.server.pki

    def made(usage, name):
        key, rng = crypto.key(name, "p256"), pki.rng
        extensions = [x509.key_usage(usage)]
        return x509.certificate(pki.ra_signing.subject, key, rng.serial(), pki.ra_signing.validity, pki.ca, extensions)

    stops(
        case,
        swap(
            case.server.chain(), ra_encryption=made(4, "ra-ec-encryption"), ra_signing=made(x509.SIGN, "ra-ec-signing")
        ),
    )


@fault("ca-signed-with-pss", "cacert_pss_or_sha1")
def signed_with_pss(case):
    pki = Pki(pss=True)
    found = [("ra-signing", pki.ra_signing), ("ra-encryption", pki.ra_encryption), ("ca", pki.ca), ("root", pki.root)]
    stops(case, found, IOS)


@fault("chain-labeled-as-ra", "cacert_ra_type_without_ra")
def labeled_as_ra(case):
    stops(case, [("ca", case.server.pki.ca), ("root", case.server.pki.root)], IOS)


@fault("windows-loop", "cacert_ok_then_loop")
def windows_loop(case):
    stops(case, times=4)


@fault("apple-stops", "cacert_ok_apple_stops")
def apple_stops(case):
    stops(case, habit=IOS)


@fault("android-stops", "cacert_then_nothing")
def android_stops(case):
    stops(case, habit=ANDROID)


@fault("apple-no-caps", "caps_no_followup_ios")
def apple_no_caps(case):
    device = case.use(IOS)
    case.begin()
    device.exchange(device.ask_for("GetCACert"), case.server.ca_certificates())
    device.enrollment.ends(ABANDONED)


@fault("caps-then-nothing", "caps_then_nothing")
def caps_only(case):
    device = case.use(ANDROID)
    case.begin()
    device.exchange(device.ask_for("GetCACaps"), case.server.caps())
    device.enrollment.ends(ABANDONED)


@fault("caps-too-old", "caps_no_sha_no_3des")
def caps_too_old(case):
    stops(case, habit=IOS, caps=("POSTPKIOperation", "Renewal"))


@fault("ca-identifier", "server_says_address")
def ca_identifier(case):
    case.server = Server(case.story, path="/ejbca/publicweb/apply/scep/pkiclient.exe", host="ca.example.com")
    case.use(SSCEP)
    page = web.Response(404, b"<html><head><title>Error</title></head><body>Unknown CA</body></html>", "text/html")
    case.fails_at("GetCACaps", page)


@fault("profile-url-typo", "http_404_path")
def url_typo(case):
    case.server = Ndes(case.story, case.server.pki, path="/certsrv/mscep/mscep.dl")
    case.use(IOS)
    case.fails_at("GetCACert", not_found())


# What is wrong with a request


@fault("request-digest", "pkiop_digest_bad")
def request_digest(case):
    sent_damaged(case, "content")


@fault("request-signature", "pkiop_signature_bad")
def request_signature(case):
    sent_damaged(case, "attribute")


def sent_damaged(case, damage):
    device = own_server(case)
    case.begin()
    device.discover()
    message = case.message(signing=device.signing(damage=damage))
    device.send(message, case.server.failure(message, scep.BAD_MESSAGE_CHECK))
    device.enrollment.ends(REFUSED)


@fault("request-no-transaction", "pkiop_missing_signed_attr")
def no_transaction(case):
    device = own_server(case)
    case.begin()
    device.discover()
    device.send(case.message(omit=("transaction_id",)), web.Response(500, b"no transaction id", "text/plain"))
    device.enrollment.ends(REFUSED)


@fault("request-malformed", "message_malformed")
def malformed(case):
    device = own_server(case)
    case.begin()
    device.discover()
    request = device.carry(case.message())
    request.body, request.message = b"\x30\x82\x05\x00" + case.story.rng.bytes(1280), None
    device.exchange(request, web.Response(400, b"bad message", "text/plain"))
    device.enrollment.ends(REFUSED)


@fault("get-bad-base64", "pkiop_get_bad_base64")
def bad_base64(case):
    sent_as(case, lambda text: "*" + text[:40] + "%00%01" + text[40:])


@fault("get-truncated", "pkiop_get_truncated")
def truncated(case):
    sent_as(case, lambda text: text[:1400])


@fault("post-cut-by-proxy", "message_cut_by_sender")
def cut_by_proxy(case):
    """Something ahead of the server keeps the first octets of a body, and says so in Content-Length."""
    device = case.use(CISCO)
    case.begin()
    device.discover()
    message = copy.copy(case.message())
    message.der = message.der[:1024]
    page = web.iis_plain(
        500, "Internal server error.", "There is a problem with the resource.", reason="Internal Server Error"
    )
    device.send(message, page, method="POST")
    device.enrollment.ends(REFUSED)


def sent_as(case, change):
    """A GET whose message= is not what the client meant."""
    device = case.use(CISCO)
    case.begin()
    device.discover()
    value = change(web.get_encoding(case.message().der).replace("%2B", "x").replace("%2F", "y").replace("%3D", ""))
    path = case.server.path
    request = web.get(path, case.server.host, "PKIOperation", value, version="1.0")
    request.identifier = None
    page = web.iis_plain(
        500, "Internal server error.", "There is a problem with the resource.", reason="Internal Server Error"
    )
    device.exchange(request, page)
    device.enrollment.ends(REFUSED)


@fault("renewal-expired", "pkiop_renewal_expired_signer")
def renewal_expired(case):
    renewal_refused(case, 400)


@fault("renewal-refused", "certrep_renewal_rejected")
def renewal_rejected(case):
    renewal_refused(case, 340, scep.PKCS_REQ)


@fault("renewal-type-17", "caps_renewal_but_17_rejected")
def renewal_type_17(case):
    renewal_refused(case, 340)


def renewal_refused(case, age, kind=scep.RENEWAL_REQ):
    """A renewal with a certificate that is so many days old, of 365."""
    device = own_server(case)
    case.begin()
    device.discover()
    old = case.server.pki.issue(device.csr(), START - age * x509.DAY)
    message = device.request(device.csr(), kind, device.signing(old))
    device.send(message, case.server.failure(message, scep.BAD_REQUEST))
    device.enrollment.ends(REFUSED)


def csr_fault(fault_name, leading, fail_info=scep.BAD_REQUEST, habit=WINDOWS, **options):
    """NDES refuses for something inside the envelope. options: of the device; csr: function of the device."""
    make = options.pop("csr")
    code = options.pop("hresult", None)

    @fault(fault_name, leading, keys=True)
    def inject(case):
        device = case.use(habit, **options)
        case.begin()
        device.discover()
        message = device.request(make(device))
        device.send(message, case.server.failure(message, fail_info, code))
        device.enrollment.ends(REFUSED)

    return inject


def of_other_key(device):
    return x509.Request(device.subject, crypto.key("device-2"), device.challenge(), rng=device.rng)


csr_fault("csr-no-challenge", "pkiop_challenge_absent", csr=lambda device: device.csr())
csr_fault(
    "csr-challenge-utf8", "certrep_fail_badrequest", csr=lambda device: device.csr(device.challenge(tag=der.UTF8))
)
csr_fault("csr-key-too-small", "csr_key_too_small", name="device-small", kind="rsa1024", hresult=0x80094811,
          csr=lambda device: device.csr(device.challenge()))
csr_fault("csr-cn-too-long", "csr_cn_too_long", hresult=0x80094001, subject="CN=" + "long-name-" * 9,
          csr=lambda device: device.csr(device.challenge()))
csr_fault("csr-other-key", "pkiop_signer_not_matching_csr", name="device-1", csr=of_other_key)


@fault("challenge-used-twice", "challenge_one_time_reused", keys=True)
def challenge_twice(case):
    challenge = case.device.challenge()
    for number in range(2):
        device = case.use(WINDOWS, name="device-%d" % (number + 1))
        case.begin()
        device.discover()
        message = device.request(device.csr(challenge))
        if number:
            device.send(message, case.server.failure(message, scep.BAD_REQUEST))
            device.enrollment.ends(REFUSED)
        else:
            issued = case.server.pki.issue(device.csr(), case.story.moment())
            device.send(message, case.server.success(message, device.signer, issued))
            device.enrollment.ends(ISSUED)
        device.wait(60)


@fault("challenge-too-old", "challenge_expired_age")
def challenge_too_old(case):
    challenge = case.device.challenge()
    browse(case, admin_page(case.server.pki.ca, challenge), path="/certsrv/mscep_admin/")
    case.story.now += 75 * 60 * SECOND
    case.begin()
    case.device.discover()
    message = case.device.request(case.device.csr(challenge))
    case.device.send(message, case.server.failure(message, scep.BAD_REQUEST))
    case.device.enrollment.ends(REFUSED)


# What is wrong with an answer


def odd_answer(name, *leading, outcome=ISSUED, again=False, **answer):
    """SUCCESS with one thing wrong; again: the client starts over because of it."""

    @fault(name, *leading)
    def inject(case):
        device = own_server(case)
        for _ in range(2 if again else 1):
            case.begin()
            device.discover()
            message = case.message()
            issued = case.server.pki.issue(device.csr(), case.story.moment())
            options = {key: value(case) if callable(value) else value for key, value in answer.items()}
            device.send(message, case.server.success(message, device.signer, issued, **options))
            device.enrollment.ends(outcome)
            device.wait(120)

    return inject


odd_answer("answer-nonce", "certrep_nonce_mismatch", nonces=(b"\x11" * 16, b"\x22" * 16))
odd_answer("answer-transaction", "certrep_txid_mismatch", transaction_id="4F1C0000000000000000000000000000")
odd_answer("answer-no-sender-nonce", "certrep_missing_sender_nonce", again=True, omit=("sender_nonce",))
odd_answer("answer-no-content-type", "certrep_missing_content_type_attr", signing={"omit": ("content_type",)})
odd_answer("answer-signature", "certrep_signature_bad", signing={"damage": "signature"})
odd_answer("answer-digest", "certrep_digest_bad", signing={"damage": "content"})
odd_answer("answer-signer-unknown", "certrep_signer_not_ra", signing=lambda case: {"certificate": OwnCa("second").ca})
odd_answer("issued-again", "certrep_all_200_no_cert", again=True)


@fault("issued-other-key", "issued_key_mismatch")
def other_key_issued(case):
    """The issued certificate stands in clear in the outer SignedData, so that no key is needed to see it."""
    device = own_server(case)
    case.begin()
    device.discover()
    message = case.message()
    issued = case.server.pki.issue(device.csr(), case.story.moment(), key=crypto.key("device-2"))
    answer = case.server.success(message, device.signer, issued, signing={"certificates": (issued, case.server.pki.ca)})
    device.send(message, answer)
    device.enrollment.ends(ISSUED)


@fault("issued-old-certificate", "certrep_success_old_cert", keys=True)
def old_certificate(case):
    device = case.use(SSCEP)
    case.begin()
    device.discover()
    submit(device, case.server)
    device.wait(3 * 86400)
    case.begin()
    device.discover()
    message = device.request(device.csr(), signing=device.signing(device.certificate))
    device.send(message, case.server.success(message, device.certificate, device.certificate))
    device.enrollment.ends(ISSUED)


@fault("pending-forever", "certrep_pending_forever")
def pending_forever(case):
    device = case.use(IOS)
    case.begin()
    device.discover()
    message = case.message()
    device.send(message, case.server.pending(message))
    for _ in range(5):
        device.wait(60)
        message = device.poll()
        device.send(message, case.server.pending(message))
    device.enrollment.ends(PENDING)


# On the way


@fault("port-closed", "tcp_ndes_refused")
def port_closed(case):
    """Refused three times; one enrollment before it shows what the port is for."""
    submit_before(case)
    for _ in range(3):
        case.story.link(case.address, case.server.address).tcp.refused_open()
        case.story.now += 5 * SECOND


@fault("packets-lost", "tcp_ndes_no_answer")
def packets_lost(case):
    submit_before(case)
    link = case.story.link(case.address, case.server.address)
    link.tcp.unanswered_open(5)
    case.story.now = link.now


def submit_before(case):
    """Another device enrolled here a minute ago."""
    other = case.use(WINDOWS, name="device-5")
    other.address = "192.0.2.200"
    other.begin()
    other.discover()
    submit(other, case.server)
    case.story.now += 60 * SECOND


@fault("reset-after-request", "tcp_reset_after_request")
def reset_after_request(case):
    unanswered(case, lambda link: link.tcp.reset(tcp.SERVER))


@fault("client-gives-up", "http_request_no_reply")
def gives_up(case):
    def close(link):
        link.tcp.wait(30 * SECOND)
        link.tcp.close()

    unanswered(case, close)


@fault("long-get-swallowed", "wap_long_uri_hang")
def long_get(case):
    names = ["DNS:%s.branch-office.contoso.example" % ("host-%03d" % number) for number in range(60)]
    unanswered(case, lambda link: None, CISCO, names)


def unanswered(case, end, habit=WINDOWS, names=()):
    device = case.use(habit, names=names)
    case.begin()
    device.discover()
    link = case.story.link(device.address, case.server.address)
    link.exchange(device.carry(case.message()), None, device.enrollment)
    end(link)
    case.story.now = link.now
    device.enrollment.ends(UNANSWERED)


@fault("admin-cache-full", "admin_page_cache_full")
def cache_full(case):
    browse(case, admin_text("The password cache is full."), path="/certsrv/mscep_admin/")


@fault("admin-no-permission", "admin_page_no_permission")
def no_permission(case):
    text = "You do not have sufficient permission to enroll with SCEP. Please contact your system administrator."
    browse(case, admin_text(text), path="/certsrv/mscep_admin/")


@fault("admin-sign-in-refused", "http_401_admin_final")
def sign_in_refused(case):
    for _ in range(3):
        browse(case, negotiate(), path="/certsrv/mscep_admin/")


def admin_text(text):
    body = "<HTML><Head><Title>Network Device Enrollment Service</Title></Head><Body><P> %s </P></Body></HTML>" % text
    return web.Response(200, body.encode("utf-16-le"), "text/html", web.IIS)
