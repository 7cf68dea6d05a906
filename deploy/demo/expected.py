"""The demo's mails and what each must become, with the example partitions in deploy/examples."""
from dataclasses import dataclass
from pathlib import Path

MAILS = Path(__file__).resolve().parent / "mails"
# The demo lowers the limit of the IT mailbox, so that its oversized mail need not be huge.
DEMO_MAIL_LIMIT = 1024 * 1024

ANSWERED, REFUSED = "answered", "refused"


@dataclass(frozen=True)
class Logged:
    """A mail that becomes a call; its user gets an acknowledgement, or the mail server refuses it."""
    file: str
    mailbox: str        # the login
    partition: str
    message_id: str
    subject: str
    user: str
    address: str
    analyst: str
    people_case: str
    priority: str
    says: str           # words of the call's text
    created: bool = False
    flag_switched: bool = False
    attachments: tuple = ()
    answer: str = ANSWERED


LOGGED = (
    Logged("it-1-analyst.eml", "it", "IT", "demo-it-1@example.org",
           "Print server in Leeds rejects every second job", "Tom Ward", "tom.ward@example.org",
           "Tom Ward", "ANALYST_AND_USER", "3 Medium", "driver mismatch"),
    Logged("it-2-user.eml", "it", "IT", "demo-it-2@example.org",
           "Calendar shows meetings an hour too early", "Rosa Lind", "rosa.lind@example.org",
           "Ines Keller", "USER_ONLY", "3 Medium", "since the clocks went back –"),
    Logged("it-3-unknown.eml", "it", "IT", "demo-it-3@example.net",
           "Cannot join the video call", "Nora Quist", "nora.quist@example.net",
           "Ines Keller", "UNKNOWN_SENDER", "3 Medium", "the video call stays black", created=True),
    Logged("it-4-html-only.eml", "it", "IT", "demo-it-4@example.org",
           "Three machines for the new colleagues", "Rosa Lind", "rosa.lind@example.org",
           "Ines Keller", "USER_ONLY", "3 Medium", "Thank you & best wishes"),
    Logged("it-5-analyst-only.eml", "it", "IT", "demo-it-5@example.org",
           "My own docking station has died", "Ines Keller", "i.keller@example.org",
           "Ines Keller", "ANALYST_ONLY", "3 Medium", "no power light", flag_switched=True),
    Logged("it-6-no-subject.eml", "it", "IT", "demo-it-6@example.org",
           "Mail to the IT Service Desk", "Rosa Lind", "rosa.lind@example.org",
           "Ines Keller", "USER_ONLY", "3 Medium", "scanner on the second floor"),
    Logged("support-1-attachment.eml", "support", "SUPPORT", "demo-support-1@customer.example.com",
           "Export stops at 98 percent", "Ada Customer", "ada@customer.example.com",
           "Mara Finch", "USER_ONLY", "Normal", "every export stops",
           attachments=(("export.csv", 51), ("Bildschirm.png", 68))),
    Logged("support-2-umlauts.eml", "support", "SUPPORT", "demo-support-2@kunde.example.net",
           "Rückfrage zur Rechnung – Überweisung getrennt?", "Jürgen Müller",
           "juergen@kunde.example.net", "Mara Finch", "UNKNOWN_SENDER", "Normal",
           "können wir die Beträge getrennt überweisen?", created=True),
    Logged("support-3-refused.eml", "support", "SUPPORT", "demo-support-3@example.net",
           "My address does not take answers", "Somebody", "unknown.person@example.net",
           "Mara Finch", "UNKNOWN_SENDER", "Normal", "refuses the answer", created=True,
           answer=REFUSED),
    Logged("hr-1-analyst.eml", "hr", "HR", "demo-hr-1@example.org",
           "Leave in the first week of December", "Vera Stone", "vera.stone@example.org",
           "Vera Stone", "ANALYST_ONLY", "Standard", "\n.\nA line that is only a dot",
           flag_switched=True),
    Logged("hr-2-unknown.eml", "hr", "HR", "demo-hr-2@example.org",
           "Mein Arbeitszeugnis für Größe & Co", "Zoë Adler", "zoe.adler@example.org",
           "Zoë Adler", "UNKNOWN_SENDER", "Standard", "bis Freitag hätte", created=True),
)

# Delivered a second time: the ledger says duplicate, and there is no second call.
TWICE = ("it", "it-2-user.eml")

# Outcomes per incoming server; they sum to all mails that each mailbox ever showed.
LEDGER = {
    "it-inbox": {"logged": 6, "suppressed:duplicate": 1, "quarantined:mail_too_large": 1},
    "support-inbox": {"logged": 3},
    "hr-inbox": {"logged": 2},
}

# What lies in each mailbox afterwards, by after_commit: (mails, of these seen).
MAILBOXES = {"it": (8, 8), "support": (3, 0), "hr": (0, 0)}


def oversized():
    """A mail over the demo's limit: a film that somebody wanted to share."""
    line = "UG9zdHJvb20gdHVybnMgZS1tYWlsIGludG8gaGVscGRlc2sgY2FsbHMuIFBvc3Ryb29tLiBQb3N0\n"
    head = ("From: Rosa Lind <rosa.lind@example.org>\nTo: it@example.org\n"
            "Subject: The film of the summer party\nDate: Mon, 02 Nov 2026 09:20:00 +0000\n"
            "Message-ID: <demo-it-7@example.org>\nMIME-Version: 1.0\n"
            "Content-Type: video/mp4\nContent-Transfer-Encoding: base64\n"
            "Content-Disposition: attachment; filename=\"party.mp4\"\n\n")
    return (head + line * (DEMO_MAIL_LIMIT // len(line) + 100)).encode()


def to_deliver():
    """(mailbox, what a person calls it, the raw mail), in the order in which they arrive."""
    for mail in LOGGED:
        yield mail.mailbox, mail.file, (MAILS / mail.file).read_bytes()
    yield TWICE[0], f"{TWICE[1]} once more", (MAILS / TWICE[1]).read_bytes()
    yield "it", "an oversized film", oversized()
