"""Mails and folders as Microsoft Graph shows them, and the way back: mails of JSON and of MIME."""

import base64
import datetime
import email.message
import email.parser
import email.policy
import email.utils
import re

from simulator import Answer, stamp

WELL_KNOWN = {"inbox": "Inbox", "sentitems": "Sent Items", "deleteditems": "Deleted Items", "drafts": "Drafts",
              "junkemail": "Junk Email", "archive": "Archive"}
SIZE_TAG = "Integer 0xe08"


def refusal(status, code, message, headers=None):
    inner = {"date": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S"),
             "request-id": "00000000-0000-0000-0000-000000000000",
             "client-request-id": "00000000-0000-0000-0000-000000000000"}
    return Answer(status, {"error": {"code": code, "message": message, "innerError": inner}}, headers=headers)


def folder_id(folder):
    return f"AAMkFolder{folder.number}AAA="


def message_id(mail, immutable):
    """The usual id changes with each move, the immutable one never."""
    return f"AAkALgImm_{mail.number}-A=" if immutable else f"AAMkAGMut_{mail.number}-{getattr(mail, 'moves', 0)}="


def parse_message_id(text):
    """(number, moves); moves None: of an immutable id."""
    if found := re.fullmatch(r"AAkALgImm_(\d+)-A=", text):
        return int(found[1]), None
    if found := re.fullmatch(r"AAMkAGMut_(\d+)-(\d+)=", text):
        return int(found[1]), int(found[2])
    raise refusal(400, "ErrorInvalidIdMalformed", "Id is malformed.")


def header_of(mail):
    end = re.search(rb"\r?\n\r?\n", mail.raw[:1 << 20])
    head = mail.raw[:end.start()] if end else mail.raw[:1 << 16]
    return email.parser.BytesHeaderParser(policy=email.policy.compat32).parsebytes(head)


def people(head, name):
    pairs = email.utils.getaddresses([str(value) for value in head.get_all(name, [])])
    return [{"emailAddress": {"name": shown or address, "address": address}} for shown, address in pairs if address]


def size_of(mail):
    return getattr(mail, "claimed_size", len(mail.raw))


def has_attachments(mail):
    return b"content-disposition: attachment" in mail.raw[:1 << 20].lower()


def body_of(mail):
    if len(mail.raw) > 1 << 20:
        return {"contentType": "text", "content": ""}
    whole = email.message_from_bytes(mail.raw, policy=email.policy.default)
    part = whole.get_body(("html", "plain"))
    content = part.get_content() if part else ""
    return {"contentType": "html" if part and part.get_content_subtype() == "html" else "text", "content": content}


def show_message(mail, folder, immutable, select=None, sized=False):
    head = header_of(mail)
    sender = (people(head, "From") or [None])[0]
    whole = {
        "createdDateTime": stamp(mail.received),
        "lastModifiedDateTime": stamp(mail.received),
        "changeKey": f"CQAAABYA{mail.version}",
        "receivedDateTime": stamp(mail.received),
        "sentDateTime": stamp(mail.received),
        "hasAttachments": has_attachments(mail),
        "internetMessageId": head.get("Message-ID"),
        "subject": str(head.get("Subject", "")),
        "importance": "normal",
        "parentFolderId": folder_id(folder),
        "isRead": mail.seen,
        "isDraft": getattr(mail, "draft", False),
        "sender": sender,
        "from": sender,
        "toRecipients": people(head, "To"),
        "ccRecipients": people(head, "Cc"),
        "bccRecipients": people(head, "Bcc"),
        "replyTo": people(head, "Reply-To"),
        "body": body_of(mail) if not select or "body" in select else None,
    }
    out = {name: value for name, value in whole.items()
           if (not select or name in select) and (value is not None or name != "sender" and name != "from")}
    if "body" in out and out["body"] is None:
        del out["body"]
    out["id"] = message_id(mail, immutable)
    out["@odata.etag"] = f'W/"CQAAABYA{mail.version}"'
    if sized:
        out["singleValueExtendedProperties"] = [{"id": SIZE_TAG, "value": str(size_of(mail))}]
    return out


def show_folder(folder, parent, children):
    return {"id": folder_id(folder), "displayName": WELL_KNOWN.get(folder.name.lower(), folder.name),
            "parentFolderId": parent, "childFolderCount": children, "isHidden": False,
            "totalItemCount": len(folder.mails),
            "unreadItemCount": sum(not mail.seen for mail in folder.mails.values())}


def mail_of_json(message, sender):
    """The MIME of a message resource."""
    out = email.message.EmailMessage(policy=email.policy.SMTP)
    for field, name in (("toRecipients", "To"), ("ccRecipients", "Cc"), ("bccRecipients", "Bcc")):
        addresses = [person["emailAddress"] for person in message.get(field, [])]
        if addresses:
            out[name] = ", ".join(email.utils.formataddr((a.get("name", ""), a["address"])) for a in addresses)
    out["From"] = message.get("from", {}).get("emailAddress", {}).get("address", sender)
    out["Subject"] = message.get("subject", "")
    out["Message-ID"] = message.get("internetMessageId") or email.utils.make_msgid(domain="graph.example.org")
    out["Date"] = email.utils.format_datetime(datetime.datetime.now(datetime.timezone.utc))
    for header in message.get("internetMessageHeaders", []):
        if not header["name"].lower().startswith("x-"):
            raise refusal(400, "InvalidInternetMessageHeader", f"The internet message header name '{header['name']}'"
                          " should start with 'x-' or 'X-'.")
        out[header["name"]] = header["value"]
    body = message.get("body", {})
    out.set_content(body.get("content", ""), subtype="html" if body.get("contentType", "").lower() == "html" else "plain")
    raw = out.as_bytes()
    for attachment in message.get("attachments", []):
        raw = with_attachment(raw, attachment, base64.b64decode(attachment["contentBytes"]))
    return raw


def with_attachment(raw, item, content):
    whole = email.message_from_bytes(raw, policy=email.policy.SMTP)
    main, _, sub = (item.get("contentType") or "application/octet-stream").partition("/")
    whole.add_attachment(content, maintype=main, subtype=sub or "octet-stream", filename=item["name"])
    return whole.as_bytes()


def mail_of_mime(body):
    try:
        raw = base64.b64decode(b"".join(body.split()), validate=True)
    except ValueError:
        raw = b""
    if not raw:
        raise refusal(400, "ErrorMimeContentInvalidBase64String", "Invalid base64 string for MIME content.")
    return raw


def without_bcc(raw):
    head, blank, rest = raw.partition(b"\r\n\r\n")
    return re.sub(rb"(?im)^bcc:.*\r?\n([ \t].*\r?\n)*", b"", head + b"\r\n") .rstrip(b"\r\n") + blank + rest
