"""Follows the demo's mails until each has become something, telling of every step once."""
import email
import email.policy
import time

import expected
from harness.node import NodeError

SETTLE_SECONDS = 90


def call_number(call):
    return f"{call['partition']}-{int(call['number']):06d}"


class Watch:
    def __init__(self, node, lab, screen):
        self.node, self.lab, self.screen = node, lab, screen
        self.calls = {}      # message id -> call
        self.answers = {}    # the id of the mail answered -> the answer
        self.dead = {}       # address -> last reply
        self.outcomes = {}   # mailbox -> outcome -> count
        self.answered_files = set()

    def look(self):
        if not self.node.running():
            raise NodeError(f"postroom serve ended: {self.node.last_words()}")
        self.look_for_calls()
        self.look_for_outcomes()
        self.look_for_answers()
        self.look_for_dead_letters()

    def look_for_calls(self):
        found = self.node.ask("calls", "--limit", "1000").get("calls", [])
        for call in reversed(found):
            key = (call["message_id"], call_number(call))
            if key not in self.calls:
                self.calls[key] = call
                self.screen.call(call_number(call), call)

    def look_for_outcomes(self):
        for mailbox in expected.LEDGER:
            try:
                answer = self.node.ask("ledger", "--mailbox", mailbox)
            except NodeError:
                continue  # not signed in for the first time yet; follow() has the deadline
            now = {name: int(count) for name, count in
                   answer.get("state", {}).get("outcomes", {}).items()}
            before = self.outcomes.get(mailbox, {})
            for name, count in now.items():
                if count != before.get(name, 0) and name != "logged":
                    self.screen.outcome(mailbox, name, count)
            self.outcomes[mailbox] = now

    def look_for_answers(self):
        for login in sorted({mail.address.split("@")[0] for mail in expected.LOGGED}):
            for file in [file for part in self.lab.files(login) for file in part]:
                if file in self.answered_files:
                    continue
                self.answered_files.add(file)
                answer = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
                key = str(answer["In-Reply-To"] or file.name).strip("<>")
                self.answers.setdefault(key, []).append(answer)
                self.screen.answer(str(answer["To"]), str(answer["Subject"]))

    def look_for_dead_letters(self):
        for item in self.node.ask("outbox", "--dead").get("items", []):
            for recipient in item["entry"]["recipients"]:
                if recipient["state"] == "DEAD" and recipient["address"] not in self.dead:
                    self.dead[recipient["address"]] = recipient["last_reply"]
                    self.screen.dead(recipient["address"], recipient["last_reply"])

    def complete(self):
        """Whether as much has come as must come; what came is judged later."""
        due = sum(mail.answer == expected.ANSWERED for mail in expected.LOGGED)
        return (len(self.calls) >= len(expected.LOGGED)
                and sum(map(len, self.answers.values())) >= due
                and len(self.dead) >= len(expected.LOGGED) - due
                and all(sum(self.outcomes.get(mailbox, {}).values()) >= sum(wanted.values())
                        for mailbox, wanted in expected.LEDGER.items())
                and all(self.mailbox(login) == wanted
                        for login, wanted in expected.MAILBOXES.items()))

    def mailbox(self, login):
        new, cur = self.lab.files(login)
        seen = sum("S" in file.name.rpartition(":2,")[2] for file in cur)
        return len(new) + len(cur), seen

    def follow(self):
        deadline = time.monotonic() + SETTLE_SECONDS
        while not self.complete() and time.monotonic() < deadline:
            time.sleep(0.2)
            self.look()
