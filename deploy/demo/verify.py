"""Holds what the mails became against the table in expected.py; every difference is one line."""
import expected


def differences(watch):
    wrong = []
    by_id = {}
    for (message_id, number), call in watch.calls.items():
        by_id.setdefault(message_id.strip("<>"), []).append((number, call))
    for mail in expected.LOGGED:
        found = by_id.pop(mail.message_id, [])
        if len(found) != 1:
            wrong.append(f"{mail.file}: {len(found)} calls instead of one")
            continue
        number = found[0][0]
        call = watch.node.ask("call", number)["call"]  # the list leaves the text out
        wrong += [f"{mail.file} ({number}): {what}" for what in call_differences(mail, call)]
        wrong += [f"{mail.file} ({number}): {what}" for what in answer_differences(mail, number, watch)]
    wrong += [f"a call from an unexpected mail: {message_id}" for message_id in by_id]
    wrong += ledger_differences(watch)
    for login, wanted in expected.MAILBOXES.items():
        found = watch.mailbox(login)
        if found != wanted:
            wrong.append(f"mailbox {login} holds {found[0]} mails, {found[1]} seen; it should hold "
                         f"{wanted[0]}, {wanted[1]} seen")
    return wrong


def call_differences(mail, call):
    decision = call["decision"]
    attachments = tuple((a["name"], int(a["size"])) for a in call.get("attachments", []))
    facts = (
        ("partition", call["partition"], mail.partition),
        ("subject", call["subject"], mail.subject),
        ("user", call["user"]["name"], mail.user),
        ("address", call["user"]["address"].lower(), mail.address),
        ("logging analyst", call["logging_analyst"]["name"], mail.analyst),
        ("people case", decision["people_case"], mail.people_case),
        ("priority", call["priority"], mail.priority),
        ("person created", decision["person_created"], mail.created),
        ("User flag switched on", decision["user_flag_switched_on"], mail.flag_switched),
        ("attachments", attachments, mail.attachments),
    )
    for name, found, wanted in facts:
        if found != wanted:
            yield f"{name} is {found!r} and should be {wanted!r}"
    if mail.says not in call["text"]:
        yield f"its text lacks {mail.says!r}: {call['text'][:200]!r}"


def answer_differences(mail, number, watch):
    answers = watch.answers.get(mail.message_id, [])
    if mail.answer == expected.REFUSED:
        if answers:
            yield "it was answered, though the mail server refuses its sender"
        if "5.1.1" not in watch.dead.get(mail.address, ""):
            yield f"no dead letter for {mail.address} with the server's 5.1.1"
        return
    if len(answers) != 1:
        yield f"{len(answers)} answers instead of one"
        return
    answer = answers[0]
    if number not in f"{answer['Subject']}":
        yield f"its answer's subject lacks the call number: {answer['Subject']}"
    if not str(answer["Auto-Submitted"] or "").startswith("auto-"):
        yield "its answer is not marked Auto-Submitted (RFC 3834)"
    if mail.address not in str(answer["To"]).lower():
        yield f"its answer went to {answer['To']}"


def ledger_differences(watch):
    for mailbox, wanted in expected.LEDGER.items():
        answer = watch.node.ask("ledger", "--mailbox", mailbox)
        found = {name: int(count) for name, count in
                 answer.get("state", {}).get("outcomes", {}).items() if int(count)}
        if found != wanted:
            yield f"ledger of {mailbox}: {found} and should be {wanted}"
        if int(answer["entries_total"]) != sum(wanted.values()):
            yield (f"ledger of {mailbox} has {answer['entries_total']} entries for "
                   f"{sum(wanted.values())} mails")
    kept = watch.node.ask("quarantine").get("items", [])
    if [item["entry"]["reason"] for item in kept] != ["mail_too_large"]:
        yield f"quarantine: {kept}"
