"""What the operations of the simulated Exchange server do. See ews.py."""

import base64
import json

from ews_shapes import (Shape, decode_id, encode_id, folder_id, folder_name, folder_xml, item_id, item_xml, local,
                        message, parent_of, property_key, property_of, response)
from simulator import stamp, utc_now

STREAM = object()  # the handler writes the answer
MAX_CHANGES = 512
DISTINGUISHED = ("inbox", "sentitems", "deleteditems", "drafts", "junkemail", "outbox", "calendar", "contacts")
ILLEGAL = "a&#x1;b\x02c&#xFFFF;d"


class Refused(Exception):
    """An operation, or its part that concerns one item, fails with this code."""


class Poisoned(Exception):
    """One mail spoils the whole answer: a SOAP fault with this code, or HTTP 500 when it is empty."""


def child(element, name):
    return next((e for e in element if local(e) == name), None)


def text_of(element, name, default=None):
    found = child(element, name)
    return found.text if found is not None and found.text else default


class Operations:
    """One request. The store's lock is held."""

    def __init__(self, sim, user, fault):
        self.sim, self.store, self.user, self.fault = sim, sim.store, user, fault
        self.lie = fault.get("lie")
        self.spoilt = False  # the answer is against the schema on purpose
        self.cut = None      # the poison that the answer is to break off for

    def run(self, operation, element):
        if operation == "GetStreamingEvents":
            wanted = [e.text for e in element.iter() if local(e) == "SubscriptionId"]
            if all(w in self.sim.subscriptions for w in wanted):
                return STREAM
        try:
            got = getattr(self, "op_" + operation)(element)
        except Refused as e:
            got = [message(operation, str(e), after="<m:Items/>" if operation.endswith("Item") and operation
                           not in ("DeleteItem", "FindItem", "SendItem") else "")]
        return response(operation, got)

    # --- mailboxes and folders ---

    def check(self, user, write=False):
        if self.user in ("*", user):
            return
        may = self.sim.shares.get((self.user, user))
        if may is None or write and not may:
            raise Refused("ErrorAccessDenied")

    def folder(self, element, write=False):
        """(user, folder or None for the root) of a FolderId or DistinguishedFolderId."""
        if local(element) == "FolderId":
            user, number = decode_id(element.get("Id"))
            if user is None:
                raise Refused("ErrorInvalidIdMalformed")
            self.check(user, write)
            found = [f for f in self.store.mailbox(user).folders.values() if f.number == number]
            if not found and number != 0:
                raise Refused("ErrorFolderNotFound")
            return user, found[0] if found else None
        address = next((e.text for e in element.iter() if local(e) == "EmailAddress"), None)
        user = address.lower() if address else self.user
        if not self.sim.known(user):
            raise Refused("ErrorNonExistentMailbox")
        self.check(user, write)
        name = element.get("Id")
        if name in ("msgfolderroot", "root"):
            return user, None
        if name not in DISTINGUISHED:
            raise Refused("ErrorFolderNotFound")
        return user, self.store.mailbox(user).folders.get(name) or self.store.mailbox(user).make_folder(name)

    def op_GetFolder(self, element):
        shape, out = Shape(child(element, "FolderShape")), []
        for wanted in child(element, "FolderIds"):
            try:
                user, folder = self.folder(wanted)
                found = folder_xml(user, self.store.mailbox(user), folder, shape)
                out.append(message("GetFolder", content=f"<m:Folders>{found}</m:Folders>"))
            except Refused as e:
                out.append(message("GetFolder", str(e), after="<m:Folders/>"))
        return out

    def op_FindFolder(self, element):
        shape, out = Shape(child(element, "FolderShape")), []
        restriction = child(element, "Restriction")
        deep = element.get("Traversal") == "Deep"
        for wanted in child(element, "ParentFolderIds"):
            user, parent = self.folder(wanted)
            mailbox = self.store.mailbox(user)
            found = [f for f in mailbox.folders.values()
                     if (parent_of(mailbox, f) is parent or deep and self.below(mailbox, f, parent))
                     and self.matches(restriction, lambda path, f=f: self.folder_value(f, path))]
            text = "".join(folder_xml(user, mailbox, f, shape) for f in found)
            out.append(message("FindFolder", content=f'<m:RootFolder TotalItemsInView="{len(found)}" '
                               f'IncludesLastItemInRange="true"><t:Folders>{text}</t:Folders></m:RootFolder>'))
        return out

    def below(self, mailbox, folder, parent):
        while folder is not None:
            folder = parent_of(mailbox, folder)
            if folder is parent:
                return True
        return False

    def folder_value(self, folder, path):
        if path.get("FieldURI") == "folder:DisplayName" or path.get("PropertyTag", "").lower() == "0x3001":
            return folder_name(folder)
        return "IPF.Note" if path.get("FieldURI") == "folder:FolderClass" or "PropertyTag" in path else None

    def op_CreateFolder(self, element):
        user, parent = self.folder(child(element, "ParentFolderId")[0], write=True)
        mailbox, out = self.store.mailbox(user), []
        for wanted in child(element, "Folders"):
            name = text_of(wanted, "DisplayName")
            path = f"{parent.name}/{name}" if parent else name
            if path.lower() in mailbox.folders:
                out.append(message("CreateFolder", "ErrorFolderExists", after="<m:Folders/>"))
                continue
            made = mailbox.make_folder(path)
            out.append(message("CreateFolder", content=f"<m:Folders>{folder_xml(user, mailbox, made, Shape(None))}</m:Folders>"))
        return out

    def op_ConvertId(self, element):
        out = []
        for wanted in child(element, "SourceIds"):
            user, _ = decode_id(wanted.get("Id"))
            kind = f'xmlns:x="http://www.w3.org/2001/XMLSchema-instance" x:type="t:AlternateIdType" Format="{element.get("DestinationFormat")}"'
            out.append(message("ConvertId", content=f'<m:AlternateId {kind} Id="{wanted.get("Id")}" Mailbox="{user}"/>'))
        return out

    # --- reading ---

    def op_SyncFolderItems(self, element):
        user, folder = self.folder(child(element, "SyncFolderId")[0])
        limit = int(text_of(element, "MaxChangesReturned"))
        if limit > MAX_CHANGES:
            raise Refused("ErrorInvalidSyncStateData")
        since = self.sync_since(text_of(element, "SyncState"), folder)
        if since is None:
            return [message("SyncFolderItems", "ErrorInvalidSyncStateData",
                            after="<m:SyncState/><m:IncludesLastItemInRange>true</m:IncludesLastItemInRange>")]
        changes, reached, last = self.changes(user, folder, since, limit, Shape(child(element, "ItemShape")))
        if self.lie == "endless":
            last = False
        if self.lie == "duplicate":
            changes = [c for c in changes for _ in range(2)]
        if self.lie == "reorder":
            changes.reverse()
        state = base64.b64encode(json.dumps([self.sim.epoch, folder.number, reached]).encode()).decode()
        return [message("SyncFolderItems", content=f"<m:SyncState>{state}</m:SyncState><m:IncludesLastItemInRange>"
                        f"{str(last).lower()}</m:IncludesLastItemInRange><m:Changes>{''.join(changes)}</m:Changes>")]

    def sync_since(self, state, folder):
        if not state:
            return 0
        try:
            epoch, number, since = json.loads(base64.b64decode(state))
        except ValueError:
            return None
        return since if (epoch, number) == (self.sim.epoch, folder.number) else None

    def changes(self, user, folder, since, limit, shape):
        """What happened after `since`: each item once, at the place of its first change."""
        told, out, reached = set(), [], since
        created_before = {n for s, what, n in folder.changes if s <= since and what == "created"}
        for sequence, what, number in folder.changes:
            if sequence <= since:
                continue
            if len(out) >= limit:
                return out, reached, False
            reached = sequence
            if number in told:
                continue
            told.add(number)
            mail = folder.mails.get(number)
            if mail is None:
                if number in created_before:
                    out.append(f'<t:Delete><t:ItemId Id="{encode_id("AAMk", user, number)}"/></t:Delete>')
            elif number in created_before:
                out.append(f"<t:ReadFlagChange>{item_id(user, mail)}<t:IsRead>{str(mail.seen).lower()}</t:IsRead></t:ReadFlagChange>")
            else:
                subject = ILLEGAL if self.lie == "illegal" else None
                out.append(f"<t:Create>{item_xml(user, folder, mail, shape, subject=subject)}</t:Create>")
        return out, reached, True

    def op_FindItem(self, element):
        shape, view = Shape(child(element, "ItemShape")), child(element, "IndexedPageItemView")
        out = []
        for wanted in child(element, "ParentFolderIds"):
            user, folder = self.folder(wanted)
            found = [m for m in (folder.mails.values() if folder else ())
                     if self.matches(child(element, "Restriction"), lambda path, m=m: self.mail_value(m, path))]
            order = child(element, "SortOrder")
            if order is not None:
                path = order[0][0]
                found.sort(key=lambda m: self.sortable(self.mail_value(m, path)), reverse=order[0].get("Order") == "Descending")
            first = int(view.get("Offset", 0)) if view is not None else 0
            size = int(view.get("MaxEntriesReturned", 1000)) if view is not None else 1000
            page = found[first:first + size]
            text = "".join(item_xml(user, folder, m, shape) for m in page)
            out.append(message("FindItem", content=f'<m:RootFolder IndexedPagingOffset="{first + len(page)}" TotalItemsInView='
                               f'"{len(found)}" IncludesLastItemInRange="{str(first + len(page) >= len(found)).lower()}">'
                               f"<t:Items>{text}</t:Items></m:RootFolder>"))
        return out

    @staticmethod
    def sortable(value):
        value = value or ""
        return (0, int(value), "") if value.isdigit() else (1, 0, value)

    def mail_value(self, mail, path):
        uri = path.get("FieldURI")
        if uri is None:
            return property_of(mail, dict(path.attrib))
        return {"message:IsRead": str(mail.seen).lower(), "item:Size": str(len(mail.raw)),
                "item:DateTimeReceived": stamp(mail.received)}.get(uri)

    def matches(self, restriction, value_of):
        return restriction is None or all(self.holds(e, value_of) for e in restriction)

    def holds(self, test, value_of):
        """One test of a restriction."""
        name = local(test)
        if name == "And":
            return all(self.holds(e, value_of) for e in test)
        if name == "Or":
            return any(self.holds(e, value_of) for e in test)
        if name == "Not":
            return not self.holds(test[0], value_of)
        value = value_of(test[0])
        if name == "Exists":
            return value is not None
        wanted = next((e.get("Value") for e in test.iter() if local(e) == "Constant"), "")
        if name == "Contains":
            return value is not None and wanted.lower() in value.lower()
        if value is None:
            return name == "IsNotEqualTo"
        left, right = self.sortable(value.lower()), self.sortable(wanted.lower())
        return {"IsEqualTo": left == right, "IsNotEqualTo": left != right, "IsGreaterThan": left > right,
                "IsGreaterThanOrEqualTo": left >= right, "IsLessThan": left < right,
                "IsLessThanOrEqualTo": left <= right}[name]

    def item(self, element, write=False):
        user, number = decode_id(element.get("Id"))
        if user is None:
            raise Refused("ErrorInvalidIdMalformed")
        self.check(user, write)
        folder, mail = self.store.find(user, number)
        if mail is None:
            raise Refused("ErrorItemNotFound")
        return user, folder, mail

    def per_item(self, operation, elements, work, after="<m:Items/>"):
        """A response message for each; `work` gives the content of a success."""
        out = []
        for index, element in enumerate(elements):
            try:
                at = self.fault.get("at", 0)
                if self.lie == "error" and at <= index < at + self.fault.get("items", 1):
                    raise Refused(self.fault["code"])
                out.append(message(operation, content=work(element)))
            except Refused as e:
                out.append(message(operation, str(e), after=after))
        return out

    @staticmethod
    def spoil(mail):
        """Before anything is changed."""
        poison = getattr(mail, "poison", None)
        if poison and poison["how"] in ("status", "fault"):
            raise Poisoned(poison.get("code", "ErrorInternalServerError") if poison["how"] == "fault" else "")

    def op_GetItem(self, element):
        shape = Shape(child(element, "ItemShape"))
        subject = "a&#x1;b\x02c" if self.lie == "illegal" else None

        def work(wanted):
            user, folder, mail = self.item(wanted)
            poison = getattr(mail, "poison", None) if shape.mime else None
            if shape.mime:
                self.spoil(mail)
            if poison and poison["how"] == "cut":
                self.cut = poison
            elif poison:
                self.spoilt = True
                return f"<m:Items><t:Message><t:MimeContent>*</t:MimeContent>{item_id(user, mail)}</t:Message></m:Items>"
            return f"<m:Items>{item_xml(user, folder, mail, shape, subject=subject)}</m:Items>"

        return self.per_item("GetItem", child(element, "ItemIds"), work)

    # --- changing ---

    def op_UpdateItem(self, element):
        def work(change):
            user, folder, mail = self.item(child(change, "ItemId"), write=True)
            for update in child(change, "Updates"):
                self.update(folder, mail, update)
            return (f"<m:Items><t:Message>{item_id(user, mail)}</t:Message></m:Items>"
                    "<m:ConflictResults><t:Count>0</t:Count></m:ConflictResults>")

        return self.per_item("UpdateItem", child(element, "ItemChanges"), work)

    def update(self, folder, mail, update):
        path = update[0]
        if path.get("FieldURI") == "message:IsRead":
            self.store.mark(folder, mail, next(e.text for e in update.iter() if local(e) == "IsRead") == "true")
        elif local(path) == "ExtendedFieldURI":
            key = property_key(dict(path.attrib))
            value = next((e.text for e in update.iter() if local(e) == "Value"), None)
            mail.props.pop(key, None)
            if local(update) == "SetItemField" and value is not None:
                mail.props[key] = value
            mail.version += 1
            self.store.note(folder, "updated", mail.number)

    def op_MoveItem(self, element):
        target_user, target = self.folder(child(element, "ToFolderId")[0], write=True)
        for wanted in child(element, "ItemIds"):
            _, mail = self.store.find(*decode_id(wanted.get("Id"))) if decode_id(wanted.get("Id"))[0] else (None, None)
            self.spoil(mail)

        def work(wanted):
            user, folder, mail = self.item(wanted, write=True)
            self.move(user, folder, target, mail)
            return f"<m:Items><t:{mail.kind}>{item_id(target_user, mail)}</t:{mail.kind}></m:Items>"

        return self.per_item("MoveItem", child(element, "ItemIds"), work)

    def move(self, user, folder, target, mail):
        number = mail.number
        self.store.move(folder, target, mail, keep_number=False)
        self.sim.announce(user, target, "Moved", mail, (folder, number))

    def op_DeleteItem(self, element):
        def work(wanted):
            user, folder, mail = self.item(wanted, write=True)
            if element.get("DeleteType") == "MoveToDeletedItems":
                self.move(user, folder, self.store.mailbox(user).folders["deleteditems"], mail)
            else:
                self.store.remove(folder, mail.number)
            return ""

        return self.per_item("DeleteItem", child(element, "ItemIds"), work, after="")

    def op_CreateItem(self, element):
        saved = child(element, "SavedItemFolderId")
        user, folder = self.folder(saved[0], write=True) if saved is not None else (self.user, None)

        def work(wanted):
            raw = base64.b64decode(text_of(wanted, "MimeContent", ""))
            place = folder or self.store.mailbox(user).folders["sentitems"]
            mail = self.store.deliver(user, raw, place.name)
            mail.kind, mail.props = "Message", {}
            return f"<m:Items><t:Message>{item_id(user, mail)}</t:Message></m:Items>"

        return self.per_item("CreateItem", child(element, "Items"), work)

    # --- events ---

    def op_Subscribe(self, element):
        request = child(element, "StreamingSubscriptionRequest")
        if request is None:
            raise Refused("ErrorInvalidSubscriptionRequest")
        user, folder = self.folder(child(request, "FolderIds")[0])
        if user != self.user:
            raise Refused("ErrorSubscriptionDelegateAccessNotSupported")
        name = base64.b64encode(f"subscription {next(self.sim.numbers)}".encode()).decode()
        types = [e.text.removesuffix("Event") for e in child(request, "EventTypes")]
        self.sim.subscriptions[name] = {"user": user, "folder": folder.number if folder else None, "events": [], "types": types}
        return [message("Subscribe", content=f"<m:SubscriptionId>{name}</m:SubscriptionId>")]

    def op_Unsubscribe(self, element):
        if self.sim.subscriptions.pop(text_of(element, "SubscriptionId"), None) is None:
            raise Refused("ErrorSubscriptionNotFound")
        self.store.news.notify_all()
        return [message("Unsubscribe")]

    def op_GetStreamingEvents(self, element):
        bad = "".join(f"<t:SubscriptionId>{e.text}</t:SubscriptionId>" for e in element.iter() if local(e) == "SubscriptionId")
        return [message("GetStreamingEvents", "ErrorSubscriptionNotFound",
                        after=f"<m:ErrorSubscriptionIds>{bad}</m:ErrorSubscriptionIds>"
                              "<m:ConnectionStatus>Closed</m:ConnectionStatus>")]


def notifications(user, events):
    """The content of a GetStreamingEvents message. Recorded answers have m:Notification, against the schema."""
    out = []
    for subscription, heard in events.items():
        if not heard:
            continue
        inner = []
        for what, folder, mail, old in heard:
            text = f"<t:TimeStamp>{stamp(utc_now())}</t:TimeStamp>{item_id(user, mail)}{folder_id(user, folder.number, 'ParentFolderId')}"
            if old:
                text += f'<t:OldItemId Id="{encode_id("AAMk", user, old[1])}"/>{folder_id(user, old[0].number, "OldParentFolderId")}'
            inner.append(f"<t:{what}Event>{text}</t:{what}Event>")
        out.append(f"<t:Notification><t:SubscriptionId>{subscription}</t:SubscriptionId>"
                   f"<t:MoreEvents>false</t:MoreEvents>{''.join(inner)}</t:Notification>")
    return f"<m:Notifications>{''.join(out)}</m:Notifications>"
