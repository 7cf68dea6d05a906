"""How Exchange Web Services write things down: identifiers, items, folders, envelopes. See ews.py."""

import base64
import email.parser
import email.policy
import xml.etree.ElementTree as ElementTree
from xml.sax.saxutils import escape, quoteattr

from simulator import stamp

T = "http://schemas.microsoft.com/exchange/services/2006/types"
M = "http://schemas.microsoft.com/exchange/services/2006/messages"
S = "http://schemas.xmlsoap.org/soap/envelope/"
ERRORS = "http://schemas.microsoft.com/exchange/services/2006/errors"
SPACES = f'xmlns:s="{S}" xmlns:m="{M}" xmlns:t="{T}"'

DISPLAY_NAMES = {"sentitems": "Sent Items", "deleteditems": "Deleted Items", "junkemail": "Junk Email",
                 "inbox": "Inbox", "drafts": "Drafts", "outbox": "Outbox", "calendar": "Calendar",
                 "contacts": "Contacts", "archive": "Archive"}
CLASSES = {"calendar": "IPF.Appointment", "contacts": "IPF.Contact"}
ITEM_CLASSES = {"Message": "IPM.Note", "Contact": "IPM.Contact", "MeetingRequest": "IPM.Schedule.Meeting.Request"}


def local(element):
    return element.tag.rsplit("}", 1)[-1]


def encode_id(kind, user, number):
    return kind + base64.b64encode(f"{user}|{number}".encode()).decode()


def decode_id(text):
    """(user, number), or (None, None)."""
    try:
        user, number = base64.b64decode(text[4:]).decode().split("|")
        return user, int(number)
    except ValueError:
        return None, None


def item_id(user, mail, tag="ItemId"):
    return f'<t:{tag} Id="{encode_id("AAMk", user, mail.number)}" ChangeKey="CQ{mail.version:06d}"/>'


def folder_id(user, number, tag="FolderId"):
    return f'<t:{tag} Id="{encode_id("AQMk", user, number)}" ChangeKey="AQAAAA=="/>'


def envelope(body, header=True):
    version = ('<s:Header><t:ServerVersionInfo MajorVersion="15" MinorVersion="2" MajorBuildNumber="1544" '
               'MinorBuildNumber="4" Version="V2017_07_11"/></s:Header>' if header else "")
    return f'<?xml version="1.0" encoding="utf-8"?><s:Envelope {SPACES}>{version}<s:Body>{body}</s:Body></s:Envelope>'


def back_off_xml(milliseconds):
    return "" if milliseconds is None else f'<t:Value Name="BackOffMilliseconds">{milliseconds}</t:Value>'


def fault(code, text, milliseconds=None):
    more = f'<t:MessageXml>{back_off_xml(milliseconds)}</t:MessageXml>' if milliseconds is not None else ""
    return envelope(f'<s:Fault><faultcode xmlns:a="{T}">a:{code}</faultcode><faultstring xml:lang="en-US">{escape(text)}'
                    f'</faultstring><detail><e:ResponseCode xmlns:e="{ERRORS}">{code}</e:ResponseCode>'
                    f'<e:Message xmlns:e="{ERRORS}">{escape(text)}</e:Message>{more}</detail></s:Fault>', header=False)


def message(operation, code="NoError", content="", after="", more=""):
    """One response message; `content` belongs to its success, `after` to either."""
    if code == "NoError":
        head = "<m:ResponseCode>NoError</m:ResponseCode>"
    else:
        extra = f"<m:MessageXml>{more}</m:MessageXml>" if more else ""
        head = (f"<m:MessageText>It went wrong: {code}.</m:MessageText><m:ResponseCode>{code}</m:ResponseCode>"
                f"<m:DescriptiveLinkKey>0</m:DescriptiveLinkKey>{extra}")
        content = ""
    level = "Success" if code == "NoError" else "Error"
    return f'<m:{operation}ResponseMessage ResponseClass="{level}">{head}{content}{after}</m:{operation}ResponseMessage>'


def response(operation, messages):
    return envelope(f'<m:{operation}Response><m:ResponseMessages>{"".join(messages)}</m:ResponseMessages></m:{operation}Response>')


class Shape:
    """What a request wants to know of each item or folder."""

    def __init__(self, element):
        self.base, self.mime, self.fields, self.extended = "IdOnly", False, set(), []
        for part in element if element is not None else ():
            if local(part) == "BaseShape":
                self.base = part.text
            elif local(part) == "IncludeMimeContent":
                self.mime = part.text == "true"
            elif local(part) == "AdditionalProperties":
                for path in part:
                    if local(path) == "FieldURI":
                        self.fields.add(path.get("FieldURI"))
                    elif local(path) == "ExtendedFieldURI":
                        self.extended.append(dict(path.attrib))
        self.mime = self.mime or "item:MimeContent" in self.fields

    def wants(self, field):
        return self.base != "IdOnly" or field in self.fields


def headers_of(mail):
    return email.parser.BytesHeaderParser(policy=email.policy.compat32).parsebytes(mail.raw[:65536])


def property_key(attributes):
    if "PropertyTag" in attributes:
        return int(attributes["PropertyTag"], 0)
    return (attributes.get("DistinguishedPropertySetId") or attributes.get("PropertySetId"),
            attributes.get("PropertyName") or attributes.get("PropertyId"))


def property_of(mail, attributes):
    """The value of an extended property as text, or None."""
    key = property_key(attributes)
    known = {0x0E07: lambda: str(int(mail.seen)), 0x0E08: lambda: str(len(mail.raw)), 0x0E06: lambda: stamp(mail.received),
             0x0E23: lambda: str(mail.number), 0x0FF9: lambda: base64.b64encode(str(mail.number).encode()).decode(),
             0x0037: lambda: headers_of(mail).get("Subject", ""), 0x670E: lambda: f"/{mail.number}.EML",
             0x10F3: lambda: f"{mail.number}.EML", 0x3008: lambda: stamp(mail.received)}
    if key in mail.props:
        return mail.props[key]
    if key in known:
        return known[key]()
    if attributes.get("DistinguishedPropertySetId") == "InternetHeaders":
        return headers_of(mail).get(attributes.get("PropertyName", ""))
    return None


def extended_xml(attributes, value):
    path = " ".join(f"{name}={quoteattr(text)}" for name, text in attributes.items())
    return f"<t:ExtendedProperty><t:ExtendedFieldURI {path}/><t:Value>{escape(value)}</t:Value></t:ExtendedProperty>"


def item_xml(user, folder, mail, shape, tag=None, subject=None):
    """In the order of the schema. `subject`: text put in as it stands, however wrong."""
    out = []
    if shape.mime:
        out.append(f'<t:MimeContent CharacterSet="UTF-8">{base64.b64encode(mail.raw).decode()}</t:MimeContent>')
    out.append(item_id(user, mail))
    if shape.wants("item:ParentFolderId"):
        out.append(folder_id(user, folder.number, "ParentFolderId"))
    if shape.wants("item:ItemClass"):
        out.append(f"<t:ItemClass>{ITEM_CLASSES.get(mail.kind, 'IPM.Note')}</t:ItemClass>")
    if subject is not None:
        out.append(f"<t:Subject>{subject}</t:Subject>")
    elif shape.wants("item:Subject"):
        out.append(f'<t:Subject>{escape(str(headers_of(mail).get("Subject", "")))}</t:Subject>')
    if shape.wants("item:DateTimeReceived"):
        out.append(f"<t:DateTimeReceived>{stamp(mail.received)}</t:DateTimeReceived>")
    if shape.wants("item:Size"):
        out.append(f"<t:Size>{len(mail.raw)}</t:Size>")
    for attributes in shape.extended:
        value = property_of(mail, attributes)
        if value is not None:
            out.append(extended_xml(attributes, value))
    if mail.kind != "Contact" and shape.wants("message:IsRead"):
        out.append(f"<t:IsRead>{str(mail.seen).lower()}</t:IsRead>")
    tag = tag or mail.kind
    return f"<t:{tag}>{''.join(out)}</t:{tag}>"


def folder_name(folder):
    last = folder.name.rsplit("/", 1)[-1]
    return DISPLAY_NAMES.get(folder.name.lower(), last)


def folder_xml(user, mailbox, folder, shape):
    """`folder` None: the root."""
    children = [f for f in mailbox.folders.values() if parent_of(mailbox, f) is folder]
    number = folder.number if folder else 0
    out = [folder_id(user, number)]
    if shape.base != "IdOnly" or shape.fields:
        parent = parent_of(mailbox, folder) if folder else None
        out.append(folder_id(user, parent.number if parent else 0, "ParentFolderId"))
        out.append(f"<t:FolderClass>{CLASSES.get(folder.name.lower(), 'IPF.Note') if folder else 'IPF.Note'}</t:FolderClass>")
        out.append(f"<t:DisplayName>{escape(folder_name(folder) if folder else 'Top of Information Store')}</t:DisplayName>")
        out.append(f"<t:TotalCount>{len(folder.mails) if folder else 0}</t:TotalCount>")
        out.append(f"<t:ChildFolderCount>{len(children)}</t:ChildFolderCount>")
    for attributes in shape.extended:
        value = folder_property(folder, children, attributes)
        if value is not None:
            out.append(extended_xml(attributes, value))
    if shape.base != "IdOnly" or shape.fields:
        unread = sum(not m.seen for m in folder.mails.values()) if folder else 0
        out.append(f"<t:UnreadCount>{unread}</t:UnreadCount>")
    tag = {"calendar": "CalendarFolder", "contacts": "ContactsFolder"}.get(folder.name.lower() if folder else "", "Folder")
    if tag == "ContactsFolder" or tag == "CalendarFolder":
        out = [part for part in out if not part.startswith("<t:UnreadCount")]
    return f"<t:{tag}>{''.join(out)}</t:{tag}>"


def folder_property(folder, children, attributes):
    known = {0x3001: lambda: folder_name(folder) if folder else "", 0x3613: lambda: "IPF.Note",
             0x360A: lambda: str(bool(children)).lower(),
             0x3603: lambda: str(sum(not m.seen for m in folder.mails.values()) if folder else 0),
             0x3602: lambda: str(len(folder.mails) if folder else 0), 0x6751: lambda: "1000000",
             0x3008: lambda: "2026-01-01T00:00:00Z",
             0x670A: lambda: "2026-01-01T00:00:%02dZ" % (sum(c[0] for c in folder.changes) % 60 if folder else 0)}
    key = property_key(attributes)
    return known[key]() if key in known else None


def parent_of(mailbox, folder):
    if folder is None or "/" not in folder.name:
        return None
    return mailbox.folders.get(folder.name.lower().rsplit("/", 1)[0])


def parse(body):
    """(header elements, the body's one element), or None when it is no envelope."""
    try:
        root = ElementTree.fromstring(body)
    except ElementTree.ParseError:
        return None
    if root.tag != f"{{{S}}}Envelope":
        return None
    head, inner = root.find(f"{{{S}}}Header"), root.find(f"{{{S}}}Body")
    if inner is None or len(inner) != 1:
        return None
    return (list(head) if head is not None else []), inner[0]
