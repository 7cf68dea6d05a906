"""What Python's own package `email` reads of each mail of a folder, as JSON on standard output:
name, subject, from_name, from_addr (null: no such field) and the texts it would show."""

import email
import email.policy
import email.utils
import json
import pathlib
import sys


def texts(part):
    """All plain texts and HTML that are no files; of an alternative the plain texts, if any."""
    if part.get_content_maintype() == "message" or part.is_attachment():
        return []
    if part.is_multipart():
        found = [text for inner in part.iter_parts() for text in texts(inner)]
        plain = [text for text in found if text["kind"] == "text/plain"]
        return plain if plain and part.get_content_subtype() == "alternative" else found
    kind = part.get_content_type()
    shown = kind in ("text/plain", "text/html")
    return [{"kind": kind, "text": part.get_content()}] if shown else []


def read(path):
    mail = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    # Today's policy drops comments; names that stand in one are read by the older one.
    header = email.message_from_bytes(path.read_bytes())["from"]
    sender = header and email.utils.parseaddr(header)
    return {
        "name": path.name,
        "subject": mail["subject"] and str(mail["subject"]),
        "from_name": sender and sender[0],
        "from_addr": sender and sender[1],
        "texts": texts(mail),
    }


if __name__ == "__main__":
    json.dump([read(p) for p in sorted(pathlib.Path(sys.argv[1]).iterdir())], sys.stdout)
