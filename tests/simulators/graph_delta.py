"""The delta function of the messages of a folder: rounds of pages, with all their state in the links."""

import base64
import json

import graph_mail
from graph_mail import refusal


def token_of(state):
    return base64.urlsafe_b64encode(json.dumps(state).encode()).decode().rstrip("=")


def state_of(token):
    try:
        return json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    except ValueError:
        raise refusal(400, "ErrorInvalidSyncStateData", "Badly formed token.") from None


def last_change(folder):
    return folder.changes[-1][0] if folder.changes else 0


def first_state(folder, query, generation):
    for name in query:
        if name not in ("$select", "$top", "$expand", "$filter", "$orderby", "changeType"):
            raise refusal(400, "ErrorInvalidUrlQuery", f"The query parameter '{name}' is not supported.")
    return {"kind": "all", "folder": folder.number, "generation": generation, "from": 0, "to": last_change(folder),
            "after": 0, "select": query.get("$select", ""), "only": query.get("changeType", ""),
            "sized": "0x0e08" in query.get("$expand", "").lower() or graph_mail.SIZE_TAG in query.get("$expand", "")}


def changes_of(folder, state):
    """What became of each mail in (from, to], by the last change: [(sequence, what, number)]."""
    last = {}
    for sequence, what, number in folder.changes:
        if state["from"] < sequence <= state["to"]:
            before = last.pop(number, None)
            last[number] = (sequence, "created" if before and before[1] == "created" and what == "updated" else what,
                            number)
    return [change for change in last.values()
            if (not state["only"] or change[1] == state["only"]) and (change[1] == "deleted") == (
                change[2] not in folder.mails)]


def entries_of(folder, state, immutable):
    """All that is still to come, each with the number to go on after."""
    select = set(filter(None, state["select"].split(",")))
    if state["kind"] == "all":
        for number in sorted(n for n in folder.mails if n > state["after"]):
            yield number, graph_mail.show_message(folder.mails[number], folder, immutable, select, state["sized"])
        return
    for sequence, what, number in changes_of(folder, state):
        if sequence <= state["after"]:
            continue
        if what == "deleted":
            gone = type("gone", (), {"number": number, "moves": 0})
            yield sequence, {"id": graph_mail.message_id(gone, immutable), "@removed": {"reason": "deleted"}}
        elif what == "updated":
            yield sequence, {"id": graph_mail.message_id(folder.mails[number], immutable),
                             "isRead": folder.mails[number].seen}
        else:
            yield sequence, graph_mail.show_message(folder.mails[number], folder, immutable, select, state["sized"])


def page(folder, state, immutable, size):
    """(entries, "next" or "delta", the state of the link)."""
    entries = []
    after = state["after"]
    for number, entry in entries_of(folder, state, immutable):
        if len(entries) == size:
            return entries, "next", {**state, "after": after}
        entries.append({"@odata.type": "#microsoft.graph.message", **entry})
        after = number
    return entries, "delta", {**state, "kind": "changes", "from": state["to"], "to": None, "after": 0}


def go_on(folder, state, generation, gone_code):
    if state.get("generation") != generation or state.get("folder") != folder.number:
        raise refusal(410, gone_code, "The sync state is not known any more; synchronise from the beginning.")
    if state["to"] is None:
        state = {**state, "to": last_change(folder)}
    return state
