# SPDX-License-Identifier: GPL-2.0-or-later
"""OMA-DM as the Windows MDM client speaks it (MS-MDM; SyncML 1.2), with the nodes of the ClientCertificateInstall
CSP."""
from xml.sax.saxutils import escape

from synthetic import web

MEDIA_TYPE = "application/vnd.syncml.dm+xml"
AGENT = "MSFT OMA DM Client/1.2.0.1"
PATH = "/devicegatewayproxy/cimhandler.ashx?mode=Maintenance&Platform=WoA"
ROOT = "./Device/Vendor/MSFT/ClientCertificateInstall/SCEP/%s"
PROFILE = (
    "ModelName%3DAC_11111111-2222-3333-4444-555555555555%2FLogicalName_66666666_7777_8888_9999_000000000000"
    "%3BHash%3D-1530415312"
)
OTHER_NODES = [
    ("./Device/Vendor/MSFT/Policy/Config/DeviceLock/DevicePasswordEnabled", "int", "0"),
    ("./Device/Vendor/MSFT/Policy/Config/Update/AllowAutoUpdate", "int", "5"),
    ("./Device/Vendor/MSFT/DMClient/Provider/MS%20DM%20Server/EntDeviceName", "chr", "DESKTOP-1"),
]


def scep_nodes(url, challenge, thumbprint, subject, profile=PROFILE):
    """(LocURI, format, value) of the nodes that a SCEP profile sets."""
    root = ROOT % profile + "/Install/"
    return [
        (root + "ServerURL", "chr", url),
        (root + "Challenge", "chr", challenge),
        (root + "CAThumbprint", "chr", thumbprint),
        (root + "SubjectName", "chr", subject),
        (root + "EKUMapping", "chr", "1.3.6.1.5.5.7.3.2"),
        (root + "KeyUsage", "int", "160"),
        (root + "KeyLength", "int", "2048"),
        (root + "HashAlgorithm", "chr", "SHA-2"),
        (root + "KeyProtection", "int", "3"),
        (root + "RetryCount", "int", "3"),
        (root + "RetryDelay", "int", "5"),
        (root + "ValidPeriod", "chr", "Years"),
        (root + "ValidPeriodUnits", "int", "1"),
    ]


def _message(number, source, target, body):
    head = (
        "<SyncHdr><VerDTD>1.2</VerDTD><VerProto>DM/1.2</VerProto><SessionID>3A</SessionID><MsgID>%d</MsgID>"
        "<Target><LocURI>%s</LocURI></Target><Source><LocURI>%s</LocURI></Source></SyncHdr>" % (number, target, source)
    )
    text = (
        '<?xml version="1.0" encoding="utf-8"?><SyncML xmlns="SYNCML:SYNCML1.2">%s'
        "<SyncBody>%s<Final/></SyncBody></SyncML>"
    )
    return (text % (head, body)).encode()


def _status(number, reference, command, code, of=1):
    return "<Status><CmdID>%d</CmdID><MsgRef>%d</MsgRef><CmdRef>%d</CmdRef><Cmd>%s</Cmd><Data>%d</Data></Status>" % (
        number,
        of,
        reference,
        command,
        code,
    )


def commands(nodes, execute=None):
    """Add for each node, in one Atomic, then Exec."""
    text, number = "", 3
    for uri, kind, value in nodes:
        text += (
            "<Add><CmdID>%d</CmdID><Item><Target><LocURI>%s</LocURI></Target>"
            '<Meta><Format xmlns="syncml:metinf">%s</Format></Meta>'
            "<Data>%s</Data></Item></Add>" % (number, escape(uri), kind, escape(value))
        )
        number += 1
    if execute:
        text += "<Exec><CmdID>%d</CmdID><Item><Target><LocURI>%s</LocURI></Target></Item></Exec>" % (
            number,
            escape(execute),
        )
    return "<Atomic><CmdID>2</CmdID>%s</Atomic>" % text, number


class Session:
    """A session of two messages each way: the device reports in, gets commands, and says how it fared with them."""

    def __init__(self, host, device="urn:uuid:DESKTOP-1", codes=None):
        """codes: {number of the command: status} where it is not 200"""
        self.url, self.host, self.device, self.codes = "https://%s%s" % (host, PATH), host, device, codes or {}
        self.url = escape(self.url)

    def _post(self, number, body):
        headers = [("User-Agent", AGENT), ("Content-Type", MEDIA_TYPE + "; charset=utf-8"), ("Accept", MEDIA_TYPE)]
        headers.append(("client-request-id", "0f6b2b6e-0001-4d6f-9a3c-00000000000%d" % number))
        return web.Request("POST", PATH, self.host, headers, _message(number, self.device, self.url, body))

    def _answer(self, number, body):
        kind = MEDIA_TYPE + "; charset=utf-8"
        return web.Response(
            200, _message(number, self.url, self.device, body), kind, [("Server", "Microsoft-IIS/10.0")]
        )

    def steps(self, nodes, execute=None):
        """[(request, response)]"""
        alert = "<Alert><CmdID>1</CmdID><Data>1201</Data></Alert>"
        ordered, last = commands(nodes, execute)
        told = _status(1, 0, "SyncHdr", 200)
        told += "".join(
            _status(
                number,
                number,
                "Atomic" if number == 2 else "Exec" if execute and number == last else "Add",
                self.codes.get(number, 200),
            )
            for number in range(2, last + (1 if execute else 0))
        )
        return [
            (self._post(1, alert), self._answer(1, _status(1, 0, "SyncHdr", 200) + ordered)),
            (self._post(2, told), self._answer(2, _status(1, 0, "SyncHdr", 200, 2))),
        ]
