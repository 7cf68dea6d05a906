"""The examples: one curl line, one command line and the errors of each method, from examples/*.toml."""
import json
import re
import tomllib
from dataclasses import dataclass, field

PACKAGE = "postroom.admin.v1."
VARIABLE = re.compile(r'"\$([A-Z_]+)"')
# As base/ec.cpp and api/connect_error.cpp have them: our own name -> the protocol's code.
CODES = {
    "config_invalid": "invalid_argument", "unauthenticated": "unauthenticated",
    "forbidden": "permission_denied", "not_found": "not_found", "already_exists": "already_exists",
    "outdated": "aborted", "conflict": "failed_precondition", "overloaded": "resource_exhausted",
    "throttled": "unavailable", "oauth_not_authorized": "failed_precondition",
    "oauth_consent_missing": "failed_precondition", "oauth_secret_expired": "failed_precondition",
    "oauth_tenant_wrong": "failed_precondition", "oauth_token_revoked": "failed_precondition",
    "dns_failed": "unavailable",
}


class Wrong(Exception):
    """What is wrong with the examples, one line each."""


@dataclass
class Refusal:
    name: str       # as the header Postroom-Error has it
    when: str
    body: str = ""  # a request that brings it about


@dataclass
class Example:
    body: str
    command: str = ""  # blank: `note` says why there is none
    takes: dict = field(default_factory=dict)  # variable -> "Service/Method path.of.field"
    note: str = ""
    way: str = ""  # socket: only the machine's own user can call it
    errors: list = field(default_factory=list)

    def sources(self):
        """{variable: (method, path of the field)}"""
        return {name: tuple(source.split()) for name, source in self.takes.items()}


def load(folder):
    """{method: Example}, in the order of the files' names."""
    found, wrong = {}, []
    for file in sorted(folder.glob("*.toml")):
        for method, row in tomllib.loads(file.read_text()).items():
            try:
                row["errors"] = [Refusal(*error) for error in row.get("errors", [])]
                if method in found:
                    raise TypeError("is there twice")
                found[method] = Example(**row)
            except TypeError as error:
                wrong.append(f"{file.name}: {method}: {error}")
    if wrong:
        raise Wrong("\n".join(wrong))
    return found


def is_secret(schema, method, body):
    """Whether the request holds a secret at its top."""
    fields = schema.messages[method.request].fields
    return any(f.sensitive and f.name in json.loads(body) for f in fields)


def curl_line(schema, method, example):
    """As it is printed. Secrets come by standard input, as others of the machine see arguments."""
    body = "'" + VARIABLE.sub(lambda found: f"\"'${found[1]}'\"", example.body) + "'"
    base, way = f"$POSTROOM.{method.name}", "-K postroom.curl"
    if example.way == "socket":
        base, way = f"http://localhost/{PACKAGE}{method.name}", "--unix-socket admin.sock"
    elif method.scope == "ANYONE":
        way = "--cacert ca.pem"
    if is_secret(schema, method, example.body):
        return f"curl {way} --json @- {base} <<< {body}"
    return f"curl {way} --json {body} {base}"


def problems(schema, examples):
    """All that is wrong with the examples of a schema, one line each."""
    methods = schema.methods()
    found = [f"{name}: has no example" for name in methods if name not in examples]
    for name, example in examples.items():
        if name not in methods:
            found.append(f"{name}: there is no such method")
            continue
        found += [f"{name}: {what}" for what in problems_of(example, examples)]
    return found


def problems_of(example, examples):
    if not example.command and not example.note:
        yield "has no command; a note must say why"
    used = set(VARIABLE.findall(example.body)) | set(re.findall(r"\$([A-Z_]+)", example.command))
    for variable in set(example.takes) - used:
        yield f"takes ${variable} and does not use it"
    for variable, (source, *path) in example.sources().items():
        if source not in examples or len(path) != 1:
            yield f"${variable} comes from {example.takes[variable]}, which is no method and field"
    for body in [example.body, *(error.body for error in example.errors if error.body)]:
        try:
            json.loads(body)
        except ValueError as error:
            yield f"{body} is no JSON: {error}"
    for error in example.errors:
        if error.name not in CODES:
            yield f"{error.name} is no error known here"
