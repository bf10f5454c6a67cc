# SPDX-License-Identifier: GPL-2.0-or-later
"""HTTP/2 on a Link: python3-h2 at both ends, whose frames the Link's conversation carries."""
import h2.config
import h2.connection

from synthetic.story import SECOND, Record
from synthetic.tcp import CLIENT, SERVER

OWN = {"host", "connection", "transfer-encoding", "content-length"}  # not headers of HTTP/2, or written anew


class Http2:
    """One connection; each exchange is a stream of its own."""

    def __init__(self, link):
        self.link = link
        link.tcp.open()
        self.ends = []
        for side in (CLIENT, SERVER):
            found = h2.connection.H2Connection(
                h2.config.H2Configuration(client_side=side == CLIENT, header_encoding="utf-8")
            )
            found.initiate_connection()
            self.ends.append(found)
        for side in (CLIENT, SERVER, CLIENT):
            self._send(side)

    def _send(self, side):
        """@return the Sent, None where that end has nothing to say"""
        data = self.ends[side].data_to_send()
        if not data:
            return None
        sent = self.link.tcp.send(side, data)
        self.ends[1 - side].receive_data(data)
        return sent

    def _body(self, side, stream, headers, body):
        """Headers and body in frames. @return the last Sent"""
        self.ends[side].send_headers(stream, headers, end_stream=not body)
        size = self.ends[side].max_outbound_frame_size
        for at in range(0, len(body), size):
            self.ends[side].send_data(stream, body[at : at + size], end_stream=at + size >= len(body))
        return self._send(side)

    def exchange(self, request, response, enrollment, think=30000, **facts):
        """@return the records"""
        link, stream = self.link, self.ends[CLIENT].get_next_available_stream_id()
        head = [
            (":method", request.method),
            (":scheme", "https"),
            (":authority", request.host),
            (":path", request.target),
        ]
        more = [(name.lower(), value) for name, value in request.headers if name.lower() not in OWN]
        size = [("content-length", str(len(request.body)))] if request.body else []
        sent = self._body(CLIENT, stream, head + more + size, request.body)
        asked = link._record(
            Record("request", sent, None, link._request_facts(request, facts), enrollment, request.message)
        )
        link.tcp.wait(think)
        lines = response.render(link.tcp.now // SECOND).split(b"\r\n\r\n", 1)[0].decode("latin-1").split("\r\n")[1:]
        found = [tuple(line.split(": ", 1)) for line in lines]
        more = [(name.lower(), value) for name, value in found if name.lower() not in OWN]
        size = [("content-length", str(len(response.body)))]
        sent = self._body(SERVER, stream, [(":status", str(response.status))] + more + size, response.body)
        told = link._record(
            Record("response", sent, None, link._response_facts(request, response, facts), enrollment, response.message)
        )
        asked.partner, told.partner = told, asked
        self._send(CLIENT)
        link.tcp.wait(15000)
        return asked, told

    def close(self):
        self.ends[CLIENT].close_connection()
        self._send(CLIENT)
        self.link.close()
        self.link.story.now = self.link.now
