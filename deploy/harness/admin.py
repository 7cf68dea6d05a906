"""The admin methods as a program calls them: JSON over the Unix-domain socket or HTTPS, on one kept connection."""
import http.client
import json
import re
import socket
import ssl
from pathlib import Path

CALL_SECONDS = 60
SCHEMA = Path(__file__).resolve().parent.parent.parent / "proto/postroom/admin/v1"


class Refused(Exception):
    """The server's answer to a call that it did not do."""

    def __init__(self, status, answer):
        super().__init__(f"{status} {answer.get('code')}: {answer.get('message')}")
        self.status, self.answer = status, answer


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path, timeout):
        super().__init__("localhost", timeout=timeout)
        self.path = str(path)

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


class Admin:
    """Not for several threads at once."""

    def __init__(self, connection, token=None):
        self.connection = connection
        self.headers = {"Content-Type": "application/json"}
        if token:
            self.headers["Authorization"] = f"Bearer {token}"

    @classmethod
    def local(cls, path, seconds=CALL_SECONDS):
        return cls(UnixConnection(path, seconds))

    @classmethod
    def remote(cls, port, ca_file, token=None, seconds=CALL_SECONDS):
        return cls(http.client.HTTPSConnection(
            "localhost", port, timeout=seconds,
            context=ssl.create_default_context(cafile=str(ca_file))), token)

    def call(self, method, **request):
        """`method` is "CallsService/Get"; fields as in the schema. Raises Refused or OSError."""
        status, body = self.post(method, json.dumps(request).encode(), self.headers)
        answer = json.loads(body)
        if status != 200:
            raise Refused(status, answer)
        return answer

    def post(self, method, body, headers):
        try:
            self.connection.request("POST", f"/postroom.admin.v1.{method}", body, headers)
            answer = self.connection.getresponse()
            return answer.status, answer.read()
        except http.client.HTTPException as error:
            self.connection.close()
            raise ConnectionError(repr(error)) from error
        except OSError:
            self.connection.close()
            raise

    def close(self):
        self.connection.close()


def methods():
    """["CallsService/Get", ...] of the whole schema."""
    found = []
    for file in sorted(SCHEMA.glob("*.proto")):
        service = None
        for line in file.read_text().splitlines():
            if begin := re.match(r"service (\w+)", line):
                service = begin[1]
            elif rpc := re.match(r"\s+rpc (\w+)\(", line):
                found.append(f"{service}/{rpc[1]}")
    return found
