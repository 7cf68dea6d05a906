"""Delivers mails into the lab's mailboxes over LMTP (RFC 2033), many on one connection."""
import smtplib


def deliver(port, user, mails, sender):
    connection = smtplib.LMTP("127.0.0.1", port, local_hostname="localhost")
    try:
        count = 0
        for mail in mails:
            connection.sendmail(sender, [f"{user}@localhost"], mail)
            count += 1
        return count
    finally:
        connection.close()
