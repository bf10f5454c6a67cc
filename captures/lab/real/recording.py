# SPDX-License-Identifier: GPL-2.0-or-later
"""One recording: the capture, the expectation file beside it, and a check of both with a stock tshark."""
import json
import os
import re
import shutil
import urllib.parse

import lab

# Long runs of base64 are shared out over frames, so stock tshark is asked for what it can tell without this project.
STOCK_FIELDS = ["http.request.method", "http.request.uri", "http.response.code", "http2.headers.method",
                "http2.headers.path", "http2.headers.status"]


def registry():
    """@return an empty dictionary of cases, and the decorator that puts a case into it under its capture's name."""
    cases = {}

    def case(name, about):
        def register(function):
            cases[name] = (about, function)
            return function
        return register

    return cases, case


def operation_of(target):
    """The operation= of a request target, or None."""
    query = urllib.parse.urlsplit(target).query
    match = re.search(r"(?:^|&)operation=([^&]*)", query)
    return match.group(1) if match else None


class Recording:
    """Collects what the peers know while a case runs; write() puts both files into the captures folder."""

    def __init__(self, running, name, about):
        self.lab, self.name, self.about = running, name, about
        self.exchanges, self.device_keys, self.peers = [], [], []
        self.ca_key = None
        self.ordered = True
        self.other_requests = 0     # requests in the capture that are not SCEP
        self.decode_as = []         # TCP ports a stock tshark must be told to read as HTTP
        self.notes = []
        self.capture = None

    def record(self, expression, tls_secrets=None):
        """`with recording.record("tcp port 80"):` captures the block."""
        self.capture = lab.Capture(self.lab, self.name, expression, self.about, tls_secrets)
        return self.capture

    def peer(self, program, package):
        self.peers.append("%s %s" % (program, lab.package_version(package)))

    def device(self, path):
        """Names a key that opens answers in this capture."""
        self.device_keys.append(path)

    def exchange(self, operation, method, http_status, message=None, **more):
        """One SCEP request and its answer; http_status None where none came."""
        entry = {"operation": operation, "method": method, "http_status": http_status}
        entry.update(more)
        if message:
            entry["message"] = message
        self.exchanges.append(entry)

    def from_server(self, server, said=(), pki_method="POST"):
        """Exchanges as scepserver's log has them, PKIOperations joined with what their clients said, in that order."""
        said = list(said)
        self.ca_key = server.ca_key
        for entry in server.operations():
            message = None
            if entry["operation"] == "PKIOperation":
                client = dict(said.pop(0)) if said else {}
                method = client.pop("method", pki_method)
                message = self.joined(entry, client)
            self.exchange(entry["operation"], method if message else "GET", entry["http_status"], message,
                          **({"ca_identifier": entry["ca_identifier"]} if "ca_identifier" in entry else {}))
        if said:
            raise lab.LabError("%s: the server never saw %r" % (self.name, said))

    def caps_identifier(self, numbers, text):
        """Adds the identifier of GetCACaps exchanges, which scepserver does not log, from a client's verbose output."""
        sent = re.findall(r"\?operation=GetCACaps&message=(\w+)", text)
        for number, identifier in zip(numbers, sent):
            if self.exchanges[number]["operation"] != "GetCACaps":
                raise lab.LabError("%s: exchange %d is no GetCACaps" % (self.name, number))
            self.exchanges[number]["ca_identifier"] = identifier

    @staticmethod
    def joined(entry, client):
        """Both sides' view of one PKIOperation; they must agree where both know."""
        if client.get("transaction_id", entry["transaction_id"]) != entry["transaction_id"]:
            raise lab.LabError("client and server differ: %r %r" % (entry, client))
        message = dict(client)
        for key in ("message_type", "transaction_id", "pki_status", "issued", "server_error", "csr_error"):
            if key in entry:
                message[key] = entry[key]
        if "csr_error" in entry:
            # scepserver has one failInfo for every CSR it refuses, as scepclient reports it
            message["fail_info"] = 2
        if client.get("fail_info", message.get("fail_info")) != message.get("fail_info"):
            raise lab.LabError("client and server differ: %r %r" % (entry, client))
        return message

    def expectation(self):
        kept = {"capture": self.name + ".pcapng", "about": self.about, "origin": "real",
                "peers": sorted(set(self.peers)), "ordered": self.ordered, "exchanges": self.exchanges,
                "other_requests": self.other_requests,
                "keys": {"ca": self.ca_key and os.path.relpath(self.ca_key, lab.CAPTURES),
                         "devices": [os.path.relpath(path, lab.CAPTURES) for path in dict.fromkeys(self.device_keys)]}}
        if self.decode_as:
            kept["stock_decode_as_http"] = self.decode_as
        if self.notes:
            kept["notes"] = self.notes
        return kept

    def stock_rows(self, display_filter, fields):
        """Columns of the matching frames from a stock tshark that loads no plugin."""
        argv = ["tshark", "-n", "-r", self.capture.path, "-Y", display_filter, "-T", "fields", "-E", "aggregator=|"]
        for field in fields:
            argv += ["-e", field]
        for port in self.decode_as:
            argv += ["-d", "tcp.port==%d,http" % port]
        home = self.lab.directory("no-plugins")
        rows = lab.must(argv, env={"HOME": home, "PATH": os.environ["PATH"], "WIRESHARK_PLUGIN_DIR": home})
        remark = "Running as user "         # tshark's own, when it is root
        return [row.split("\t") for row in rows.splitlines() if row and not row.startswith(remark)]

    def stock_view(self):
        """What a stock tshark sees: requests as (method, operation), statuses, in frame order."""
        requests, statuses = [], []
        for columns in self.stock_rows("http or http2", STOCK_FIELDS):
            method, target, status, method2, path2, status2 = [
                column.split("|") if column else [] for column in columns]
            requests += [(one, operation_of(uri)) for one, uri in zip(method + method2, target + path2)]
            statuses += [int(one) for one in status + status2]
        return requests, [status for status in statuses if status >= 200]

    def check(self):
        """LabError unless a stock tshark finds the exchanges that the peers report, no more and no fewer."""
        again = self.stock_rows("tcp.analysis.retransmission or tcp.analysis.lost_segment or tcp.analysis.out_of_order",
                                ["frame.number"])
        if again:
            raise lab.Disturbed("%s: frames sent again or missing: %r" % (self.name, again))
        requests, statuses = self.stock_view()
        if len(requests) != len(self.exchanges) + self.other_requests:
            raise lab.LabError("%s: %d requests expected, tshark sees %r" % (
                self.name, len(self.exchanges) + self.other_requests, requests))
        seen = [request for request in requests if request[1] is not None]
        wanted = [(entry["method"], entry["operation"]) for entry in self.exchanges if entry["operation"] is not None]
        answers = [entry["http_status"] for entry in self.exchanges if entry["http_status"]]
        if not self.ordered or self.other_requests:
            wanted, seen, answers, statuses = sorted(wanted), sorted(seen), sorted(answers), sorted(statuses)
        if self.other_requests:
            missing = [request for request in wanted if request not in seen]
            if missing:
                raise lab.LabError("%s: not seen by tshark: %r" % (self.name, missing))
        elif (wanted, answers) != (seen, statuses):
            raise lab.LabError("%s: expected\n%r %r\ntshark sees\n%r %r" % (self.name, wanted, answers, seen, statuses))

    def write(self):
        """Checks, then puts the capture and its expectation file in place. @return size of the capture in bytes."""
        self.check()
        os.makedirs(os.path.join(lab.CAPTURES, "expected"), exist_ok=True)
        with open(os.path.join(lab.CAPTURES, "expected", self.name + ".json"), "w", encoding="utf-8") as file:
            json.dump(self.expectation(), file, indent=1, sort_keys=False, ensure_ascii=False)
            file.write("\n")
        target = os.path.join(lab.CAPTURES, self.name + ".pcapng")
        shutil.copyfile(self.capture.path, target)
        os.chmod(target, 0o644)
        return os.path.getsize(target)
