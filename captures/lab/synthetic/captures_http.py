# SPDX-License-Identifier: GPL-2.0-or-later
"""HTTP errors of NDES and of what stands before it, and the pages that people see in a browser."""
from . import web, x509
from .faults_http import FAULTS, Case, admin_page, browse, default_page, negotiate, policy_module_page
from .ndes import Ndes, Pki
from .registry import capture


@capture(
    "ndes-http-errors",
    (
        "%d devices, each stopped by another HTTP error, redirect, page or silence of NDES, IIS, HTTP.sys or a proxy"
        % len(FAULTS)
    ),
    "scep.http_status and the hint for each; the expectation file names the fault and its leading hint",
)
def http_errors(story):
    for number, (name, (leading, inject)) in enumerate(FAULTS.items()):
        before = len(story.enrollments)
        inject(Case(story, number, server=Ndes(story)))
        for enrollment in story.enrollments[before:]:
            enrollment.facts.update(fault=name, leading=leading)
        story.now += 60 * 1000000


@capture(
    "ndes-browser",
    (
        "a person opens mscep.dll and mscep_admin: 403.0 of the Intune policy module, the page of plain NDES, sign-in"
        " and the one-time password, the page that says the cache is full; then an enrollment with that password"
    ),
    "no warning: all of it is healthy but the full cache; UTF-16 pages without a charset",
)
def browser(story):
    case = Case(story)
    browse(case, policy_module_page())
    browse(case, default_page())
    challenge = case.device.challenge()
    admin = "/certsrv/mscep_admin"
    browse(case, web.Response(301, b"", "text/html", web.IIS, [("Location", admin + "/")]), path=admin)
    browse(case, negotiate(), path=admin + "/")
    browse(case, admin_page(case.server.pki.ca, challenge), path=admin + "/")
    full = (
        "<HTML><Head><Title>Network Device Enrollment Service</Title></Head><Body><P> The password cache is full."
        " </P></Body></HTML>"
    )
    browse(case, web.Response(200, full.encode("utf-16-le"), "text/html", web.IIS), path=admin + "/")
    device = case.device
    device.begin()
    device.discover()
    message = device.request(device.csr(challenge))
    device.certificate = case.server.pki.issue(device.csr(), story.moment())
    device.send(message, case.server.success(message, device.signer, device.certificate))
    device.enrollment.ends("issued", serial=device.certificate.serial_hex)


@capture(
    "ndes-ra-expired",
    "an RA pair that expired 12 days ago: the client enrolls all the same, NDES answers 500",
    "certificate validity against the time of the packet",
)
def ra_expired(story):
    server = Ndes(story, Pki(ra_validity=(-742 * x509.DAY, -12 * x509.DAY)))
    case = Case(story, server=server)
    case.fails_at(
        "PKIOperation",
        web.iis_plain(
            500,
            "Internal server error.",
            "There is a problem with the resource you are looking for, and it cannot be displayed.",
            reason="Internal Server Error",
        ),
    )
    story.enrollments[-1].facts["leading"] = "cacert_ra_expired"
