# SPDX-License-Identifier: GPL-2.0-or-later
"""Takes the pkiMessage that scepclient made and sends it again in shapes that scepclient itself never uses."""
import os
import shutil
import socket
import threading

import clients
import facts
import lab
import scep_server
import web_server

TAP = ("127.0.0.1", 7010)


class Taken:
    """One recorded pkiMessage: der, key (path) and message, the facts its client reported about it."""

    def __init__(self, der, said, key):
        self.der, self.key = der, key
        self.message = dict(said, message_type=19)
        for mine in ("outcome", "reported"):
            del self.message[mine]


def take(running, challenge, key_name="device-a"):
    """Lets scepclient enroll through an nginx that keeps request bodies. @return Taken; all servers are stopped again.

    The length is never a multiple of 3, so that its base64 needs padding: longer names add cipher blocks.
    """
    bodies = os.path.join(running.tmp, "nginx-body")
    keep = "client_body_in_file_only on; location / { %s }" % web_server.BACKEND
    for common_name in ("device-a", "device-a-0123456789abcdef", "device-a-0123456789abcdef-0123456789abcde"):
        shutil.rmtree(bodies, ignore_errors=True)
        scep_server.ScepServer(running, challenge)
        web_server.WebServer(running, web_server.server("%s:%d" % TAP, keep), TAP)
        device = clients.ScepClient(running, key_name, common_name)
        said = device.enroll("http://%s:%d/scep" % TAP, challenge)
        running.stop_all()
        (name,) = os.listdir(bodies)
        der = facts.read(os.path.join(bodies, name))
        if len(der) % 3:
            return Taken(der, said, device.key)
    raise lab.LabError("no message whose base64 needs padding")


class Replay:
    """Writes down what is sent again and what came back."""

    def __init__(self, made, server, taken, sender="lab client"):
        self.made, self.server, self.taken, self.sender = made, server, taken, sender
        self.certificates = None
        made.peer("scepserver", "scep")
        made.peer("scepclient", "scep")
        made.ca_key = server.ca_key if server else scep_server.make_ca()[0]
        if taken:
            made.device(taken.key)

    def next_certificate(self):
        """The server's files name certificates in the order of issue; messages are noted in that order too."""
        if self.certificates is None:
            self.certificates = self.server.issued()
        return self.certificates.pop(0)

    def pki(self, method, response, **more):
        """A PKIOperation carrying the taken message unharmed. Call after the last one was sent."""
        message = dict(self.taken.message, client=self.sender)
        answered = None
        if response is not None and response.status == 200 and response.content()[:1] == b"\x30":
            answered = facts.answer(response.content())
            if answered["transaction_id"] != message["transaction_id"] or answered["message_type"] != 3:
                raise lab.LabError("an answer to something else: %r" % answered)
            message.update({key: answered[key] for key in ("pki_status", "fail_info") if key in answered})
            if answered["pki_status"] == 0:
                message["issued"] = self.next_certificate()
        self.made.exchange("PKIOperation", method, response.status if response else None, message, **more)

    def plain(self, operation, method, response, **more):
        """Any other exchange, or a PKIOperation whose message is not the taken one."""
        self.made.exchange(operation, method, response.status if response else None, None, **more)


class Relay:
    """A TCP relay that hands the server's answers on only when it has been silent for a moment: several in one
    segment."""

    def __init__(self, listen, target, pause=0.2):
        self.target, self.pause = target, pause
        self.listener = socket.create_server(listen)
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        """One connection, one burst of requests, one burst of answers."""
        client, _ = self.listener.accept()
        with client, socket.create_connection(self.target, source_address=(lab.FRONT, 0)) as upstream:
            upstream.sendall(self.burst(client))
            client.sendall(self.burst(upstream))
            client.recv(1)
        self.listener.close()

    def burst(self, peer):
        data = peer.recv(65536)
        peer.settimeout(self.pause)
        try:
            while True:
                more = peer.recv(65536)
                if not more:
                    return data
                data += more
        except socket.timeout:
            peer.settimeout(None)
            return data
