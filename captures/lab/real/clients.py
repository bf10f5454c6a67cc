# SPDX-License-Identifier: GPL-2.0-or-later
"""The real clients: scepclient, strongSwan's pki, certmonger, curl. Each returns what the client itself reported."""
import base64
import json
import os
import re
import shutil

import facts
import lab

SCEP_SUBMIT = "/usr/lib/certmonger/scep-submit"


class ScepClient:
    """One device: a key that stays with the captures, and the files scepclient leaves for it."""

    def __init__(self, running, key_name, common_name, extra=()):
        self.common_name, self.extra = common_name, list(extra)
        self.key = lab.device_key(key_name)
        self.folder = running.directory("scepclient-" + common_name)
        shutil.copyfile(self.key, os.path.join(self.folder, "client.key"))

    def path(self, name):
        return os.path.join(self.folder, name)

    def argv(self, url, challenge):
        argv = ["scepclient", "-server-url", url, "-private-key", self.path("client.key"), "-certificate",
                self.path("client.pem"), "-cn", self.common_name, "-organization", "Example Lab", "-ou", "Devices",
                "-country", "XX", "-debug", "-log-json"]
        if challenge:
            argv += ["-challenge", challenge.text]
        return argv + self.extra

    def enroll(self, url, challenge=None, env=None):
        """Runs it once. Its request is made anew, so that it carries this challenge; with a certificate
        there it renews.

        @return transaction_id, outcome, fail_info, reported (its closing words), and the facts of its CSR,
        as far as it got.
        """
        if os.path.exists(self.path("csr.pem")):
            os.unlink(self.path("csr.pem"))
        done = lab.run(self.argv(url, challenge), env=dict(os.environ, **(env or {})))
        return self.report(done.stdout.decode(errors="replace"), challenge)

    def report(self, text, challenge=None):
        """What one run's output and files tell."""
        words = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("{")]
        said = {"client": "scepclient", "outcome": "failed", "reported": words[0] if words else ""}
        for line in text.splitlines():
            entry = json.loads(line) if line.startswith("{") else {}
            if "transaction_id" in entry:
                said["transaction_id"] = entry["transaction_id"]
            if entry.get("pkiStatus") == "SUCCESS":
                said["outcome"] = "issued"
                said["reported"] = entry["msg"]
        refused = re.search(r"failInfo: \w+ \((\d)\)", text)
        if refused:
            said.update(outcome="refused", fail_info=int(refused.group(1)))
        if os.path.exists(self.path("csr.pem")):
            said.update(facts.csr(facts.read(self.path("csr.pem"))))
            said["challenge"] = challenge.facts() if challenge else None
        return said


class StrongSwan:
    """strongSwan's pki: --scepca, --scep, and --scep with the old certificate and key for a renewal."""

    def __init__(self, running, key_name):
        self.folder = running.directory("strongswan-" + key_name)
        self.key = lab.device_key(key_name)

    def path(self, name):
        return os.path.join(self.folder, name)

    def fetch_ca(self, url):
        """--scepca: GetCACert. @return the certificate it stored."""
        lab.must(["pki", "--scepca", "--url", url, "--caout", self.path("ca"), "--outform", "pem"])
        return facts.certificate(self.path("ca.pem"))

    def enroll(self, url, ca_cert, name, challenge=None, san=None, options=()):
        """--scep. The CSR never leaves the process in clear, so its subject is the one asked for.

        @return outcome as the client sees it, reported, subject, SAN, key.
        """
        argv = ["pki", "--scep", "--url", url, "--in", self.key, "--dn", name, "--cacert-enc", ca_cert,
                "--cacert-sig", ca_cert, "--outform", "pem", "--debug", "1"] + list(options)
        argv += ["--san", san] if san else []
        argv += ["--password", challenge.text] if challenge else []
        done = lab.run(argv)
        text = [line for line in done.stdout.decode(errors="replace").splitlines() if line and "plugin '" not in line]
        return {"client": "strongswan pki", "outcome": "issued" if done.returncode == 0 else "failed",
                "reported": next((line for line in reversed(text) if not line.startswith("-----")), ""),
                "csr_subject": name, "csr_san": ["DNS:" + san] if san else [], "key_bits": 2048,
                "spki_sha256": facts.key_spki_sha256(self.key), "challenge": challenge.facts() if challenge else None}


class Certmonger:
    """A certmonger daemon of its own on a session bus of its own; it enrolls by itself once told of CA and request."""

    SCRIPT = """
certmonger -s -n -d 3 > "$LAB/certmonger.log" 2>&1 & daemon=$!
sleep 1
getcert add-scep-ca -s -c lab -u "$URL" -r "$CA" -N "$CA" -v
for i in 1 2 3 4 5 6 7 8 9 10; do getcert list-cas -s -c lab | grep -q thumbprint && break; sleep 1; done
getcert request -s -c lab -k "$LAB/key.pem" -f "$LAB/cert.pem" -N "$NAME" -D "$SAN" -L "$CHALLENGE" -I one -w
getcert list -s
kill $daemon
"""

    def __init__(self, running):
        self.folder = running.directory("certmonger")
        self.key = lab.device_key("certmonger")
        shutil.copyfile(self.key, os.path.join(self.folder, "key.pem"))
        os.chmod(os.path.join(self.folder, "key.pem"), 0o600)
        for name in ("config", "requests", "cas", "local", "tmp"):
            os.makedirs(os.path.join(self.folder, name))

    def enroll(self, url, ca_cert, subject, san, challenge):
        """@return transaction_id, nonce, outcome, subject, from the daemon's own request file and `getcert list`."""
        with open(os.path.join(self.folder, "script"), "w", encoding="utf-8") as script:
            script.write(self.SCRIPT)
        env = {"LAB": self.folder, "URL": url, "CA": ca_cert, "NAME": subject, "SAN": san, "CHALLENGE": challenge.text,
               "HOME": self.folder, "PATH": os.environ["PATH"],
               "CERTMONGER_CONFIG_DIR": self.folder + "/config", "CERTMONGER_REQUESTS_DIR": self.folder + "/requests",
               "CERTMONGER_CAS_DIR": self.folder + "/cas", "CERTMONGER_LOCAL_CA_DIR": self.folder + "/local",
               "CERTMONGER_TMPDIR": self.folder + "/tmp", "CERTMONGER_SYSTEM_LOCK_FILE": self.folder + "/lock"}
        text = lab.must(["dbus-run-session", "--", "sh", os.path.join(self.folder, "script")], env=env)
        stored = self.request_file()
        said = {"client": "certmonger", "outcome": "issued" if "MONITORING" in text else "failed",
                "reported": "state " + stored["state"], "transaction_id": stored["scep_tx"],
                "challenge": challenge.facts()}
        said.update(facts.csr(stored["csr"].encode()))
        if said["spki_sha256"] != facts.key_spki_sha256(self.key):
            raise lab.LabError("certmonger made a key of its own")
        return said

    def verbose(self):
        """What its helper logged, one "GET URL" line per request."""
        return facts.read(self.folder + "/certmonger.log").decode(errors="replace")

    def poll_message(self):
        """The GetCertInitial (CertPoll) it prepared beside the request, DER."""
        return base64.b64decode(re.sub("-----[^-]*-----", "", self.request_file()["scep_gic"]))

    def request_file(self):
        """The daemon's record of the request: "key=value", continued on lines that begin with a blank."""
        (name,) = os.listdir(self.folder + "/requests")
        fields, last = {}, None
        for line in facts.read(self.folder + "/requests/" + name).decode().splitlines():
            if line.startswith(" "):
                fields[last] += "\n" + line[1:]
            else:
                last, _, value = line.partition("=")
                fields[last] = value
        return fields


def scep_submit(url, *options):
    """certmonger's helper on its own. @return its output."""
    return lab.must([SCEP_SUBMIT, "-u", url, "-v"] + list(options))


def curl(url, *options):
    """One request by curl. @return (status or 0, headers and body as bytes)."""
    done = lab.run(["curl", "-s", "-S", "--max-time", "5", "-i", "-o", "-", "-w", "\n%{http_code}", *options, url])
    body, _, status = done.stdout.rpartition(b"\n")
    return int(status or 0), body
