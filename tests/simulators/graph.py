#!/usr/bin/python3
"""Microsoft Graph v1.0 for mail, as far as Postroom and the official client use it. Commands beside those of
simulator.py:

  {"do": "deliver_large", "user": ..., "size": BYTES, "claimed": BYTES}   a mail of this size, made here
  {"do": "make_folder", "user": ..., "path": "Inbox/Sub"}
  {"do": "remove_folder", "user": ..., "path": "Inbox/Sub"}   with what it holds
  {"do": "share", "user": ..., "with": ...}               the token of `with` opens the mailbox of `user`, too
  {"do": "forget_deltas", "code": "resyncRequired"}       all links of delta rounds are answered with 410
  {"do": "limits", "concurrent": 4, "requests": 10000, "seconds": 600, "retry_after": "0.05"}   per mailbox
  {"do": "sent", "user": ...} -> {"sent": [{"user", "to": [addresses], "size", "saved", "draft"}]}
  {"do": "most_at_once"}      -> {"most": {user: requests}}
  {"do": "notify", "user"}    tells the subscriptions of this mailbox; -> {"statuses"}
  {"do": "lifecycle", "user", "event": "subscriptionRemoved"}   tells them what becomes of themselves; -> {"statuses"}
  {"do": "subscriptions", "user"}   -> {"subscriptions": [...]}, with what they keep secret
  {"do": "trust", "ca": FILE}       whose certificates notification URLs may have
  {"do": "violations"}        -> {"violations": [...], "checked": n} against the OpenAPI given by --openapi

Faults lie about delta pages with "duplicate", "reorder", "repeat" (an entry of an earlier page again), "foreign" (a
link to another host), "nosize", and about mails with "elsewhere" (an item that is there answers as not found).
"""

import argparse
import json
import random
import ssl
import time
import urllib.parse

import graph_routes
import graph_schema
import graph_subscriptions
import simulator
from graph_mail import mail_of_mime, refusal
from simulator import Answer


class GraphSimulator(simulator.Simulator):
    def __init__(self, schema=None):
        super().__init__()
        self.schema = schema
        self.violations, self.checked = [], 0
        self.shares = set()          # (mailbox, who)
        self.generation, self.gone_code = 1, "resyncRequired"
        self.limits = {}
        self.running, self.most, self.times = {}, {}, {}
        self.sent = []
        self.uploads = {}            # token -> {"user", "number", "item", "data"}
        self.subscriptions = {}
        self.trusted = None          # a context of TLS; None: the system's authorities

    def do_token(self, w):
        super().do_token(w)
        if w.get("user"):
            with self.store.lock:
                self.store.mailbox(w["user"])

    def do_deliver_large(self, w):
        line = b"x" * 76 + b"\r\n"
        head = b"From: a@example.org\r\nTo: it@example.org\r\nSubject: large\r\nMessage-ID: <large@example.org>\r\n\r\n"
        with self.store.lock:
            mail = self.store.deliver(w["user"], (head + line * (w["size"] // len(line) + 1))[:w["size"]])
            mail.claimed_size = w.get("claimed", w["size"])

    def do_make_folder(self, w):
        with self.store.lock:
            graph_routes.make_path(self.store.mailbox(w["user"]), w["path"].split("/"))

    def do_remove_folder(self, w):
        with self.store.lock:
            box = self.store.mailbox(w["user"])
            folder = graph_routes.make_path(box, w["path"].split("/"))
            for key in [key for key, known in box.folders.items() if known is folder]:
                del box.folders[key]

    def do_share(self, w):
        self.shares.add((w["user"].lower(), w["with"].lower()))

    def do_forget_deltas(self, w):
        self.generation += 1
        self.gone_code = w.get("code", "resyncRequired")

    def do_limits(self, w):
        with self.lock:
            self.limits = w
            self.times.clear()
            self.most.clear()

    def do_sent(self, w):
        with self.store.lock:
            return {"sent": [mail for mail in self.sent if mail["user"] == w["user"].lower()]}

    def do_most_at_once(self, _):
        with self.lock:
            return {"most": dict(self.most)}

    def do_notify(self, w):
        return {"statuses": graph_subscriptions.notify(self, w["user"].lower())}

    def do_lifecycle(self, w):
        return {"statuses": graph_subscriptions.tell_lifecycle(self, w["user"].lower(), w["event"])}

    def do_subscriptions(self, w):
        return {"subscriptions": graph_subscriptions.of_user(self, w["user"].lower())}

    def do_trust(self, w):
        self.trusted = ssl.create_default_context(cafile=w["ca"])

    def do_violations(self, _):
        return {"violations": self.violations, "checked": self.checked}

    def enter(self, user):
        """Counts a request of a mailbox, or throws it back."""
        with self.lock:
            now, limits = time.monotonic(), self.limits
            self.running[user] = self.running.get(user, 0) + 1
            self.most[user] = max(self.most.get(user, 0), self.running[user])
            recent = [t for t in self.times.get(user, ()) if t > now - limits.get("seconds", 600)] if limits else []
            self.times[user] = recent
            headers = {"Retry-After": limits["retry_after"]} if limits.get("retry_after") else {}
            if limits.get("concurrent") and self.running[user] > limits["concurrent"]:
                raise refusal(429, "ApplicationThrottled", "Application is over its MailboxConcurrency limit.", headers)
            if limits.get("requests") and len(recent) >= limits["requests"]:
                raise refusal(429, "ApplicationThrottled", "Application is over its limit of requests.", headers)
            recent.append(now)

    def leave(self, user):
        with self.lock:
            self.running[user] -= 1


class Request:
    def __init__(self, method, path, query, headers, body):
        self.method, self.query, self.headers, self.body = method, query, headers, body
        self.parts = [urllib.parse.unquote(part) for part in path.strip("/").split("/")]
        self.prefer = [part.strip() for part in headers.get("prefer", "").split(",")]
        self.immutable = 'IdType="ImmutableId"' in self.prefer

    def json(self):
        try:
            out = json.loads(self.body)
        except ValueError:
            out = None
        if not isinstance(out, dict):
            raise refusal(400, "RequestBodyRead", "The body is no JSON object.")
        return out

    def page_size(self, most=1000):
        for part in self.prefer:
            if part.startswith("odata.maxpagesize="):
                return max(1, min(most, int(part.partition("=")[2])))
        return max(1, min(most, int(self.query.get("$top", 10))))

    def mime(self):
        return mail_of_mime(self.body) if self.headers.get("content-type", "").startswith("text/plain") else None


class Handler(simulator.Handler):
    largest_request = 4 << 20
    scheme = "http"

    def handle_any(self):
        self.user = None
        self.entered = False
        try:
            super().handle_any()
        finally:
            self.leave()

    def leave(self):
        if self.entered:
            self.entered = False
            self.simulator.leave(self.user)

    def send(self, answer, fault):
        self.leave()  # whoever has the answer may ask again at once
        super().send(answer, fault)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = handle_any

    def operation_of(self, path, body):
        out = graph_routes.template_of(path.path)
        self.user = self.user_of(path.path)
        return out + ("+expand" if "expand" in path.query else "")

    def user_of(self, path):
        parts = [urllib.parse.unquote(part) for part in path.strip("/").split("/")]
        if parts[:2] == ["v1.0", "users"] and len(parts) > 2:
            return parts[2].lower()
        known, owner = self.simulator.user_of_token(self.headers.get("Authorization", "").removeprefix("Bearer "))
        return owner if known and parts[0] == "v1.0" else None

    def more_to_note(self, answer):
        headers = answer.headers if answer else {}
        return {"user": self.user, "idle": getattr(answer, "idle", False),  # a look that found nothing new
                "retry_after": headers.get("Retry-After"), "immutable": "ImmutableId" in
                self.headers.get("Prefer", ""), "token": self.headers.get("Authorization", "")[7:]}

    def answer(self, method, path, body, fault):
        headers = {name.lower(): ", ".join(self.headers.get_all(name)) for name in self.headers}
        request = Request(method, path.path, dict(urllib.parse.parse_qsl(path.query)), headers, body)
        request.base = f"{self.scheme}://{self.headers.get('Host')}/v1.0"
        got = None
        try:
            if len(body) > self.largest_request and method != "PUT":
                raise refusal(413, "RequestEntityTooLarge", "The request is larger than 4 MB.")
            got = self.carry_out(request, fault)
        except Answer as answer:
            got = answer
        if self.simulator.schema:
            self.simulator.checked += 1
            self.simulator.violations += self.simulator.schema.check(method, path, headers, body, got)
        return got

    def carry_out(self, request, fault):
        if self.user:
            self.entered = True
            self.simulator.enter(self.user)
        if request.parts[0] == "upload":
            return graph_routes.upload(self.simulator, request)
        who = self.signed_in(request)
        if request.parts[1:] == ["$batch"]:
            return self.batch(request, who)
        return graph_routes.route(self.simulator, request, who, fault)

    def signed_in(self, request):
        token = request.headers.get("authorization", "")
        known, who = self.simulator.user_of_token(token.removeprefix("Bearer "))
        if not token.startswith("Bearer ") or not known:
            raise refusal(401, "InvalidAuthenticationToken", "Lifetime validation failed, the token is expired.",
                          {"WWW-Authenticate": 'Bearer realm="", authorization_uri="https://login.example.org"'})
        return who

    def batch(self, request, who):
        wanted = request.json().get("requests")
        if not isinstance(wanted, list) or not 0 < len(wanted) <= 20:
            raise refusal(400, "BadRequest", "A batch holds 1 to 20 requests.")
        answers = []
        for one in wanted:
            url = urllib.parse.urlsplit("/v1.0" + one["url"])
            headers = {name.lower(): value for name, value in one.get("headers", {}).items()}
            inner = Request(one["method"], url.path, dict(urllib.parse.parse_qsl(url.query)), headers,
                            json.dumps(one["body"]).encode() if "body" in one else b"")
            inner.base = request.base
            operation = f"BATCHED {one['method']} {graph_routes.template_of(url.path)}"
            spoiled = self.simulator.fault_for(operation)
            try:
                if "status" in spoiled:
                    raise Answer(spoiled["status"], json.loads(spoiled.get("body") or "{}"), headers=spoiled.get("headers"))
                got = graph_routes.route(self.simulator, inner, who, spoiled)
            except Answer as answer:
                got = answer
            answers.append({"id": one["id"], "status": got.status, "headers": dict(got.headers),
                            "body": json.loads(got.body) if got.body else None})
        random.shuffle(answers)
        return Answer(200, {"responses": answers})


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--port", type=int, default=0)
    options.add_argument("--openapi", help="YAML; all requests and answers are checked against it")
    options.add_argument("--tls", nargs=2, metavar=("CERTIFICATE", "KEY"))
    given = options.parse_args()
    schema = graph_schema.Schema(given.openapi) if given.openapi else None
    Handler.simulator = GraphSimulator(schema)
    Handler.scheme = "https" if given.tls else "http"
    simulator.serve(Handler, given.port, "/v1.0", given.tls)


if __name__ == "__main__":
    main()
