# SPDX-License-Identifier: GPL-2.0-or-later
"""One enrollment by Intune from the profile to the report, and one that the policy module's service stops."""
from synthetic import web

from .flow import Tenant
from .registry import capture


@capture(
    "stages-all",
    (
        "one enrollment by Intune, all six stages: names, the profile over OMA-DM, GetCACaps, GetCACert and"
        " PKIOperation through an application proxy and on to NDES, VerifyRequest 201, the call to the CA in clear, the"
        " certificate, Notify 204, the connector's report"
    ),
    (
        "each stage and what belongs together: the profile's URL, thumbprint and challenge with the device's request,"
        " both legs of the proxy, the CA's certificate with the one delivered"
    ),
    "stages-all-encrypted",
)
def whole(scene):
    tenant = Tenant(scene)
    tenant.deploys()
    tenant.discovers()
    tenant.enrolls()
    scene.wait(1)
    tenant.notifies()
    tenant.reports()
    tenant.office.close()
    scene.until_quiet(90)
    scene.resolve("192.0.2.10", "www.example.com", ["203.0.113.90"])


@capture(
    "stages-refused",
    (
        "the same until stage 3, where the registration service answers VerifyRequest with 500: NDES refuses, the CA is"
        " not asked"
    ),
    "which stage failed first, and that the FAILURE of stage 5 follows from it",
    "stages-refused-encrypted",
)
def refused(scene):
    tenant = Tenant(scene)
    tenant.deploys()
    tenant.discovers()
    page = web.iis_plain(
        500,
        "Internal server error.",
        "There is a problem with the resource you are looking for, and it cannot be displayed.",
        reason="Internal Server Error",
    )
    tenant.is_refused(0x80004005, response=page, think=1200000)
    verify = next(
        one for one in scene.records if one.facts.get("service") == "VerifyRequest" and one.kind == "response"
    )
    scene.hint("verify_500", verify.frame, inside=True)
    scene.until_quiet(90)
    scene.resolve("192.0.2.10", "www.example.com", ["203.0.113.90"])
