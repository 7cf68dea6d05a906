"""What the simulators of mail services share: mailboxes in memory, an HTTP server that misbehaves on command, a log
of requests.

A simulator is a process of its own, so that it outlives a client that is killed. It prints one line of JSON with its
`url` once it listens, and ends when its standard input is closed. Tests steer it by POST /_control with one JSON object:

  {"do": "deliver", "user": "it@example.org", "folder": "inbox", "raw": BASE64, "received": "2026-11-30T12:00:00Z"}
  {"do": "mails", "user": ..., "folder": ...}      -> {"mails": [{"id", "seen", "raw", "received"}]}
  {"do": "remove", "user": ..., "id": ...}         as if somebody else had deleted it
  {"do": "token", "token": ..., "user": ... or null (any mailbox), "seconds": ...}
  {"do": "revoke", "token": ...}
  {"do": "password", "user": ..., "password": ...}
  {"do": "fault", "match": REGEX, "skip": 0, "times": 1, ...}   see Fault
  {"do": "requests"}                               -> {"requests": [{"at", "ended", "method", "operation", "status", ...}]}
                                                   in the order of their ends; `at` and `ended` (before the answer is
                                                   sent) by one clock, in seconds
  {"do": "issued"}                                 -> {"tokens": n}; POST /_token gives one for any mailbox
  {"do": "forget"}                                 empties the log and removes the faults; what began before will not be noted
"""

import base64
import datetime
import http.server
import itertools
import json
import re
import socket
import ssl
import sys
import threading
import time
import traceback
import urllib.parse


def utc_now():
    return datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)


def stamp(moment):
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def moment_of(text):
    return datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=datetime.timezone.utc)


class Mail:
    def __init__(self, number, raw, received):
        self.number = number      # never used twice; the services make their ids of it
        self.raw = raw
        self.received = received
        self.seen = False
        self.version = 1          # grows with each change


class Folder:
    """Its mails in order of arrival, and all that ever changed."""

    def __init__(self, name, number):
        self.name = name
        self.number = number
        self.mails = {}           # number -> Mail
        self.changes = []         # (sequence, "created" | "updated" | "deleted", number)


class Mailbox:
    def __init__(self, user, numbers):
        self.user = user
        self.numbers = numbers
        self.folders = {}
        for name in ("inbox", "sentitems", "deleteditems", "drafts", "junkemail", "archive"):
            self.make_folder(name)

    def make_folder(self, name):
        self.folders[name.lower()] = Folder(name, next(self.numbers))
        return self.folders[name.lower()]


class Store:
    """All mailboxes. Hold `lock` around every use."""

    def __init__(self):
        self.lock = threading.RLock()
        self.numbers = itertools.count(1)
        self.sequence = itertools.count(1)
        self.mailboxes = {}
        self.news = threading.Condition(self.lock)  # notified at each change

    def mailbox(self, user):
        user = user.lower()
        if user not in self.mailboxes:
            self.mailboxes[user] = Mailbox(user, self.numbers)
        return self.mailboxes[user]

    def note(self, folder, what, number):
        folder.changes.append((next(self.sequence), what, number))
        self.news.notify_all()

    def deliver(self, user, raw, folder="inbox", received=None):
        place = self.mailbox(user).folders.get(folder.lower()) or self.mailbox(user).make_folder(folder)
        mail = Mail(next(self.numbers), raw, received or utc_now())
        place.mails[mail.number] = mail
        self.note(place, "created", mail.number)
        return mail

    def find(self, user, number):
        """The folder and the mail, or two times None."""
        for folder in self.mailbox(user).folders.values():
            if number in folder.mails:
                return folder, folder.mails[number]
        return None, None

    def remove(self, folder, number):
        del folder.mails[number]
        self.note(folder, "deleted", number)

    def mark(self, folder, mail, seen):
        mail.seen = seen
        mail.version += 1
        self.note(folder, "updated", mail.number)

    def move(self, source, target, mail, keep_number=True):
        self.remove(source, mail.number)
        if not keep_number:
            mail.number = next(self.numbers)
        target.mails[mail.number] = mail
        self.note(target, "created", mail.number)


class Fault:
    """What goes wrong with requests whose "METHOD operation" matches: after `skip` of them, `times` times (0: always).

    status, headers, body   answered instead
    cut                     the connection ends after so many bytes of the answer
    delay                   seconds before the answer
    before                  true: the request is not carried out; false (default): it is, only the answer suffers
    lie                     a word that the simulator itself acts on, such as "duplicate" or "reorder"
    """

    def __init__(self, spec):
        self.match = re.compile(spec["match"])
        self.skip = spec.get("skip", 0)
        self.times = spec.get("times", 1)
        self.spec = spec

    def strikes(self, text):
        if not self.match.search(text):
            return False
        if self.skip > 0:
            self.skip -= 1
            return False
        if self.times == 0:
            return True
        self.times -= 1
        return self.times >= 0


class Simulator:
    def __init__(self):
        self.store = Store()
        self.tokens = {}     # token -> (user or None, end by time.monotonic())
        self.passwords = {}  # user -> password
        self.faults = []
        self.requests = []
        self.forgot_at = 0   # by time.monotonic()
        self.issued = 0      # tokens given away at /_token
        self.lock = threading.Lock()

    def user_of_token(self, token):
        """(known, user); user None: every mailbox."""
        with self.lock:
            user, until = self.tokens.get(token, (None, 0))
        return (True, user) if until > time.monotonic() else (False, None)

    def fault_for(self, text):
        with self.lock:
            for fault in self.faults:
                if fault.times >= 0 and fault.strikes(text):
                    if fault.spec.get("times", 1) != 0 and fault.times == 0:
                        self.faults.remove(fault)
                    return fault.spec
        return {}

    # --- control ---

    def control(self, wanted):
        return getattr(self, "do_" + wanted["do"])(wanted) or {}

    def do_deliver(self, w):
        with self.store.lock:
            received = moment_of(w["received"]) if w.get("received") else None
            mail = self.store.deliver(w["user"], base64.b64decode(w["raw"]), w.get("folder", "inbox"), received)
            return {"id": mail.number}

    def do_mails(self, w):
        with self.store.lock:
            folder = self.store.mailbox(w["user"]).folders.get(w.get("folder", "inbox").lower())
            return {"mails": [{"id": m.number, "seen": m.seen, "received": stamp(m.received),
                               "raw": base64.b64encode(m.raw).decode()}
                              for m in (folder.mails.values() if folder else ())]}

    def do_remove(self, w):
        with self.store.lock:
            folder, mail = self.store.find(w["user"], w["id"])
            self.store.remove(folder, mail.number)

    def do_token(self, w):
        with self.lock:
            user = w.get("user")
            self.tokens[w["token"]] = (user.lower() if user else None, time.monotonic() + w.get("seconds", 3600))

    def do_revoke(self, w):
        with self.lock:
            self.tokens.pop(w["token"], None)

    def do_password(self, w):
        with self.lock:
            self.passwords[w["user"].lower()] = w["password"]

    def do_fault(self, w):
        with self.lock:
            self.faults.append(Fault(w))

    def do_requests(self, _):
        with self.lock:
            return {"requests": list(self.requests)}

    def do_issued(self, _):
        return {"tokens": self.issued}

    def do_forget(self, _):
        with self.lock:
            self.requests.clear()
            self.forgot_at = time.monotonic()
            self.faults.clear()


class Answer(Exception):
    """Raised or returned by a simulator: what goes back."""

    def __init__(self, status, body=b"", content_type="application/json", headers=None):
        super().__init__(status)
        self.status = status
        self.body = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.content_type = content_type
        self.headers = headers or {}


class Handler(http.server.BaseHTTPRequestHandler):
    """Subclasses give `simulator`, `operation_of(path, body)` and `answer(method, path, body, fault)`."""

    protocol_version = "HTTP/1.1"
    simulator = None

    def log_message(self, *_):
        pass

    def more_to_note(self, _answer):
        """What else the log holds of a request."""
        return {}

    def read_body(self):
        size = int(self.headers.get("Content-Length") or 0)
        return self.rfile.read(size) if size else b""

    def handle_any(self):
        body = self.read_body()
        path = urllib.parse.urlsplit(self.path)
        if path.path == "/_control":
            try:
                return self.send(Answer(200, self.simulator.control(json.loads(body))), {})
            except Exception as e:
                return self.send(Answer(500, {"error": repr(e)}), {})
        if path.path == "/_token":
            return self.send(self.issue_token(), {})
        operation = self.operation_of(path, body)
        at = time.monotonic()
        fault = self.simulator.fault_for(f"{self.command} {operation}")
        got = None
        if not fault.get("before"):
            try:
                got = self.answer(self.command, path, body, fault)
            except Answer as answer:
                got = answer
            except Exception:
                traceback.print_exc()
                got = Answer(500, {"error": {"code": "simulatorBroke", "message": traceback.format_exc()}})
        if "status" in fault:
            text = fault.get("body", "")
            got = Answer(fault["status"], text.encode() if isinstance(text, str) else text, headers=fault.get("headers", {}))
        if fault.get("delay"):
            time.sleep(fault["delay"])
        self.note(at, operation, got)
        self.send(got or Answer(500), fault)

    def note(self, at, operation, got):
        with self.simulator.lock:
            if at >= self.simulator.forgot_at:
                self.simulator.requests.append({"at": at, "ended": time.monotonic(), "method": self.command,
                                                "operation": operation, "status": got.status if got else 0,
                                                **self.more_to_note(got)})

    def issue_token(self):
        """RFC 6749, 5.1, for whoever asks: tests of signing in have a real provider; this is for all others."""
        with self.simulator.lock:
            self.simulator.issued += 1
            token = f"issued-{self.simulator.issued}"
        self.simulator.do_token({"token": token, "seconds": 3600})
        return Answer(200, {"access_token": token, "token_type": "Bearer", "expires_in": 3600})

    def send(self, answer, fault):
        """`answer` None: it was sent already."""
        if answer is None:
            return
        head = f"HTTP/1.1 {answer.status} X\r\nContent-Length: {len(answer.body)}\r\n"
        head += f"Content-Type: {answer.content_type}\r\n" if answer.body else ""
        head += "".join(f"{name}: {value}\r\n" for name, value in answer.headers.items())
        data = head.encode() + b"\r\n" + (b"" if self.command == "HEAD" else answer.body)
        if "cut" in fault:
            data = data[:fault["cut"]]
        try:
            self.wfile.write(data)
            self.wfile.flush()
        except OSError:
            self.close_connection = True
        if "cut" in fault:
            self.close_connection = True
            try:
                self.connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = do_HEAD = handle_any


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request, client_address):
        """A client that went away is no news."""


def serve(handler, port, path="", tls=None):
    """Until standard input is closed. `tls`: (certificate, key), files in PEM."""
    server = Server(("127.0.0.1", port), handler)
    if tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*tls)
        # The handshake comes with the first read, in the connection's own thread.
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    scheme = "https" if tls else "http"
    print(json.dumps({"url": f"{scheme}://127.0.0.1:{server.server_port}{path}", "port": server.server_port}), flush=True)
    try:
        while sys.stdin.buffer.read(4096):
            pass
    except KeyboardInterrupt:
        pass
