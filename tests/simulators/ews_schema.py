"""Holds what is said against the official schemas. Needs lxml, and the folder with messages.xsd and types.xsd."""

import os
import re
import threading

from lxml import etree

MAX_BYTES = 4 << 20  # larger envelopes are mails; they are not looked at


# What libxml2 does not take: xml:lang without its definition, and transitions of time zones (which nobody here has)
# that may be read in two ways.
REPAIRS = ((rb'ref="xml:lang"', b'name="lang" type="xs:string"'),
           (rb'<xs:element ref="t:(AbsoluteDate|RecurringDay|RecurringDate)Transition" minOccurs="0" maxOccurs="unbounded" ?/>', b""))


class _Files(etree.Resolver):

    def __init__(self, folder):
        self.folder = folder

    def resolve(self, url, _, context):
        path = os.path.join(self.folder, os.path.basename(url))
        with open(path, "rb") as f:
            text = f.read()
        for wrong, right in REPAIRS:
            text = re.sub(wrong, right, text)
        return self.resolve_string(text, context)


class Schema:
    def __init__(self, folder):
        parser = etree.XMLParser()
        parser.resolvers.add(_Files(folder))
        self.schema = etree.XMLSchema(etree.parse(os.path.join(folder, "messages.xsd"), parser))
        self.lock = threading.Lock()
        self.checked = 0
        self.violations = []

    def check(self, who, text):
        """The SOAP body's content and the header's fields, each by itself. Faults have another schema."""
        if len(text) > MAX_BYTES:
            return
        with self.lock:
            try:
                root = etree.fromstring(text)
            except etree.XMLSyntaxError as e:
                self.violations.append(f"{who}: {e}")
                return
            for part in root:
                for element in part:
                    if not element.tag.startswith("{http://schemas.xmlsoap.org/"):
                        self.check_one(who, element)

    def check_one(self, who, element):
        self.checked += 1
        alone = etree.fromstring(etree.tostring(element))
        if not self.schema.validate(alone):
            self.violations += [f"{who} {alone.tag.rsplit('}', 1)[-1]}: {e.message}" for e in self.schema.error_log]
