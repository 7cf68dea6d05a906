#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "mail/automatic.hpp"
#include "mail/report.hpp"

namespace postroom::mail {

/// One mailbox of an address list, decoded to UTF-8.
struct address {
  std::string name;
  std::string
      addr;  ///< local@domain, the domain in its ASCII form (RFC 5890); empty: there is none
  bool operator==(const address&) const = default;
};

struct attachment {
  std::string name;  ///< safe to show and to use as a file name: no path, no control characters, at
                     ///< most 255 bytes
  std::string content_type;
  uint64_t size = 0;  ///< decoded bytes
  bool is_inline = false;
  std::string content_id;  ///< without <>; what `cid:` in HTML points to; may be empty
  bool operator==(const attachment&) const = default;
};

/// A name and a type under which a program may open something of a mail as a file, beside those
/// that its list of attachments shows: the second of two names, what is in an attached mail, a text
/// with a file name, another wording that is not shown, a file uuencoded in a text that is itself
/// encoded.
struct hidden_file {
  std::string name;                       ///< safe, as that of an attachment; empty: it has none
  std::string content_type;               ///< empty: that of what it stands in
  std::optional<std::size_t> attachment;  ///< the one that brings it; none: no attachment does
  bool operator==(const hidden_file&) const = default;
};

/// What Postroom needs of a mail. All strings are valid UTF-8.
struct parsed_mail {
  address from;  ///< the first of From, else of Sender, else of the topmost Return-Path;
                 ///< addr may be empty
  bool from_envelope = false;  ///< the address is Return-Path's; nothing ever proves it
  std::string local_sender;    ///< "root" where From is `Cron <root>`; nobody can be found or
                               ///< answered by it; empty: nothing, or there is an address
  std::string from_doubt;  ///< why the address in `from` proves nothing, whoever has checked the
                           ///< mail; empty: it is the one well-formed mailbox of the only From
  address reply_to;        ///< the first, addr may be empty
  std::vector<address> to, cc;
  std::string subject;
  std::string message_id;  ///< without <>; may be empty
  std::string in_reply_to;
  std::vector<std::string> references;
  std::optional<time_point> date;
  std::string text;  ///< the readable body as plain text; made from the HTML when there is no text
                     ///< part, with what an invitation says in a few lines below it; of a mail
                     ///< without a text what an attached mail says
  bool text_is_attached = false;  ///< `text` is of an attached mail
  bool text_truncated = false;
  bool has_html = false;
  std::string html;  ///< the HTML made safe to show, of at most `max_html` bytes
  bool html_truncated = false;
  std::vector<attachment> attachments;    ///< also the files inside of a winmail.dat
  std::vector<hidden_file> hidden_files;  ///< at most as many as there may be parts
  bool has_more_files = false;  ///< not all could be looked at: there may be files that neither
                                ///< `attachments` nor `hidden_files` shows
  bool is_signed = false;       ///< by S/MIME or PGP; nobody has verified it
  bool is_encrypted = false;    ///< all or a part of it cannot be read here
  automatic_verdict author;     ///< a person, or what sort of program
  std::optional<mail::report> about;  ///< what it reports about another mail
  std::string probe;  ///< X-Postroom-Probe; empty: no probe of ours. Anybody may write one
  /// SHA-256 over Message-ID, From, Date, Subject and the body with bare line ends: the same mail
  /// delivered to two mailboxes, or shown again under another UID, gives the same value; transport
  /// headers do not count. 64 hex digits.
  std::string content_hash;
};

struct parse_limits {
  std::size_t max_text = 256u << 10;   ///< bytes of `text`
  std::size_t max_html = 0;            ///< bytes of `html`; 0: none is made
  std::size_t max_attachments = 1000;  ///< described; the rest is only in the raw mail
  std::size_t max_addresses = 200;     ///< kept of To and of Cc
  std::size_t max_header = 4u << 20;   ///< bytes of header; more is unparsable
  int max_depth = 100;                 ///< nesting of parts looked into
  bool hidden_files = true;            ///< whether `parsed_mail::hidden_files` is filled
};

/// Reads a mail as it came from the server. Pure; any thread; the bytes are not copied. Time and
/// memory are bounded by the limits. Errors: mail_unparsable (no header at all, NUL garbage, header
/// too large).
result<parsed_mail> parse(std::string_view raw, const parse_limits& limits = {});

/// The bytes of the attachment that stands at `place` of `parsed_mail::attachments`, decoded;
/// `known` is what was read of it once. Where mails are read otherwise by now and another one
/// stands there, it is the only one of that name and size. Memory: the decoded bytes, and of a file
/// in a winmail.dat all of that. Errors: not_found, mail_unparsable.
result<std::string> read_attachment(std::string_view raw, const attachment& known,
                                    std::size_t place, const parse_limits& limits = {});

/// The header of a mail, up to the empty line, as `parse` reads it; empty when that would refuse
/// it.
std::string header_of(std::string_view raw, const parse_limits& limits = {});

/// A file that goes with a mail of ours.
struct outgoing_file {
  std::string name;          ///< of letters, digits, '.', '-' and '_'; others are left out
  std::string content_type;  ///< "application/octet-stream"; must be one
  std::shared_ptr<const std::string> bytes;  ///< null: there is no file
};

/// A mail of ours.
struct outgoing_mail {
  address from, reply_to;
  std::vector<address> to;
  std::string subject;
  std::string text;
  std::string html;        ///< empty: text only
  std::string message_id;  ///< without <>
  std::string in_reply_to;
  std::vector<std::string> references;
  time_point date;
  std::string auto_submitted;  ///< RFC 3834: "auto-replied"; empty: no such header
  std::vector<address> cc;
  std::string probe;  ///< X-Postroom-Probe; empty: no such header
  std::string
      loop_mark;  ///< X-Postroom-Loop, by which we know our own mails; empty: no such header
  outgoing_file file;
};

/// The mail in RFC 5322 form with CRLF line ends and 7-bit transfer encodings. Header values cannot
/// inject headers.
std::string render(const outgoing_mail& mail);

/// A plain text as HTML that shows the same.
std::string escape_html(std::string_view text);

}  // namespace postroom::mail
