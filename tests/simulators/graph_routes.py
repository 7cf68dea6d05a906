"""What each request of the Graph simulator does."""

import base64
import random
import re
import secrets
import urllib.parse

import graph_delta
import graph_subscriptions
from graph_mail import (WELL_KNOWN, folder_id, has_attachments, header_of, mail_of_json, parse_message_id, people,
                        refusal, show_folder, show_message, with_attachment, without_bcc)
from simulator import Answer

NAMES = {"me", "users", "mailFolders", "childFolders", "messages", "delta", "$value", "attachments", "sendMail", "send",
         "move", "createUploadSession", "subscriptions", "$batch", "upload", "permanentDelete", "$count"}
SMALLEST_UPLOAD, LARGEST_UPLOAD = 3 << 20, 150 << 20


def template_of(path):
    """"/v1.0/users/a@b/messages/AAMk=/move" -> "me/messages/{id}/move"."""
    parts = [urllib.parse.unquote(part) for part in path.strip("/").split("/")]
    if parts[0] == "v1.0":
        parts = parts[1:]
    if parts[:1] == ["users"]:
        parts = ["me"] + parts[2:]
    return "/".join(part if part in NAMES else "{id}" for part in parts)


# --- folders ---

def parent_of(box, folder):
    return getattr(folder, "parent", None)


def children_of(box, parent):
    return [folder for folder in box.folders.values() if parent_of(box, folder) is parent]


def make_child(box, parent, name):
    key = name if parent is None else f"{parent.number}/{name}"
    if any(shown_name(folder).lower() == name.lower() for folder in children_of(box, parent)):
        raise refusal(409, "ErrorFolderExists", "A folder with the specified name already exists.")
    folder = box.make_folder(key)
    folder.name, folder.parent = name, parent
    return folder


def shown_name(folder):
    return WELL_KNOWN.get(folder.name.lower(), folder.name)


def make_path(box, names):
    place = None
    for name in names:
        found = [f for f in children_of(box, place) if shown_name(f).lower() == name.lower()]
        place = found[0] if found else make_child(box, place, name)
    return place


def find_folder(box, name):
    if name.lower() in WELL_KNOWN:
        return box.folders[name.lower()]
    for folder in box.folders.values():
        if folder_id(folder) == name:
            return folder
    raise refusal(404, "ErrorItemNotFound", "The specified object was not found in the store.")


def show(box, folder):
    parent = parent_of(box, folder)
    return show_folder(folder, folder_id(parent) if parent else "AAMkRoot=", len(children_of(box, folder)))


def paged(request, entries):
    """A page of a collection; the link goes on where it ends."""
    size = request.page_size()
    start = int(request.query.get("$skip", 0))
    out = {"@odata.context": f"{request.base}/$metadata", "value": entries[start:start + size]}
    if len(entries) > start + size:
        query = urllib.parse.urlencode({**request.query, "$skip": start + size})
        out["@odata.nextLink"] = f"{request.base}/{'/'.join(map(urllib.parse.quote, request.parts[1:]))}?{query}"
    return Answer(200, out)


def filtered(request, entries):
    """Only `name eq 'text'`, as in the requests of the tests."""
    wanted = re.fullmatch(r"(\w+) eq (?:'(.*)'|(true|false))", request.query.get("$filter", ""))
    if not wanted:
        if "$filter" in request.query:
            raise refusal(400, "ErrorInvalidUrlQueryFilter", "The query filter contains unsupported clauses.")
        return entries
    name, text, flag = wanted.groups()
    if flag:
        return [entry for entry in entries if entry.get(name) == (flag == "true")]
    return [entry for entry in entries if str(entry.get(name, "")).lower() == text.replace("''", "'").lower()]


def folders(sim, request, box, parent):
    if request.method == "POST":
        folder = make_child(box, parent, request.json()["displayName"])
        return Answer(201, {"@odata.context": f"{request.base}/$metadata#mailFolders/$entity", **show(box, folder)})
    return paged(request, filtered(request, [show(box, folder) for folder in children_of(box, parent)]))


# --- messages ---

def find_mail(sim, request, box, name, fault=None):
    number, moves = parse_message_id(name)
    folder, mail = sim.store.find(box.user, number)
    if not mail or (fault or {}).get("lie") == "elsewhere" or (moves is not None and moves != getattr(mail, "moves", 0)):
        raise refusal(404, "ErrorItemNotFound", "The specified object was not found in the store.")
    return folder, mail


def messages(sim, request, box, folder, fault):
    if request.method == "POST":
        return make_draft(sim, request, box)
    select = set(filter(None, request.query.get("$select", "").split(",")))
    places = [folder] if folder else list(box.folders.values())
    found = [(mail, place) for place in places for mail in place.mails.values()]
    found.sort(key=lambda pair: pair[0].number, reverse=True)
    shown = [show_message(mail, place, request.immutable) for mail, place in found]
    kept = {entry["id"] for entry in filtered(request, shown)}
    entries = [{name: value for name, value in entry.items()
                if not select or name in select or name in ("id", "@odata.etag")} for entry in shown if entry["id"] in kept]
    return paged(request, entries)


def delta(sim, request, box, folder, fault):
    tokens = [request.query[name] for name in ("$skiptoken", "$deltatoken") if name in request.query]
    if tokens:
        state = graph_delta.go_on(folder, graph_delta.state_of(tokens[0]), sim.generation, sim.gone_code)
    else:
        state = graph_delta.first_state(folder, request.query, sim.generation)
    if fault.get("lie") == "nosize":
        state["sized"] = False
    entries, kind, following = graph_delta.page(folder, state, request.immutable, request.page_size())
    lie = fault.get("lie")
    if lie == "duplicate":
        entries = [entry for entry in entries for _ in range(2)]
    if lie == "reorder":
        random.Random(7).shuffle(entries)
    if lie == "repeat" and folder.mails:
        entries.append(show_message(min(folder.mails.values(), key=lambda mail: mail.number), folder, request.immutable,
                                    None, state["sized"]))
    base = "http://elsewhere.example.org/v1.0" if lie == "foreign" else request.base
    link = f"{base}/{'/'.join(map(urllib.parse.quote, request.parts[1:]))}"
    link += f"?${'skip' if kind == 'next' else 'delta'}token={graph_delta.token_of(following)}"
    answer = Answer(200, {"@odata.context": f"{request.base}/$metadata#Collection(message)",
                          f"@odata.{kind}Link": link, "value": entries})
    answer.idle = "$deltatoken" in request.query and not entries
    return answer


def message(sim, request, box, name, fault):
    folder, mail = find_mail(sim, request, box, name, fault)
    if request.method == "GET":
        select = set(filter(None, request.query.get("$select", "").split(",")))
        sized = "0x0e08" in request.query.get("$expand", "").lower()
        return Answer(200, {"@odata.context": f"{request.base}/$metadata#messages/$entity",
                            **show_message(mail, folder, request.immutable, select, sized)})
    if request.method == "PATCH":
        wanted = request.json()
        if "isRead" in wanted:
            sim.store.mark(folder, mail, bool(wanted["isRead"]))
        return Answer(200, show_message(mail, folder, request.immutable))
    if request.method == "DELETE":
        if folder is box.folders["deleteditems"]:
            sim.store.remove(folder, mail.number)
        else:
            place(sim, box, folder, mail, box.folders["deleteditems"])
        return Answer(204)
    raise refusal(405, "ErrorMethodNotAllowed", "The method is not allowed here.")


def place(sim, box, source, mail, target):
    mail.moves = getattr(mail, "moves", 0) + 1
    sim.store.move(source, target, mail)


def move(sim, request, box, name, fault):
    folder, mail = find_mail(sim, request, box, name, fault)
    place(sim, box, folder, mail, find_folder(box, request.json()["destinationId"]))
    target, mail = sim.store.find(box.user, mail.number)
    return Answer(201, show_message(mail, target, request.immutable))


# --- sending ---

def make_draft(sim, request, box):
    raw = request.mime()
    raw = raw if raw is not None else mail_of_json(request.json(), box.user)
    mail = sim.store.deliver(box.user, raw, "drafts")
    mail.draft = mail.seen = True
    return Answer(201, {"@odata.context": f"{request.base}/$metadata#messages/$entity",
                        **show_message(mail, box.folders["drafts"], request.immutable)})


def recipients_of(mail):
    head = header_of(mail)
    return [person["emailAddress"]["address"] for name in ("To", "Cc", "Bcc") for person in people(head, name)]


def deliver_all(sim, box, mail, saved, draft):
    to = recipients_of(mail)
    if not to:
        raise refusal(400, "ErrorInvalidRecipients", "At least one recipient isn't valid.")
    if any("@" not in address or address.endswith("@invalid.example") for address in to):
        raise refusal(400, "ErrorInvalidRecipients", "At least one recipient isn't valid., Recipient is not resolved.")
    sender = (people(header_of(mail), "From") or [{"emailAddress": {"address": box.user}}])[0]["emailAddress"]["address"]
    if sender.lower() != box.user:
        raise refusal(403, "ErrorSendAsDenied", "The user account which was used to submit this request does not have the"
                      " right to send mail on behalf of the specified sending account.")
    sim.sent.append({"user": box.user, "to": to, "size": len(mail.raw), "saved": saved, "draft": draft})
    for address in to:
        if address.lower() in sim.store.mailboxes:
            sim.store.deliver(address, without_bcc(mail.raw))


def send_mail(sim, request, box):
    raw, saved = request.mime(), True
    if raw is None:
        wanted = {name.lower(): value for name, value in request.json().items()}
        raw = mail_of_json(wanted["message"], box.user)
        saved = str(wanted.get("savetosentitems", True)).lower() != "false"
    mail = sim.store.deliver(box.user, raw, "sentitems" if saved else "outbox")
    folder, _ = sim.store.find(box.user, mail.number)
    mail.seen = True
    try:
        deliver_all(sim, box, mail, saved, False)
    except Answer:
        sim.store.remove(folder, mail.number)
        raise
    if not saved:
        sim.store.remove(folder, mail.number)
    return Answer(202)


def send_draft(sim, request, box, name):
    folder, mail = find_mail(sim, request, box, name)
    if not getattr(mail, "draft", False):
        raise refusal(400, "ErrorInvalidOperation", "The item is no draft.")
    deliver_all(sim, box, mail, True, True)
    mail.draft = False
    place(sim, box, folder, mail, box.folders["sentitems"])
    return Answer(202)


def attachments(sim, request, box, name):
    _, mail = find_mail(sim, request, box, name)
    if request.method == "GET":
        return Answer(200, {"value": [] if not has_attachments(mail) else [{"id": "AAMkAtt=", "name": "a", "size": 1}]})
    item = request.json()
    mail.raw = with_attachment(mail.raw, item, base64.b64decode(item["contentBytes"]))
    return Answer(201, {"@odata.type": "#microsoft.graph.fileAttachment", "id": f"AAMkAtt{len(mail.raw)}=",
                        "name": item["name"], "size": len(item["contentBytes"]) * 3 // 4, "isInline": False})


def create_upload(sim, request, box, name):
    _, mail = find_mail(sim, request, box, name)
    item = {key[:1].lower() + key[1:]: value for key, value in request.json().items()}["attachmentItem"]
    if item["size"] < SMALLEST_UPLOAD:
        raise refusal(400, "ErrorAttachmentSizeShouldNotBeLessThanMinimumSize", "The attachment is under 3 MB.")
    if item["size"] > LARGEST_UPLOAD:
        raise refusal(400, "ErrorAttachmentSizeLimitExceeded", "The attachment is over 150 MB.")
    token = secrets.token_urlsafe(12)
    sim.uploads[token] = {"user": box.user, "number": mail.number, "item": item, "data": b""}
    root = request.base.removesuffix("/v1.0")
    return Answer(201, {"@odata.context": f"{request.base}/$metadata#microsoft.graph.uploadSession",
                        "uploadUrl": f"{root}/upload/{token}", "expirationDateTime": "2099-01-01T00:00:00Z",
                        "nextExpectedRanges": ["0-"]})


def upload(sim, request):
    session = sim.uploads.get(request.parts[1])
    if not session:
        raise refusal(404, "ErrorItemNotFound", "The upload session is gone.")
    if request.method == "DELETE":
        del sim.uploads[request.parts[1]]
        return Answer(204)
    where = re.fullmatch(r"bytes (\d+)-(\d+)/(\d+)", request.headers.get("content-range", ""))
    first, last, total = map(int, where.groups()) if where else (-1, -1, -1)
    if first != len(session["data"]) or last - first + 1 != len(request.body) or total != session["item"]["size"] or \
            len(request.body) > 4 << 20:
        raise refusal(416, "invalidRange", "The uploaded range is not the expected one.")
    session["data"] += request.body
    if len(session["data"]) < total:
        return Answer(200, {"ExpirationDateTime": "2099-01-01T00:00:00Z",
                            "NextExpectedRanges": [str(len(session["data"]))]})
    with sim.store.lock:
        _, mail = sim.store.find(session["user"], session["number"])
        mail.raw = with_attachment(mail.raw, session["item"], session["data"])
    del sim.uploads[request.parts[1]]
    return Answer(201, b"", headers={"Location": f"{request.base}/attachments/AAMkAtt="})


# --- all of it ---

def mailbox_of(sim, request, who):
    """(mailbox, the parts below it)."""
    parts = request.parts[1:]
    if parts[0] == "me":
        if who is None:
            raise refusal(400, "BadRequest", "/me request is only valid with delegated authentication flow.")
        return sim.store.mailbox(who), parts[1:]
    if parts[0] != "users" or len(parts) < 2:
        raise refusal(400, "BadRequest", f"Resource not found for the segment '{parts[0]}'.")
    user = parts[1].lower()
    if user not in sim.store.mailboxes:
        raise refusal(404, "ErrorInvalidUser", "The requested user is invalid.")
    if who is not None and who != user and (user, who) not in sim.shares:
        raise refusal(403, "ErrorAccessDenied", "Access is denied. Check credentials and try again.")
    return sim.store.mailbox(user), parts[2:]


def route(sim, request, who, fault):
    if request.parts[:1] != ["v1.0"] or len(request.parts) < 2:
        raise refusal(400, "BadRequest", "Invalid version.")
    if request.parts[1] == "subscriptions":
        return graph_subscriptions.answer(sim, request, who)
    with sim.store.lock:
        box, parts = mailbox_of(sim, request, who)
        if not parts:
            return Answer(200, {"id": box.user, "userPrincipalName": box.user, "mail": box.user, "displayName": box.user})
        return route_in(sim, request, box, parts, fault)


def route_in(sim, request, box, parts, fault):
    folder = None
    if parts == ["sendMail"] and request.method == "POST":
        return send_mail(sim, request, box)
    if parts[0] == "mailFolders":
        if len(parts) == 1:
            return folders(sim, request, box, None)
        folder, parts = find_folder(box, parts[1]), parts[2:]
        while len(parts) >= 2 and parts[0] == "childFolders":
            folder, parts = find_folder(box, parts[1]), parts[2:]
        if not parts:
            return Answer(200, {"@odata.context": f"{request.base}/$metadata#mailFolders/$entity", **show(box, folder)})
        if parts == ["childFolders"]:
            return folders(sim, request, box, folder)
    if parts[0] != "messages":
        raise refusal(400, "BadRequest", f"Resource not found for the segment '{parts[0]}'.")
    if len(parts) == 1:
        return messages(sim, request, box, folder, fault)
    if parts[1:] == ["delta"] and folder:
        return delta(sim, request, box, folder, fault)
    return route_message(sim, request, box, parts[1], parts[2:], fault)


def route_message(sim, request, box, name, parts, fault):
    if not parts:
        return message(sim, request, box, name, fault)
    if parts == ["$value"]:
        return Answer(200, find_mail(sim, request, box, name, fault)[1].raw, "text/plain")
    if parts == ["move"] and request.method == "POST":
        return move(sim, request, box, name, fault)
    if parts == ["send"] and request.method == "POST":
        return send_draft(sim, request, box, name)
    if parts == ["attachments"]:
        return attachments(sim, request, box, name)
    if parts == ["attachments", "createUploadSession"] and request.method == "POST":
        return create_upload(sim, request, box, name)
    raise refusal(400, "BadRequest", f"Resource not found for the segment '{parts[0]}'.")
