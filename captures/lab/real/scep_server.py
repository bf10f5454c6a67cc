# SPDX-License-Identifier: GPL-2.0-or-later
"""Debian's scepserver (micromdm), and what its log and its files say."""
import json
import os
import shutil

import facts
import lab

CA_KEY = "real-ca.key.pem"
CA_CERT = "real-ca.pem"
OWN_CA_KEY = "real-ca-scepserver.key.pem"
OWN_CA_CERT = "real-ca-scepserver.pem"
DEPOT_PASSPHRASE = "lab"        # of the temporary copy only: scepserver reads nothing but encrypted keys


def make_ca():
    """The CA most recordings use: key usages that fit both of a SCEP CA's roles."""
    key, cert = lab.key_path(CA_KEY), lab.key_path(CA_CERT)
    if os.path.exists(key):
        return key, cert
    os.makedirs(os.path.dirname(key), exist_ok=True)
    lab.must(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-noenc", "-keyout", key, "-out", cert, "-days", "7300",
              "-sha256", "-set_serial", "0x5cebca01", "-subj", "/C=XX/O=Example Lab/CN=Example Lab SCEP CA",
              "-addext", "keyUsage=critical,digitalSignature,keyEncipherment,keyCertSign,cRLSign"])
    os.chmod(key, 0o644)
    return key, cert


def make_own_ca(work):
    """A CA as `scepserver ca -init` makes it: no common name, serial 1, keyUsage without keyEncipherment."""
    key, cert = lab.key_path(OWN_CA_KEY), lab.key_path(OWN_CA_CERT)
    if os.path.exists(key):
        return key, cert
    depot = os.path.join(work, "init")
    lab.must(["scepserver", "ca", "-init", "-depot", depot, "-keySize", "2048", "-years", "20", "-country", "XX",
              "-organization", "Example Lab", "-organizational_unit", "SCEP CA", "-key-password", DEPOT_PASSPHRASE])
    lab.must(["openssl", "rsa", "-in", os.path.join(depot, "ca.key"), "-passin", "pass:" + DEPOT_PASSPHRASE,
              "-out", key])
    os.chmod(key, 0o644)
    shutil.copyfile(os.path.join(depot, "ca.pem"), cert)
    return key, cert


class ScepServer:
    """scepserver on every address, path /scep; challenge None accepts anybody."""

    def __init__(self, running, challenge=None, own_ca=False, port=lab.SERVER_PORT, extra=()):
        self.lab = running
        self.depot = running.directory("depot")
        self.log_path = os.path.join(running.tmp, "scepserver.log")
        key, cert = make_own_ca(running.directory("own-ca")) if own_ca else make_ca()
        self.ca_key, self.ca_cert = key, cert
        lab.must(["openssl", "rsa", "-in", key, "-traditional", "-aes256", "-passout", "pass:" + DEPOT_PASSPHRASE,
                  "-out", os.path.join(self.depot, "ca.key")])
        shutil.copyfile(cert, os.path.join(self.depot, "ca.pem"))
        argv = ["scepserver", "-depot", self.depot, "-capass", DEPOT_PASSPHRASE, "-port", str(port), "-allowrenew", "0",
                "-debug", "-log-json"]
        if challenge:
            argv += ["-challenge", challenge.text]
        self.process = running.start(argv + list(extra), self.log_path)
        lab.wait_for(lambda: lab.listening("127.0.0.1", port), "scepserver")

    def log(self):
        """Its log as dictionaries, one per line that is JSON."""
        with open(self.log_path, encoding="utf-8") as lines:
            return [json.loads(line) for line in lines if line.startswith("{")]

    def issued(self):
        """Certificates it issued, in order: serial (hex), subject, public key hash, from its index and files."""
        path = os.path.join(self.depot, "index.txt")
        if not os.path.exists(path):
            return []
        with open(path, encoding="utf-8") as rows:
            names = [row.rstrip("\n").split("\t")[4] for row in rows if row.strip()]
        return [facts.certificate(os.path.join(self.depot, name)) for name in names]

    def operations(self):
        """One dictionary per request it served, in its log's order.

        Keys: operation, http_status (500 where it reported an error: it answers nothing else then), ca_identifier, and
        for PKIOperation message_type, transaction_id, pki_status, csr_error and, when accepted, issued (see issued()).
        """
        served, parsed, certificates = [], {}, self.issued()
        for line in self.log():
            if line.get("msg") == "parsed scep pkiMessage":
                parsed = {"message_type": int(line["scep_message_type"].split("(")[1].rstrip(")")),
                          "transaction_id": line["transaction_id"], "pki_status": 0}
            elif line.get("msg") == "failed to sign CSR":
                parsed.update(pki_status=2, csr_error=line["err"])
            elif line.get("component") == "scep_service":
                entry = {"operation": line["method"], "http_status": 500 if line["err"] else 200}
                if line.get("message"):
                    entry["ca_identifier"] = line["message"]
                if line["err"]:
                    entry["server_error"] = line["err"]
                    parsed.pop("pki_status", None)
                if line["method"] == "PKIOperation":
                    entry.update(parsed)
                    if parsed.get("pki_status") == 0:
                        entry["issued"] = certificates.pop(0)
                    parsed = {}
                served.append(entry)
        return served
