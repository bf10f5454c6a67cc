# SPDX-License-Identifier: GPL-2.0-or-later
"""What every recording needs: addresses, processes, capturing, throw-away keys and secrets.

Runs inside the network and process namespace that record.sh makes.
"""
import hashlib
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import time

CAPTURES = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

# Documentation addresses (RFC 5737, RFC 3849). Everything is on loopback; the routes below make each connection come
# from DEVICE.
DEVICE = "192.0.2.10"
FRONT = "192.0.2.20"        # nginx
SERVER = "192.0.2.30"       # scepserver
ODD = "198.51.100."         # hosts with one misbehavior each
DEVICE6 = "2001:db8::10"
SERVER6 = "2001:db8::30"
SERVER_PORT = 8080

ETHERNET_MTU = 1500
LOOPBACK_MTU = 65536


class LabError(Exception):
    """A recording did not go as planned; nothing is written for it."""


class Disturbed(LabError):
    """The host was too busy: packets were lost or sent again. Worth another try."""


def run(argv, **options):
    """subprocess.run with a time limit and captured output; argv[0] must exist."""
    options.setdefault("timeout", 60)
    return subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, **options)


def must(argv, **options):
    """run(), and LabError when it fails."""
    done = run(argv, **options)
    if done.returncode != 0:
        raise LabError("%s: %s" % (argv, done.stdout.decode(errors="replace")))
    return done.stdout.decode(errors="replace")


def wait_for(condition, what, seconds=10):
    """Polls `condition` until it is true; LabError after `seconds`."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return
        time.sleep(0.02)
    raise LabError("waited %d s for %s" % (seconds, what))


def listening(address, port):
    """Whether a TCP server accepts connections there."""
    with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET) as probe:
        probe.settimeout(1)
        return probe.connect_ex((address, port)) == 0


def set_up_network():
    """Loopback of this namespace: Ethernet-sized segments (one MSS per buffer), server addresses reached from DEVICE.

    No tail loss probes: on a busy host they would show as retransmissions.
    """
    with open("/proc/sys/net/ipv4/tcp_early_retrans", "w", encoding="ascii") as setting:
        setting.write("0")
    must(["ip", "link", "set", "lo", "up", "mtu", str(ETHERNET_MTU), "gso_max_segs", "1"])
    must(["ip", "address", "add", DEVICE + "/32", "dev", "lo"])
    servers = [FRONT, SERVER] + [ODD + str(host) for host in range(1, 60)]
    for address in servers:
        must(["ip", "address", "add", address + "/32", "dev", "lo"])
        must(["ip", "route", "replace", "local", address, "dev", "lo", "table", "local", "src", DEVICE,
              "proto", "kernel", "scope", "host"])
    must(["ip", "-6", "address", "add", DEVICE6 + "/128", "dev", "lo", "nodad"])
    must(["ip", "-6", "address", "add", SERVER6 + "/128", "dev", "lo", "nodad"])


def set_mtu(mtu):
    """LOOPBACK_MTU lets several requests of some KB travel in one segment."""
    must(["ip", "link", "set", "lo", "mtu", str(mtu)])


def set_slow(slow):
    """A link slow enough (1 Mbit/s) that clients started together are under way together."""
    shaper = ["dev", "lo", "root"]
    if slow:
        must(["tc", "qdisc", "replace"] + shaper + ["tbf", "rate", "1mbit", "burst", "3000", "latency", "2s"])
    else:
        run(["tc", "qdisc", "delete"] + shaper)


class Secret:
    """A challenge made at record time; only its length and hash are ever written down."""

    def __init__(self):
        self.text = secrets.token_hex(12)

    def facts(self):
        return {"length": len(self.text), "sha256": hashlib.sha256(self.text.encode()).hexdigest()}


class Capture:
    """`with Capture(lab, name, filter) as capture:` records what happens inside the block on loopback.

    `tls_secrets`: key log file whose lines go into the capture.
    """

    def __init__(self, lab, name, expression, comment, tls_secrets=None):
        self.lab, self.name, self.expression, self.comment = lab, name, expression, comment
        self.tls_secrets = tls_secrets
        self.raw = os.path.join(lab.tmp, name + ".pcap")
        self.path = os.path.join(lab.tmp, name + ".pcapng")
        self.process = None

    def __enter__(self):
        self.process = subprocess.Popen(
            ["tcpdump", "-Z", "root", "--immediate-mode", "-U", "-n", "-i", "lo",
             "-s", "66000", "-B", "32768", "-w", self.raw, self.expression],
            stderr=subprocess.PIPE)
        line = self.process.stderr.readline()
        while line and b"listening on" not in line:
            line = self.process.stderr.readline()
        if not line:
            raise LabError("tcpdump did not start: %s" % self.expression)
        return self

    def __exit__(self, kind, value, trace):
        time.sleep(0.5)     # connections close, and the last packets reach tcpdump
        self.process.send_signal(signal.SIGINT)
        end = self.process.communicate(timeout=10)[1].decode()
        if kind:
            return
        if not re.search(r"\b0 packets dropped by kernel", end):
            raise Disturbed("packets lost while recording: " + end)
        argv = ["editcap", "-F", "pcapng", "--capture-comment", self.comment]
        if self.tls_secrets:
            argv += ["--inject-secrets", "tls," + self.tls_secrets]
        must(argv + [self.raw, self.path])


class Lab:
    """Temporary directory and running servers of one recording."""

    def __init__(self, tmp):
        self.tmp = tmp
        self.processes = []

    def directory(self, name):
        path = os.path.join(self.tmp, name)
        shutil.rmtree(path, ignore_errors=True)
        os.makedirs(path)
        return path

    def start(self, argv, log, env=None):
        """Starts a server whose output goes to the file `log`; ended by stop_all()."""
        with open(log, "wb") as output:
            process = subprocess.Popen(argv, stdout=output, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                                       env=dict(os.environ, **(env or {})))
        self.processes.append(process)
        return process

    def stop(self, process):
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(timeout=5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.processes.remove(process)

    def stop_all(self):
        for process in list(self.processes):
            self.stop(process)


def key_path(name):
    """A throw-away key kept with the captures, so that they can be decrypted."""
    return os.path.join(CAPTURES, "keys", name)


def device_key(name, bits=2048):
    """Path of the RSA key real-NAME.key.pem (PKCS#1 PEM, which every peer reads); made when there is none yet."""
    path = key_path("real-%s.key.pem" % name)
    if not os.path.exists(path):
        os.makedirs(os.path.dirname(path), exist_ok=True)
        must(["openssl", "genrsa", "-traditional", "-out", path, str(bits)])
        os.chmod(path, 0o644)
    return path


def package_version(package):
    """"scepclient 2.1.0" style version text of a Debian package."""
    text = must(["dpkg-query", "-W", "-f", "${Version}", package])
    return text.split(":")[-1].split("+")[0].split("-")[0]
