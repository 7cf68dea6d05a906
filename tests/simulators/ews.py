#!/usr/bin/python3
"""A simulated Exchange server, as far as its web services read and sort mail: SOAP at /EWS/Exchange.asmx, and
autodiscovery (POX) at /autodiscover/autodiscover.xml. What all simulators share is in simulator.py.

usage: ews.py [--port N] [--schemas DIR]

DIR holds messages.xsd and types.xsd: then all that is said is held against them. Signing in is by Basic, NTLM (really
checked, ntlm.py) or Bearer. Further commands:

  {"do": "auth", "methods": ["NTLM", "Basic"]}         what is offered
  {"do": "share", "mailbox": ..., "login": ..., "write": true}
  {"do": "impersonator", "login": ..., "users": [...] or null (all)}
  {"do": "lose_sync"}                                  no SyncState of before is known any more
  {"do": "lose_subscriptions"}
  {"do": "big", "user": ..., "bytes": N}               delivers a mail of so many bytes
  {"do": "poison", "user": ..., "id": N, "how": "status" | "fault" | "mime" | "cut"}
                                                       whole requests for this mail's text, or to move it, end with
                                                       HTTP 500 or a SOAP fault (`code`); its text is no base64;
                                                       answers with it wait for `seconds`, then break off after `bytes`
  {"do": "autodiscover", "user": ..., "how": "addr" | "url" | "location" | "ews" | "error" | "away",
   "to": ...}
  {"do": "streams", "user": ...}                       -> {"open": how many wait for this user's events}
  {"do": "peak"}                                       -> {"peak": most requests at once since "forget"}
  {"do": "schema"}                                     -> {"checked": N, "violations": [...]}
`deliver` takes a `kind` too: Message, Contact, MeetingRequest.

Lies of faults (`lie`): busy_fault, busy_message, busy_inner (with `milliseconds`), error (the first `items` messages
get `code`, from message `at` on), fault (a SOAP fault with `code`), illegal (a subject with characters XML forbids),
duplicate, reorder, endless (changes without end).
"""

import argparse
import base64
import itertools
import re
import select
import time

import ews_operations
import ntlm
import simulator
from ews_shapes import T, back_off_xml, fault as soap_fault, local, message, parse, response
from simulator import Answer

SENT = Answer(200)  # the answer went out already


class Ews(simulator.Simulator):
    def __init__(self, schemas):
        super().__init__()
        self.methods = ["Bearer", "NTLM", "Basic"]
        self.shares = {}         # (login, mailbox) -> may write
        self.impersonators = {}  # login -> users or None
        self.epoch = 1
        self.subscriptions = {}  # id -> {"user", "folder", "events"}
        self.numbers = itertools.count(1)
        self.streams = []        # the users whose events are waited for
        self.autodiscover = {}
        self.under_way = self.peak = 0
        self.schema = None
        if schemas:
            import ews_schema
            self.schema = ews_schema.Schema(schemas)

    def known(self, user):
        users = {user for _, user in [(0, u) for u in self.passwords] + [(0, t[0]) for t in self.tokens.values()] if user}
        return user in users or user in self.store.mailboxes

    def do_deliver(self, w):
        with self.store.lock:
            got = super().do_deliver(w)
            folder, mail = self.store.find(w["user"], got["id"])
            mail.kind, mail.props = w.get("kind", "Message"), {}
            self.announce(w["user"].lower(), folder, "Created", mail)
            self.announce(w["user"].lower(), folder, "NewMail", mail)
            return got

    def do_big(self, w):
        head = b"From: a@example.org\r\nSubject: big\r\n\r\n"
        line = bytes(range(32, 127)) + b"\r\n"
        raw = (head + line * (w["bytes"] // len(line) + 1))[:w["bytes"]]
        return self.do_deliver({"user": w["user"], "raw": base64.b64encode(raw)})

    def announce(self, user, folder, what, mail, old=None):
        """`old`: the folder and the number before it was moved."""
        for subscription in self.subscriptions.values():
            here = subscription["folder"] in (None, folder.number) or old and subscription["folder"] == old[0].number
            if subscription["user"] == user and here and what in subscription["types"]:
                subscription["events"].append((what, folder, mail, old))
        self.store.news.notify_all()

    def do_auth(self, w):
        self.methods = w["methods"]

    def do_share(self, w):
        self.shares[w["login"].lower(), w["mailbox"].lower()] = w.get("write", True)

    def do_impersonator(self, w):
        users = w.get("users")
        self.impersonators[w["login"].lower()] = users if users is None else [u.lower() for u in users]

    def do_lose_sync(self, _):
        self.epoch += 1

    def do_lose_subscriptions(self, _):
        with self.store.lock:
            self.subscriptions.clear()
            self.store.news.notify_all()

    def do_poison(self, w):
        with self.store.lock:
            self.store.find(w["user"], w["id"])[1].poison = w

    def do_autodiscover(self, w):
        self.autodiscover[w["user"].lower()] = w

    def do_streams(self, w):
        return {"open": self.streams.count(w["user"].lower())}

    def do_forget(self, w):
        super().do_forget(w)
        self.peak = 0

    def do_peak(self, _):
        return {"peak": self.peak}

    def do_schema(self, _):
        return {"checked": self.schema.checked, "violations": self.schema.violations} if self.schema else {}

    def login_of(self, text):
        """The name that passwords are kept by: DOMAIN\\name and name@domain are both in use."""
        return text.lower()


class Handler(simulator.Handler):
    connection_user = None  # NTLM signs in a connection, not a request
    nonce = None
    counted = False           # among the requests under way
    cut = None                # the poison that this answer breaks off for

    def do_POST(self):
        if self.path == "/_control":
            return self.handle_any()
        sim = self.simulator
        with sim.lock:
            sim.under_way += 1
            sim.peak = max(sim.peak, sim.under_way)
        self.counted = True
        try:
            self.handle_any()
        finally:
            self.end_count()

    def end_count(self):
        """Before the answer goes out: the client may ask the next question as soon as it has it."""
        with self.simulator.lock:
            self.simulator.under_way -= self.counted
        self.counted = False

    def more_to_note(self, _):
        return {"credentials": bool(self.headers.get("Authorization"))}

    def operation_of(self, path, body):
        self.request_xml = self.cut = None
        if path.path.lower().startswith("/autodiscover"):
            return "Autodiscover " + self.headers.get("Host", "")
        self.request_xml = parse(body) if body else None
        if not self.request_xml:
            return "Empty" if not body else "Malformed"
        element = self.request_xml[1]
        ids = sum(local(e) == "ItemId" for e in element.iter())
        mime = any(local(e) == "IncludeMimeContent" and e.text == "true" for e in element.iter())
        state = any(local(e) == "SyncState" and e.text for e in element)
        return " ".join([local(element)] + (["mime"] if mime else []) + ([str(ids)] if ids else [])
                        + (["next"] if state else []))

    # --- who is it ---

    def sign_in(self):
        sim, given = self.simulator, self.headers.get("Authorization", "")
        if self.connection_user and not given:
            return self.connection_user
        kind, _, rest = given.partition(" ")
        if kind == "Basic" and "Basic" in sim.methods:
            user, _, password = base64.b64decode(rest).decode().partition(":")
            if sim.passwords.get(sim.login_of(user)) == password:
                return sim.login_of(user)
        if kind == "Bearer" and "Bearer" in sim.methods:
            known, user = sim.user_of_token(rest)
            if known:
                return user or "*"
        if kind == "NTLM" and "NTLM" in sim.methods:
            said = base64.b64decode(rest)
            if ntlm.message_type(said) == 1:
                answer, self.nonce = ntlm.challenge()
                raise Answer(401, b"", headers={"WWW-Authenticate": "NTLM " + base64.b64encode(answer).decode()})
            nonce, self.nonce = self.nonce, None
            if nonce and ntlm.message_type(said) == 3:
                user = ntlm.verify(said, nonce, lambda name: sim.passwords.get(sim.login_of(name)))
                if user:
                    self.connection_user = sim.login_of(user)
                    return self.connection_user
        offers = "\r\nWWW-Authenticate: ".join(f'{m} realm="example"' if m == "Basic" else m for m in sim.methods)
        raise Answer(401, b"", "text/plain", {"WWW-Authenticate": offers} if offers else {})

    def answer(self, method, path, body, fault):
        if path.path.lower().startswith("/autodiscover"):
            return self.autodiscovery(body)
        if path.path.lower() != "/ews/exchange.asmx":
            raise Answer(404, b"not here", "text/plain")
        login = self.sign_in()
        if method != "POST":
            raise Answer(200, b"<html>You have created a service.</html>", "text/html")
        if self.request_xml is None:
            return self.fault("ErrorSchemaValidation", "The request failed schema validation.")
        return self.soap(login, body, fault)

    # --- SOAP ---

    def fault(self, code, text, milliseconds=None):
        return Answer(500, soap_fault(code, text, milliseconds).encode(), "text/xml; charset=utf-8")

    def soap(self, login, body, fault):
        sim, (header, element) = self.simulator, self.request_xml
        if sim.schema:
            sim.schema.check("client", body)
        lie, operation = fault.get("lie"), local(element)
        if lie == "busy_fault":
            return self.fault("ErrorServerBusy", "The server cannot service this request right now.", fault.get("milliseconds"))
        if lie == "fault":
            return self.fault(fault["code"], "It went wrong.")
        if lie in ("busy_message", "busy_inner"):
            return self.busy(operation, element, fault)
        user = self.effective_user(login, header)
        if user is None:
            return self.fault("ErrorImpersonateUserDenied", "The account does not have permission to impersonate the requested user.")
        if not hasattr(ews_operations.Operations, "op_" + operation):
            return self.fault("ErrorInvalidRequest", "The request is invalid.")
        with sim.store.lock:
            work = ews_operations.Operations(sim, user, fault)
            try:
                got = work.run(operation, element)
            except ews_operations.Poisoned as e:
                return self.fault(str(e), "It went wrong.") if str(e) else Answer(500, b"<html>500</html>", "text/html")
        self.cut = work.cut
        if got == ews_operations.STREAM:
            return self.stream(user, element)
        if sim.schema and not lie and not work.spoilt:
            sim.schema.check("server", got.encode())
        return Answer(200, got.encode(), "text/xml; charset=utf-8")

    def busy(self, operation, element, fault):
        """One message for each item asked for, as Exchange does it."""
        asked = max(1, sum(local(e) == "ItemId" for e in element.iter()))
        more = back_off_xml(fault.get("milliseconds"))
        code = "ErrorServerBusy"
        if fault["lie"] == "busy_inner":
            more, code = '<t:Value Name="InnerErrorResponseCode">ErrorServerBusy</t:Value>' + more, "ErrorInternalServerError"
        return Answer(200, response(operation, [message(operation, code, more=more)] * asked).encode(), "text/xml")

    def effective_user(self, login, header):
        for element in header:
            if element.tag == f"{{{T}}}ExchangeImpersonation":
                wanted = element[0][0].text.lower()
                allowed = self.simulator.impersonators.get(login, [])
                return wanted if allowed is None or wanted in allowed else None
        return login

    # --- events ---

    def stream(self, user, element):
        """Writes envelopes as events come, until the time of the request is over or the subscription is gone."""
        sim = self.simulator
        wanted = [e.text for e in element.iter() if local(e) == "SubscriptionId"]
        minutes = int(next(e.text for e in element if local(e) == "ConnectionTimeout"))
        self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/xml; charset=utf-8\r\nTransfer-Encoding: chunked\r\n\r\n")
        until = time.monotonic() + 60 * minutes
        sim.streams.append(user)
        try:
            self.event("<m:ConnectionStatus>OK</m:ConnectionStatus>")
            while time.monotonic() < until:
                with sim.store.lock:
                    if any(w not in sim.subscriptions for w in wanted):
                        break
                    if select.select([self.connection], [], [], 0)[0]:
                        raise OSError("the client went away")
                    events = {w: sim.subscriptions[w]["events"][:] for w in wanted}
                    for w in wanted:
                        sim.subscriptions[w]["events"].clear()
                    if not any(events.values()):
                        sim.store.news.wait(1)
                        continue
                self.event(ews_operations.notifications(user, events))
            self.event("<m:ConnectionStatus>Closed</m:ConnectionStatus>")
            self.wfile.write(b"0\r\n\r\n")
        except OSError:
            self.close_connection = True
        finally:
            sim.streams.remove(user)
        return SENT

    def event(self, content):
        text = response("GetStreamingEvents", [message("GetStreamingEvents", content=content)]).encode()
        if self.simulator.schema:
            self.simulator.schema.check("server", text)
        self.wfile.write(b"%x\r\n%s\r\n" % (len(text), text))
        self.wfile.flush()

    def send(self, answer, fault):
        self.end_count()
        if self.cut:
            time.sleep(self.cut.get("seconds", 0))
            fault = {"cut": self.cut["bytes"]}
        if answer is not SENT:
            super().send(answer, fault)

    # --- autodiscovery ---

    def autodiscovery(self, body):
        sim = self.simulator
        found = re.search(rb"<EMailAddress>([^<]*)</EMailAddress>", body)
        address = found.group(1).decode().lower() if found else ""
        how = sim.autodiscover.get(address, {"how": "here"})
        if how["how"] == "away":
            raise Answer(404, b"", "text/plain")
        if how["how"] == "location":
            raise Answer(302, b"", "text/plain", {"Location": how["to"]})
        self.sign_in()
        host = self.headers.get("Host")
        inner = {"addr": lambda: f"<Account><Action>redirectAddr</Action><RedirectAddr>{how['to']}</RedirectAddr></Account>",
                 "url": lambda: f"<Account><Action>redirectUrl</Action><RedirectUrl>{how['to']}</RedirectUrl></Account>",
                 "here": lambda: "<Account><AccountType>email</AccountType><Action>settings</Action><Protocol><Type>EXCH</Type>"
                                 f"<EwsUrl>http://{host}/EWS/Exchange.asmx</EwsUrl></Protocol></Account>",
                 "ews": lambda: "<Account><AccountType>email</AccountType><Action>settings</Action><Protocol><Type>EXCH</Type>"
                                f"<EwsUrl>{how['to']}</EwsUrl></Protocol></Account>",
                 "error": lambda: '<Error Time="12:00:00" Id="1"><ErrorCode>500</ErrorCode><Message>no</Message></Error>'}
        text = ('<?xml version="1.0" encoding="utf-8"?><Autodiscover xmlns="http://schemas.microsoft.com/exchange/autodiscover/'
                'responseschema/2006"><Response xmlns="http://schemas.microsoft.com/exchange/autodiscover/outlook/'
                f'responseschema/2006a">{inner[how["how"]]()}</Response></Autodiscover>')
        return Answer(200, text.encode(), "text/xml; charset=utf-8")


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--port", type=int, default=0)
    options.add_argument("--schemas")
    chosen = options.parse_args()
    Handler.simulator = Ews(chosen.schemas)
    simulator.serve(Handler, chosen.port, "/EWS/Exchange.asmx")


if __name__ == "__main__":
    main()
