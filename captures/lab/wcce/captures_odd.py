# SPDX-License-Identifier: GPL-2.0-or-later
"""Stubs that no peer should send, connections that the capture saw only in part, calls that overlap."""
import struct
import uuid


from . import ca as authority
from . import methods, rpc
from .captures_objects import request2
from .captures_passage import outcomes, submit
from .ndr import Writer, guid
from .parties import AUTHORITY, CA, NDES, OBJECT_PORT, RMD, attributes, csr, new_ca, passage
from .registry import capture
from .scene import Entry, interface

REQUEST2, GET_PROPERTY, GET_INFO, GET_CERT = 6, 7, 8, 4


def words(*values):
    return struct.pack("<%dI" % len(values), *values)


class Bad:
    """Sends bad stubs over one connection."""

    def __init__(self, link, ipid, cid, wide=False):
        self.link, self.ipid, self.this, self.wide = link, ipid, methods.orpc_this(cid) if ipid else b"", wide

    def request(self, why, number, stub, this=None, response=None):
        self.link.odd(
            self.link.accepted, number, (self.this if this is None else this) + stub, response, why, self.ipid
        )

    def response(self, why, number, request, stub):
        that = methods.orpc_that() if self.ipid else b""
        self.link.odd(self.link.accepted, number, self.this + request, that + stub, why, self.ipid)


def good(scene, ca, number=REQUEST2, name="ICertRequestD2"):
    """A right request without its ORPCTHIS, to cut and bend."""
    values = {
        "authority": AUTHORITY,
        "flags": authority.PKCS10,
        "request_id": 0,
        "attributes": attributes("ContosoDevice", RMD),
        "request": ca.expect(csr(scene)),
        "prop_id": 6,
        "prop_type": 4,
    }
    stub = methods.request_stub(name, number, values, bytes(16))
    return stub[32:] if name != "ICertPassage" else stub


def bad_strings(bad):
    text = "CA\0".encode("utf-16-le") + bytes(2)
    rest = words(0, 0, 0, 0, 0, 0)
    bad.request("actual_count larger than max_count", REQUEST2, words(0x20000, 2, 0, 3) + text + rest)
    bad.request("offset that is not zero", REQUEST2, words(0x20000, 8, 2, 3) + text + rest)
    bad.request("string without NUL", REQUEST2, words(0x20000, 2, 0, 2) + "CA".encode("utf-16-le") + rest)
    bad.request("string of no units", REQUEST2, words(0x20000, 0, 0, 0) + rest)
    bad.request(
        "string with a NUL in its middle", REQUEST2, words(0x20000, 4, 0, 4) + "C\0A\0".encode("utf-16-le") + rest
    )
    bad.request("string with a lone surrogate", REQUEST2, words(0x20000, 2, 0, 2) + b"\x00\xd8\0\0" + rest)
    bad.request(
        "string of four thousand million units", REQUEST2, words(0x20000, 0xFFFFFFFF, 0, 0xFFFFFFFF) + text + rest
    )
    bad.request("string longer than the stub", REQUEST2, words(0x20000, 1000, 0, 1000) + text + rest)
    bad.request(
        "string beyond range(1, 1536)",
        REQUEST2,
        words(0x20000, 2000, 0, 2000) + "A".encode("utf-16-le") * 1999 + bytes(2) + rest,
    )


def bad_blobs(bad):
    before = words(0, 0, 0, 0, 0)
    bad.request("cb larger than the array", REQUEST2, before + words(8, 0x20000, 4) + b"0\x02\x05\0")
    bad.request("cb smaller than the array", REQUEST2, before + words(2, 0x20000, 4) + b"0\x02\x05\0")
    bad.request("cb without pb", REQUEST2, before + words(4, 0))
    bad.request("pb without cb", REQUEST2, before + words(0, 0x20000, 0))
    bad.request(
        "array of four thousand million bytes", REQUEST2, before + words(0xFFFFFFFF, 0x20000, 0xFFFFFFFF) + b"0\x82"
    )
    bad.request("array longer than the stub", REQUEST2, before + words(5000, 0x20000, 5000) + b"0\x82\x13\x84")
    bad.request("a request that is no DER", REQUEST2, before + words(5, 0x20000, 5) + b"hello")
    bad.request("a request that ends within its DER", REQUEST2, before + words(6, 0x20000, 6) + b"0\x82\x02\x940\x82")


def bad_frames(scene, bad, ca):
    stub = good(scene, ca)
    for size in (0, 4, 17, 60, 100, 300, len(stub) - 1):
        bad.request("stub of %d bytes" % size, REQUEST2, stub[:size])
    bad.request("bytes behind the last parameter", REQUEST2, stub + bytes(range(40)))
    bad.request("no ORPCTHIS", REQUEST2, stub, b"")
    bad.request("ORPCTHIS of version 1.0", REQUEST2, stub, b"\1\0\0\0" + bad.this[4:])
    bad.request("half an ORPCTHIS", REQUEST2, b"", bad.this[:14])
    bad.request("an opnum that the interface does not have", 23, stub)
    bad.request("QueryInterface, which never is on the wire", 0, stub)


def bad_answers(scene, bad, ca):
    asked = good(scene, ca)
    text = Writer().blob("Denied\0".encode("utf-16-le")[:-1]).align(4).bytes()
    bad.response("empty answer", REQUEST2, asked, b"")
    bad.response("no HRESULT", REQUEST2, asked, words(7, 3, 0, 0, 0, 0, 0, 0))
    bad.response("disposition that is no HRESULT and not known", REQUEST2, asked, words(7, 77, 0, 0, 0, 0, 0, 0, 0))
    bad.response("issued without a certificate", REQUEST2, asked, words(7, 3, 0, 0, 0, 0, 0, 0, 0))
    bad.response(
        "denied with a certificate", REQUEST2, asked, words(7, 2, 0, 0, 4, 0x20000, 4) + b"0\x02\x05\0" + words(0, 0, 0)
    )
    bad.response("message of an odd number of bytes", REQUEST2, asked, words(7, 2, 0, 0, 0, 0) + text + words(0))
    bad.response(
        "message without NUL",
        REQUEST2,
        asked,
        words(7, 2, 0, 0, 0, 0, 4, 0x20000, 4) + "No".encode("utf-16-le") + words(0),
    )
    bad.response(
        "certificate that is no DER",
        REQUEST2,
        asked,
        words(7, 3, 0, 0, 5, 0x20000, 5) + b"hello\0\0\0" + words(0, 0, 0),
    )
    bad.response(
        "message of disposition that is empty text",
        REQUEST2,
        asked,
        words(7, 2, 0, 0, 0, 0, 2, 0x20000, 2) + bytes(4) + words(0),
    )


def bad_information(scene, bad, ca):
    info = Writer().string(AUTHORITY).align(4).bytes()
    entry = struct.pack("<iBBHI", 6, 4, 0, 0, 12) + "CA\0".encode("utf-16-le") + bytes(2)

    def properties(count, data):
        return Writer().u32(count).blob(data).align(4).u32(0).bytes()

    bad.response("more properties than the blob holds", GET_INFO, info, properties(100, entry))
    bad.response("a number of properties below zero", GET_INFO, info, properties(-1, entry))
    bad.response("two thousand million properties", GET_INFO, info, properties(0x7FFFFFFF, entry))
    bad.response(
        "a name's offset beyond the blob", GET_INFO, info, properties(1, struct.pack("<iBBHI", 6, 4, 0, 0, 9999))
    )
    bad.response(
        "a name's offset inside the entries", GET_INFO, info, properties(1, struct.pack("<iBBHI", 6, 4, 0, 0, 3))
    )
    bad.response("a name without NUL", GET_INFO, info, properties(1, entry[:12] + "CA".encode("utf-16-le")))
    bad.response("half a CATRANSPROP", GET_INFO, info, properties(1, entry[:7]))
    bad.response(
        "an unknown property type",
        GET_INFO,
        info,
        properties(1, struct.pack("<iBBHI", 60, 9, 0xFF, 0xFFFF, 12) + bytes(4)),
    )

    def value(number, kind, data):
        asked = Writer().raw(info).u32(number).u32(0).u32(kind).bytes()
        bad.response(
            "property %d as type %d of %d bytes" % (number, kind, len(data)),
            GET_PROPERTY,
            asked,
            Writer().blob(data).align(4).u32(0).bytes(),
        )

    value(11, 1, b"\1\0\0")
    value(10, 3, ca.info()[:8])
    value(10, 3, struct.pack("<I", 4000) + ca.info()[4:])
    value(10, 3, ca.info() + bytes(20))
    value(6, 4, b"C\0A")
    value(29, 4, "ContosoDevice\n\n\nContosoOther".encode("utf-16-le"))
    value(12, 3, b"0\x82\x03")
    value(77, 2, bytes(8))
    value(6, 9, b"\1\2\3\4")
    asked = words(authority.fourcc("info")) + info
    bad.response(
        "CAINFO of 12 bytes", GET_CERT, asked, Writer().blob(struct.pack("<III", 40, 1, 1)).align(4).u32(0).bytes()
    )


@capture(
    "wcce-hostile",
    (
        "stubs of Request2, GetCAProperty, GetCAPropertyInfo and GetCACert that are cut, contradict themselves or "
        "claim absurd sizes"
    ),
    "no crash, no hang; what parses is shown; `odd` of each call says what is wrong with it",
)
def hostile(scene):
    ca, ipid = new_ca(), scene.rng.bytes(16)
    link = scene.connect(NDES, CA, OBJECT_PORT)
    link.bind(interface("ICertRequestD2"))
    bad = Bad(link, ipid, scene.rng.bytes(16))
    bad_strings(bad)
    bad_blobs(bad)
    bad_frames(scene, bad, ca)
    bad_answers(scene, bad, ca)
    bad_information(scene, bad, ca)
    extensions = [(guid("f1f19681-4d2a-11ce-a66a-0020af6e72f4"), scene.rng.bytes(24))]
    that, text = methods.orpc_that(extensions), attributes("ContosoDevice", RMD)
    request2(
        link, ca, 0, ipid, ca.expect(csr(scene, "device-2")), text, that=that
    )  # right: an answer may have extensions
    link.this = methods.orpc_this(scene.rng.bytes(16), extensions=extensions + [(scene.rng.bytes(16), bytes(8))])
    request2(link, ca, 0, ipid, ca.expect(csr(scene, "device-3")), text, that=that)
    link.this = None
    request2(link, ca, 0, ipid, None, None, 0, 99999, that=that)
    padded = methods.orpc_that([(extensions[0][0], scene.rng.bytes(20))])
    request2(link, ca, 0, ipid, None, None, 0, 99999, that=padded)
    scene.calls[-1].facts["stock_misreads"] = "the padding of an extension whose size is no multiple of 8"
    link.close()
    wide = passage(scene, transfers=(rpc.NDR, rpc.NDR64), chosen=rpc.NDR64)
    bad = Bad(wide, None, None)
    bad.request("a count of 2**63 units", 0, struct.pack("<IIQQQQ", 0, 0, 0x20000, 1 << 63, 0, 1 << 63) + bytes(40))
    bad.request(
        "an array of 2**32 + 4 bytes",
        0,
        struct.pack("<IIQII", 0, 0, 0, 0, 0)
        + struct.pack("<QQQIIQQ", 0, 0, 0, 4, 0, 0x20000, (1 << 32) + 4)
        + b"0\2\5\0",
    )
    bad.request(
        "a pointer above 2**32",
        0,
        struct.pack("<IIQQQQ", 0, 0, 1 << 40, 3, 0, 3) + "CA\0".encode("utf-16-le") + bytes(50),
    )
    submit(wide, ca, ca.expect(csr(scene, "device-3")), attributes("ContosoDevice", RMD))
    wide.close()


def big_endian(scene, link, ca, name, method, values, target=None):
    """A call both halves of which are big-endian; the bind before it was not."""
    number = methods.opnum(name, method)
    found = methods.INTERFACES[name][number]
    entry = Entry({"interface": name, "opnum": number, "method": method, "call_id": link.call_id, "big_endian": True})
    entry.facts.update(auth_level="none", sealed=False, object=str(uuid.UUID(bytes_le=target)) if target else None)
    answer = ca.answer(name, method, values, scene)
    entry.facts.update(request=methods.told(found.request, values), response=methods.told(found.response, answer))
    if "flags" in values:
        entry.facts["request"]["request_type"] = values["flags"] & 0xFF00
    entry.facts.update(ca.facts_of(values, answer))
    scene.calls.append(entry)
    stub = methods.request_stub(name, number, values, scene.rng.bytes(16), big=True)
    flags = rpc.FIRST | rpc.LAST
    whole = rpc.turned(rpc.REQUEST, link.call_id, flags | (rpc.OBJECT if target else 0), stub, 0, number, target)
    entry.request = [link.pipe.send(0, whole)]
    entry.stubs[0] = stub
    link.tcp.wait(30000)
    entry.stubs[1] = methods.response_stub(name, number, answer, big=True)
    entry.response = [link.pipe.send(1, rpc.turned(rpc.RESPONSE, link.call_id, flags, entry.stubs[1], 0, 0))]
    link._done()


@capture(
    "wcce-big-endian",
    (
        "calls of ICertPassage and ICertRequestD2 in big-endian data representation, as a client that is not Windows "
        "may send them"
    ),
    "the same values; every PDU tells its own byte order",
)
def turned(scene):
    ca = new_ca()
    link = passage(scene)
    text = attributes("ContosoDevice", RMD)
    values = {"flags": authority.PKCS10, "authority": AUTHORITY, "request_id": 0, "attributes": text}
    big_endian(scene, link, ca, "ICertPassage", "CertServerRequest", dict(values, request=ca.expect(csr(scene))))
    big_endian(
        scene, link, ca, "ICertPassage", "CertServerRequest", dict(values, flags=0, request_id=4101, request=None)
    )
    link.close()
    link, ipid = scene.connect(NDES, CA, OBJECT_PORT), scene.rng.bytes(16)
    link.bind(interface("ICertRequestD2"))
    asked = dict(values, serial_number=None, request=ca.enrollment_agent(csr(scene, "device-2"), scene.rng))
    big_endian(scene, link, ca, "ICertRequestD2", "Request2", asked, ipid)
    wanted = {"authority": AUTHORITY, "prop_id": 6, "prop_index": -1, "prop_type": 4}
    big_endian(scene, link, ca, "ICertRequestD2", "GetCAProperty", wanted, ipid)
    link.close()


def overlapping(scene, link, ca):
    """Three calls under way at once on one connection, answered in another order (connections with MULTIPLEX)."""
    waiting = []
    for name in ("device-1", "device-2", "device-3"):
        values = {
            "flags": authority.PKCS10,
            "authority": AUTHORITY,
            "request_id": 0,
            "attributes": attributes("ContosoDevice"),
        }
        values["request"] = ca.expect(csr(scene, name))
        stub = methods.request_stub("ICertPassage", 0, values)
        told = methods.told(methods.INTERFACES["ICertPassage"][0].request, values)
        told["request_type"] = authority.PKCS10
        entry = Entry({"interface": "ICertPassage", "opnum": 0, "method": "CertServerRequest", "call_id": link.call_id})
        entry.facts.update(auth_level="none", sealed=False, request=told, response=None)
        scene.calls.append(entry)
        link._ask(entry, 0, 0, stub, None)
        waiting.append((entry, values, link.call_id))
        link.call_id += 1
    after = link.call_id
    for entry, values, link.call_id in (waiting[1], waiting[2], waiting[0]):
        answer = ca.answer("ICertPassage", "CertServerRequest", values, scene)
        entry.facts["response"] = methods.told(methods.INTERFACES["ICertPassage"][0].response, answer)
        entry.facts.update(ca.facts_of(values, answer))
        link._tell(entry, 0, methods.response_stub("ICertPassage", 0, answer))
    link.call_id = after


@capture(
    "wcce-partial",
    (
        "a connection whose bind the capture did not see; three calls at once, answered in another order; an answer of "
        "which the capture lacks a segment; a call that the capture ends before it is answered"
    ),
    "nothing is claimed that the capture cannot know; Decode As for the first connection",
)
def partial(scene):
    ca = new_ca()
    link = passage(scene)
    before = len(scene.capture.frames)
    outcomes(scene, link, ca)
    for frame in scene.capture.frames[:before]:
        scene.capture.drop(frame)
    del scene.binds[:]
    for entry in scene.calls:
        entry.facts["bind_missing"] = True
    link.close()
    link = passage(scene)
    overlapping(scene, link, ca)
    submit(link, ca, ca.expect(csr(scene, "device-4")), attributes("ContosoDevice", RMD))
    lost = scene.calls[-1]
    scene.capture.drop(lost.response[0].frames[1])
    lost.facts["segment_missing"] = "response"
    link.close()
    last = scene.connect(NDES, CA, 49693)
    last.bind(interface("ICertPassage"))
    values = {"flags": 0, "authority": AUTHORITY, "request_id": 4101, "attributes": "", "request": None}
    stub = methods.request_stub("ICertPassage", 0, values)
    entry = Entry({"interface": "ICertPassage", "opnum": 0, "method": "CertServerRequest", "call_id": last.call_id})
    entry.facts.update(auth_level="none", sealed=False, response=None)
    entry.facts["request"] = dict(methods.told(methods.INTERFACES["ICertPassage"][0].request, values), request_type=0)
    scene.calls.append(entry)
    last._ask(entry, 0, 0, stub, None)
