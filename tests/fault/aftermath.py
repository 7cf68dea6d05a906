"""What must be true of every mail after the last crash."""
import collections
import email
import email.policy
import time

from harness.node import NodeError

SETTLE_SECONDS = 300
MAILBOX = "crash-inbox"


def answers_in(lab):
    """The id of the mail answered -> the Message-IDs of its answers; reads each file once."""
    found = collections.defaultdict(list)
    for login in sorted({path.name for path in lab.mail_folder().iterdir()}):
        if login.startswith("person"):
            for file in [file for part in lab.files(login) for file in part]:
                answer = email.message_from_bytes(file.read_bytes(), policy=email.policy.compat32)
                found[answer["In-Reply-To"]].append(answer["Message-ID"])
    return found


def undecided(node, mails):
    """What is still to come, in words; None when all is done."""
    try:
        decided = int(node.ask("ledger", "--mailbox", MAILBOX, "--limit", "1")["entries_total"])
        partitions = node.ask("status")["partitions"]
    except NodeError as error:
        return str(error)  # the partition is not open yet
    pending = sum(int(p["sender"]["pending"]) for p in partitions if p.get("sender"))
    if decided >= mails and pending == 0:
        return None
    return f"{decided} of {mails} mails have an outcome and {pending} answers wait"


def wait(node, mails):
    """Until every mail has an outcome and nothing waits to be sent."""
    deadline = time.monotonic() + SETTLE_SECONDS
    while (missing := undecided(node, mails)) is not None:
        if time.monotonic() > deadline or not node.running():
            raise NodeError(f"{missing} after {SETTLE_SECONDS} s: {node.last_words()}")
        time.sleep(0.25)


def differences(node, lab, mailbox, mails, after_commit):
    wrong = call_differences(node, mails)
    wrong += ledger_differences(node, mails)
    wrong += answer_differences(lab, mails)
    wrong += mailbox_differences(mailbox, mails, after_commit)
    return wrong


def call_differences(node, mails, prefix="crash"):
    """Mails are number 0 to `mails` - 1; the number is the end of their Message-ID."""
    calls = node.ask("calls", "--limit", str(mails * 2 + 10)).get("calls", [])
    seen = collections.Counter(call["message_id"].strip("<>") for call in calls)
    wrong = [f"{count} calls from {key}" for key, count in seen.items() if count > 1]
    wrong += [f"no call from {prefix}-{number}@example.org" for number in range(mails)
              if f"{prefix}-{number}@example.org" not in seen]
    numbers = collections.Counter((call["partition"], call["number"]) for call in calls)
    wrong += [f"{count} calls of number {number}" for number, count in numbers.items() if count > 1]
    if len(calls) != mails:
        wrong.append(f"{len(calls)} calls from {mails} mails")
    return wrong


def ledger_differences(node, mails, mailbox=MAILBOX):
    ledger = node.ask("ledger", "--mailbox", mailbox, "--limit", str(mails * 2 + 10))
    outcomes = {name: int(count) for name, count in ledger["state"]["outcomes"].items()
                if int(count)}
    wrong = []
    if outcomes != {"logged": mails}:
        wrong.append(f"{mailbox}: outcomes {outcomes} for {mails} mails")
    if int(ledger["entries_total"]) != mails:
        wrong.append(f"{mailbox}: {ledger['entries_total']} ledger entries for {mails} mails")
    keys = collections.Counter((e["key"]["uid_validity"], e["key"]["uid"], e["key"]["uidl"])
                               for e in ledger["entries"])
    wrong += [f"{count} ledger entries of {key}" for key, count in keys.items() if count > 1]
    return wrong


def answer_differences(lab, mails, prefix="crash"):
    """Each mail is answered; a second copy may only be the same answer, sent again when the crash
    fell between the server's 250 and our commit."""
    found = answers_in(lab)
    for number in range(mails):
        ids = found.get(f"<{prefix}-{number}@example.org>", [])
        if not ids:
            yield f"mail {number} was not answered"
        elif len(set(ids)) > 1:
            yield f"mail {number} has different answers: {sorted(set(ids))}"


def mailbox_differences(mailbox, mails, after_commit):
    deadline = time.monotonic() + 60
    wanted = {"leave": (mails, 0), "mark_seen": (mails, 0), "move": (0, mails), "delete": (0, 0)}
    while True:
        inbox, seen, handled = mailbox.counts()
        found = (inbox, handled)
        settled = found == wanted[after_commit] and (after_commit != "mark_seen" or seen == mails)
        if settled:
            return []
        if time.monotonic() > deadline:
            return [f"INBOX holds {found[0]} mails ({seen} seen) and Handled {found[1]}; after_commit is "
                    f"{after_commit} and {mails} mails came"]
        time.sleep(0.25)
