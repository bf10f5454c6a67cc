# SPDX-License-Identifier: GPL-2.0-or-later
"""The methods of ICertRequestD, ICertRequestD2 (MS-WCCE 6) and ICertPassage (MS-ICPR 6), parameter by parameter.

Kinds: u32, i32; w [string, unique] wchar_t *; b CERTTRANSBLOB; t CERTTRANSBLOB with NUL-terminated UTF-16LE in it."""
from collections import namedtuple

from .ndr import Reader, Writer, guid

REQUEST_D = "d99e6e70-fc88-11d0-b498-00a0c90312f3"
REQUEST_D2 = "5422fd3a-d4b8-4cef-a12e-e87d4ca22e90"
CLASS = "d99e6e74-fc88-11d0-b498-00a0c90312f3"
PASSAGE = "91ae6020-9e3c-11cf-8d7c-00aa00c091be"

Method = namedtuple("Method", "name request response")


def _parameters(text):
    return [tuple(one.split(":")) for one in text.split()]


def _method(name, request, response):
    return Method(name, _parameters(request), _parameters(response + " hresult:u32"))


_OLD = {
    3: _method(
        "Request",
        "flags:u32 authority:w request_id:u32 attributes:w request:b",
        "request_id:u32 disposition:u32 cert_chain:b encoded_cert:b disposition_message:t",
    ),
    4: _method("GetCACert", "fchain:u32 authority:w", "out:b"),
    5: _method("Ping", "authority:w", ""),
}
_NEW = {
    6: _method(
        "Request2",
        "authority:w flags:u32 serial_number:w request_id:u32 attributes:w request:b",
        "request_id:u32 disposition:u32 full_response:b encoded_cert:b disposition_message:t",
    ),
    7: _method("GetCAProperty", "authority:w prop_id:i32 prop_index:i32 prop_type:i32", "property_value:b"),
    8: _method("GetCAPropertyInfo", "authority:w", "property_count:i32 property_info:b"),
    9: _method("Ping2", "authority:w", ""),
}
_PASSAGE = {
    0: _method(
        "CertServerRequest",
        "flags:u32 authority:w request_id:u32 attributes:t request:b",
        "request_id:u32 disposition:u32 cert_chain:b encoded_cert:b disposition_message:t",
    )
}
INTERFACES = {"ICertRequestD": _OLD, "ICertRequestD2": {**_OLD, **_NEW}, "ICertPassage": _PASSAGE}
UUIDS = {"ICertRequestD": REQUEST_D, "ICertRequestD2": REQUEST_D2, "ICertPassage": PASSAGE}


def opnum(interface, name):
    return next(number for number, method in INTERFACES[interface].items() if method.name == name)


def _write(writer, parameters, values):
    for name, kind in parameters:
        value = values.get(name)
        if kind == "w":
            writer.string(value)
        elif kind == "b":
            writer.blob(value)
        elif kind == "t":
            writer.blob(None if value is None else (value + "\0").encode("utf-16-le"))
        else:
            writer.u32(value or 0)


def _read(reader, parameters):
    found = {}
    for name, kind in parameters:
        if kind == "w":
            found[name] = reader.string()
        elif kind in "bt":
            found[name] = reader.blob()
            if kind == "t" and found[name] is not None:
                found[name] = found[name].decode("utf-16-le")[:-1]
        else:
            found[name] = reader.u32()
            if kind == "i32" and found[name] >> 31:
                found[name] -= 1 << 32
    return found


def _extensions(writer, found):
    """The pointer to an ORPC_EXTENT_ARRAY and what it points to (MS-DCOM 2.2.21). found: (GUID, data)."""
    writer.pointer(bool(found))
    if found:
        slots = len(found) + len(found) % 2
        writer.u32(len(found)).u32(0).pointer().u32(slots)
        for number in range(slots):
            writer.pointer(number < len(found))
        for identifier, data in found:
            padded = data + bytes(-len(data) % 8)
            writer.u32(len(padded)).guid(identifier).u32(len(data)).raw(padded)
    return writer.bytes()


def orpc_this(cid, minor=7, extensions=(), big=False):
    """ORPCTHIS (MS-DCOM 2.2.13.3)."""
    return _extensions(Writer(big=big).u16(5).u16(minor).u32(0).u32(0).guid(cid), extensions)


def orpc_that(extensions=()):
    """ORPCTHAT (MS-DCOM 2.2.13.4); servers put the ErrorInfo of a refusal into an extension."""
    return _extensions(Writer().u32(0), extensions)


def is_orpc(interface):
    return interface != "ICertPassage"


def request_stub(interface, number, values, cid=None, wide=False, fill=0, minor=7, big=False):
    writer = Writer(wide, fill, big=big)
    if is_orpc(interface):
        writer.raw(orpc_this(cid, minor, big=big))
    _write(writer, INTERFACES[interface][number].request, values)
    return writer.bytes()


def response_stub(interface, number, values, wide=False, fill=0, that=None, big=False):
    """that: an ORPCTHAT with extensions."""
    writer = Writer(wide, fill, big=big)
    if is_orpc(interface):
        writer.raw(that or orpc_that())
    _write(writer, INTERFACES[interface][number].response, values)
    return writer.bytes()


def read_request(interface, number, stub, wide=False):
    reader = Reader(stub, wide)
    if is_orpc(interface):
        reader.raw(32)
    return _read(reader, INTERFACES[interface][number].request)


def read_response(interface, number, stub, wide=False):
    reader = Reader(stub, wide)
    if is_orpc(interface):
        reader.raw(8)
    return _read(reader, INTERFACES[interface][number].response)


def told(parameters, values):
    """The values as an expectation file has them: bytes in hexadecimal, every parameter named."""
    found = {}
    for name, kind in parameters:
        value = values.get(name)
        if kind == "b":
            value = value.hex() if value else ("" if value is not None else None)
        elif value is None and kind in ("u32", "i32"):
            value = 0
        found[name] = value
    return found


UUID_BYTES = {name: guid(text) for name, text in UUIDS.items()}
