"""Mails as a helpdesk gets them: plain, HTML and with attachments; sizes follow a log-normal law."""
import base64
import email.utils
import math

WORDS = ("printer network password account mailbox calendar laptop screen keyboard order invoice "
         "contract salary holiday meeting room phone headset update error message window button "
         "please again since yesterday morning cannot open close start print scan send receive "
         "connect slow broken missing wrong access rights folder share drive backup report table "
         "figure customer delivery address colleague manager office building floor number").split()
TROUBLES = ("cannot log in", "printer jams", "no access to the share", "laptop is slow",
            "question about my holiday", "invoice does not match", "Bildschirm flackert",
            "headset has no sound", "VPN drops every hour", "new colleague needs an account")
# Spread of the log-normal law: most mails are small, a few carry most of the bytes.
SIGMA = 1.0
HEADER_BYTES = 700


class Writer:
    """Deterministic for one source of chance. Not for use by several threads."""

    def __init__(self, chance, mean, senders, user):
        self.chance = chance
        self.senders = senders
        self.user = user
        self.mu = math.log(max(mean - HEADER_BYTES, 200)) - SIGMA ** 2 / 2
        self.text = " ".join(chance.choices(WORDS, k=40000))
        self.noise = base64.encodebytes(chance.randbytes(192 * 1024)).decode()

    def paragraph(self, size):
        at = self.chance.randrange(0, len(self.text) - 80)
        lines = []
        while size > 0:
            if at + 72 >= len(self.text):
                at = 0
            line = self.text[at:at + min(72, max(1, size))].strip()
            lines.append(line)
            at += 72
            size -= 73
        return "\n".join(lines) + "\n"

    def file_text(self, size):
        """Base64 lines of at most `size` bytes in all, at least one."""
        whole, rest = divmod(max(77, size), len(self.noise))
        return self.noise * whole + self.noise[:rest - rest % 77]

    def head(self, number, content_type):
        sender = self.chance.randrange(self.senders)
        when = 1_700_000_000 + number * 37
        return (f"Return-Path: <person{sender}@example.org>\n"
                f"Received: from mx{sender % 7}.example.org (mx.example.org [192.0.2.{sender % 250}])\n"
                f"\tby mail.helpdesk.test with ESMTPS id {number:08x};\n"
                f"\t{email.utils.formatdate(when)}\n"
                f"Authentication-Results: mail.helpdesk.test; spf=pass\n"
                f"\tsmtp.mailfrom=example.org; dkim=pass header.d=example.org\n"
                f"From: \"Person {sender}\" <person{sender}@example.org>\n"
                f"To: {self.user}@helpdesk.test\n"
                f"Subject: {self.chance.choice(TROUBLES)} ({number})\n"
                f"Date: {email.utils.formatdate(when)}\n"
                f"Message-ID: <{number}.{self.chance.getrandbits(64):016x}@example.org>\n"
                f"MIME-Version: 1.0\nContent-Type: {content_type}\n")

    def mail(self, number):
        size = int(self.chance.lognormvariate(self.mu, SIGMA))
        kind = self.chance.random()
        if size > 20000 or kind < 0.15:
            return self.with_file(number, size)
        return self.plain(number, size) if kind < 0.55 else self.html(number, size)

    def plain(self, number, size):
        return (self.head(number, "text/plain; charset=utf-8") + "Content-Transfer-Encoding: 8bit\n"
                f"\nGrüße,\n{self.paragraph(size)}").encode()

    def html(self, number, size):
        edge = f"alt-{number:x}"
        text = self.paragraph(size // 3)
        rich = "</p>\n<p>".join(self.paragraph(size * 2 // 3).splitlines())
        return (self.head(number, f"multipart/alternative; boundary=\"{edge}\"") +
                f"\n--{edge}\nContent-Type: text/plain; charset=utf-8\n\n{text}\n"
                f"--{edge}\nContent-Type: text/html; charset=utf-8\n\n"
                f"<html><body><p>{rich}</p></body></html>\n--{edge}--\n").encode()

    def with_file(self, number, size):
        edge = f"mix-{number:x}"
        text = min(1500, size // 4)
        return (self.head(number, f"multipart/mixed; boundary=\"{edge}\"") +
                f"\n--{edge}\nContent-Type: text/plain; charset=utf-8\n\n{self.paragraph(text)}\n"
                f"--{edge}\nContent-Type: application/octet-stream\n"
                f"Content-Disposition: attachment; filename=\"report-{number}.bin\"\n"
                f"Content-Transfer-Encoding: base64\n\n{self.file_text(size - text)}"
                f"\n--{edge}--\n").encode()

    def big(self, number, size):
        return self.with_file(number, size)
