"""The protobuf schema as protoc understands it, with the comments: descriptor sets into plain values.

Reads the wire format itself (descriptor.proto of protobuf, whose numbers are named below), so that
nothing but Python and protoc is needed.
"""
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

PACKAGE = "postroom."
RULE, SENSITIVE = 51001, 51002  # the options of rules.proto
SCALARS = {1: "double", 2: "float", 3: "int64", 4: "uint64", 5: "int32", 8: "bool", 9: "string",
           12: "bytes", 13: "uint32"}
MESSAGE, ENUM, REPEATED = 11, 14, 3


@dataclass
class Field:
    name: str
    type: str            # a scalar's name, or the full name of a message or an enum
    comment: str
    repeated: bool = False
    sensitive: bool = False
    key: str = ""        # of a map: the key's type


@dataclass
class Message:
    name: str            # without "postroom.": admin.v1.Role
    comment: str
    fields: list = field(default_factory=list)
    nested: bool = False  # stands inside another one


@dataclass
class Enum:
    name: str
    comment: str
    values: list = field(default_factory=list)  # of (name, comment), without the unspecified one


@dataclass
class Method:
    name: str            # AccessService/SignIn
    comment: str
    request: str
    answer: str
    right: str = ""
    or_right: str = ""
    scope: str = ""
    max_body: int = 0


@dataclass
class Service:
    name: str
    comment: str
    methods: list = field(default_factory=list)


@dataclass
class Schema:
    services: list = field(default_factory=list)
    messages: dict = field(default_factory=dict)
    enums: dict = field(default_factory=dict)

    def methods(self):
        return {m.name: m for service in self.services for m in service.methods}


def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128:
            return value, at


def parse(data):
    """{field number: [values]}: numbers, or bytes of what has a length."""
    found, at = {}, 0
    while at < len(data):
        tag, at = varint(data, at)
        if tag & 7 == 0:
            value, at = varint(data, at)
        elif tag & 7 == 2:
            size, at = varint(data, at)
            value, at = data[at:at + size], at + size
        else:
            width = 8 if tag & 7 == 1 else 4
            value, at = data[at:at + width], at + width
        found.setdefault(tag >> 3, []).append(value)
    return found


def packed(data):
    """A list of numbers that were packed into one field."""
    numbers, at = [], 0
    while at < len(data):
        number, at = varint(data, at)
        numbers.append(number)
    return tuple(numbers)


def text_of(parsed, number):
    return parsed.get(number, [b""])[0].decode()


def number_of(parsed, number):
    return parsed.get(number, [0])[0]


def short(name):
    """".postroom.admin.v1.Role" -> "admin.v1.Role"."""
    return name.removeprefix(".").removeprefix(PACKAGE)


def tidy(comment):
    return " ".join(comment.split())


class File:
    """One FileDescriptorProto; adds what it holds to a schema."""

    def __init__(self, data, schema):
        self.parsed, self.schema = parse(data), schema
        self.package = text_of(self.parsed, 2)
        self.comments = {}
        for info in self.parsed.get(9, []):
            for location in parse(info).get(1, []):
                found = parse(location)
                said = [tidy(text_of(found, n)) for n in (3, 4)]  # before it, behind it
                self.comments[packed(found.get(1, [b""])[0])] = " ".join(filter(None, said))

    def read(self):
        for i, data in enumerate(self.parsed.get(5, [])):
            self.add_enum(parse(data), (5, i), self.package)
        for i, data in enumerate(self.parsed.get(4, [])):
            self.add_message(parse(data), (4, i), self.package)

    def read_services(self, rule_names):
        for i, data in enumerate(self.parsed.get(6, [])):
            parsed = parse(data)
            service = Service(text_of(parsed, 1), self.comments.get((6, i), ""))
            for j, method in enumerate(parsed.get(2, [])):
                service.methods.append(self.method(parse(method), (6, i, 2, j), service, rule_names))
            self.schema.services.append(service)

    def add_enum(self, parsed, path, outer):
        enum = Enum(short(f"{outer}.{text_of(parsed, 1)}"), self.comments.get(path, ""))
        for i, data in enumerate(parsed.get(2, [])):
            name = text_of(parse(data), 1)
            enum.values.append((name, self.comments.get((*path, 2, i), "")))
        self.schema.enums[enum.name] = enum

    def add_message(self, parsed, path, outer, nested=False):
        full = f"{outer}.{text_of(parsed, 1)}"
        maps = {}
        for i, data in enumerate(parsed.get(3, [])):
            inner = parse(data)
            if number_of(parse(inner.get(7, [b""])[0]), 7):  # map_entry
                entry = [parse(f) for f in inner[2]]
                maps[f".{full}.{text_of(inner, 1)}"] = [self.type_of(f) for f in entry]
            else:
                self.add_message(inner, (*path, 3, i), full, nested=True)
        for i, data in enumerate(parsed.get(4, [])):
            self.add_enum(parse(data), (*path, 4, i), full)
        message = Message(short(full), self.comments.get(path, ""), nested=nested)
        for i, data in enumerate(parsed.get(2, [])):
            message.fields.append(self.field(parse(data), (*path, 2, i), maps))
        self.schema.messages[message.name] = message

    @staticmethod
    def type_of(parsed):
        kind = number_of(parsed, 5)
        return short(text_of(parsed, 6)) if kind in (MESSAGE, ENUM) else SCALARS[kind]

    def field(self, parsed, path, maps):
        found = Field(text_of(parsed, 1), "", self.comments.get(path, ""))
        if text_of(parsed, 6) in maps:
            found.key, found.type = maps[text_of(parsed, 6)]
        else:
            found.type = self.type_of(parsed)
            found.repeated = number_of(parsed, 4) == REPEATED
        found.sensitive = bool(number_of(parse(parsed.get(8, [b""])[0]), SENSITIVE))
        return found

    def method(self, parsed, path, service, rule_names):
        found = Method(f"{service.name}/{text_of(parsed, 1)}", self.comments.get(path, ""),
                       short(text_of(parsed, 2)), short(text_of(parsed, 3)))
        rule = parse(parse(parsed.get(4, [b""])[0]).get(RULE, [b""])[0])
        rights, scopes = rule_names
        found.right, found.or_right = (rights.get(number_of(rule, n), "") for n in (1, 4))
        found.scope = scopes.get(number_of(rule, 2), "")
        found.max_body = number_of(rule, 3)
        return found


def numbered(descriptors, name):
    """{number: value's name} of an enum at the top of a file; without the unspecified one."""
    for file in map(parse, descriptors):
        for enum in map(parse, file.get(5, [])):
            if text_of(enum, 1) == name:
                values = map(parse, enum[2])
                return {number_of(v, 2): text_of(v, 1) for v in values if number_of(v, 2)}
    return {}


def load(root, files):
    """Runs protoc on files below root; raises CalledProcessError with its words."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "set"
        subprocess.run(["protoc", f"-I{root}", "--include_imports", "--include_source_info",
                        f"--descriptor_set_out={out}", *map(str, files)],
                       check=True, capture_output=True, text=True, timeout=60)
        descriptors = parse(out.read_bytes()).get(1, [])
    schema, names = Schema(), (numbered(descriptors, "Right"), numbered(descriptors, "Scope"))
    for file in (File(data, schema) for data in descriptors):
        if file.package.startswith(PACKAGE):
            file.read()
            file.read_services(names)
    return schema
