#include <algorithm>

#include "mail/attachments.hpp"
#include "mail/body.hpp"
#include "mail/fields.hpp"
#include "mail/hash.hpp"
#include "mail/hidden_files.hpp"
#include "mail/inner_mail.hpp"
#include "mail/mail.hpp"
#include "mail/outline.hpp"
#include "mail/protection.hpp"
#include "mail/report.hpp"
#include "mail/sender_address.hpp"
#include "mail/values.hpp"

namespace postroom::mail {

namespace {

/// Long threads keep their first id and the nearest ones.
constexpr std::size_t max_references = 100;
/// Parts beside the attachments described: texts and multiparts.
constexpr std::size_t spare_parts = 200;
/// Bytes kept of a mark of ours, which is shorter.
constexpr std::size_t max_probe = 64;

/// A mail that names nobody may still say where its failure is to be told (RFC 5321, 4.4): the
/// server that delivered it wrote that above all else. A null path is nobody.
void use_return_path(const mail_fields& fields, std::string_view hint, parsed_mail& out) {
  out.from.addr = find_address(fields.return_path);
  if (out.from.addr.empty()) return;
  out.from_envelope = true;
  auto& name = out.from.name;
  if (name.empty()) name = out.local_sender;
  if (name.empty() && fields.from.find_first_of("<>@,;:") == std::string_view::npos)
    name = read_text(fields.from, hint);
  name.erase(std::remove(name.begin(), name.end(), '"'), name.end());
  out.local_sender.clear();
}

std::vector<address> read_all(const std::vector<std::string_view>& values, std::size_t max,
                              std::string_view hint) {
  std::vector<address> out;
  for (auto value : values) {
    if (out.size() >= max) break;
    auto list = read_addresses(value, max - out.size(), hint);
    std::move(list.begin(), list.end(), std::back_inserter(out));
  }
  return out;
}

std::string first_id(std::string_view value) {
  auto ids = read_ids(value, 1);
  return ids.empty() ? std::string{} : std::move(ids.front());
}

/// The charset of the first text that names one.
std::string_view charset_of(const std::vector<part>& parts) {
  for (const auto& p : parts)
    if (!p.type.charset.empty()) return p.type.charset;
  return {};
}

void read_header(const mail_fields& fields, const parse_limits& limits, std::string_view hint,
                 parsed_mail& out) {
  auto sender = read_sender_address(fields, hint);
  out.from = std::move(sender.who);
  out.from_doubt = std::move(sender.doubt);
  if (out.from.addr.empty()) out.local_sender = read_local_sender(fields.from, hint).local_part;
  if (out.from.addr.empty()) use_return_path(fields, hint, out);
  out.reply_to = read_first_address(fields.reply_to, hint);
  out.to = read_all(fields.to, limits.max_addresses, hint);
  out.cc = read_all(fields.cc, limits.max_addresses, hint);
  out.subject = read_text(fields.subject, hint);
  out.message_id = first_id(fields.message_id);
  out.in_reply_to = first_id(fields.in_reply_to);
  out.references = read_ids(fields.references, max_references);
  out.date = read_date(fields.date);
  out.probe = unfold(fields.probe, max_probe);
}

/// Bytes of signed data read of a mail that is in memory twice already.
constexpr std::size_t max_opened_of_copy = 4u << 20;

outline_limits bounds_of(const parse_limits& limits, bool is_copy = false) {
  outline_limits out;
  out.max_depth = std::max(limits.max_depth, 0);
  out.max_parts = limits.max_attachments + spare_parts;
  if (is_copy) out.max_opened = max_opened_of_copy;
  return out;
}

void read_parts(const std::vector<part>& parts, const parse_limits& limits, parsed_mail& out) {
  auto choice = choose_body(parts);
  out.has_html = choice.has_html;
  auto body = read_body(parts, choice, limits.max_text);
  auto kept = protection_of(parts, body.text);
  out.is_signed = kept.is_signed;
  out.is_encrypted = kept.is_encrypted;
  out.text = kept.is_signed ? without_pgp_signature(std::move(body.text)) : std::move(body.text);
  out.text_truncated = body.truncated;
  if (limits.max_html > 0) {
    auto html = read_html(parts, choice, limits.max_html);
    out.html = std::move(html.html);
    out.html_truncated = html.truncated;
  }
  const auto sources = add_attachments(parts, choice, limits, out);
  if (limits.hidden_files) add_hidden_files(parts, choice, sources, bounds_of(limits), out);
  if (out.about || out.text.find_first_not_of(" \t\r\n") != std::string::npos) return;
  // Of a report the attached mail is the one it is about.
  if (auto inner = read_inner_mail(parts, limits.max_text); !inner.text.empty()) {
    out.text = std::move(inner.text);
    out.text_is_attached = true;
    out.text_truncated = inner.truncated;
  }
}

bool is_same(const attachment& a, const attachment& b) {
  return a.name == b.name && a.size == b.size;
}

/// Nothing: it is not there, or others are like it.
std::optional<std::size_t> place_of(const std::vector<attachment>& list, const attachment& known,
                                    std::size_t place) {
  if (place < list.size() && is_same(list[place], known)) return place;
  const auto like_it = [&](const attachment& a) { return is_same(a, known); };
  if (std::count_if(list.begin(), list.end(), like_it) != 1) return std::nullopt;
  return static_cast<std::size_t>(std::find_if(list.begin(), list.end(), like_it) - list.begin());
}

/// A mail without a single LF whose lines end in CR, as old programs and broken converters leave
/// it.
bool has_bare_cr_only(std::string_view raw) {
  return raw.find('\n') == std::string_view::npos && raw.find('\r') != std::string_view::npos;
}

std::string with_line_feeds(std::string_view raw) {
  std::string lines(raw);
  std::replace(lines.begin(), lines.end(), '\r', '\n');
  return lines;
}

/// As much of such a mail as its header can be: to its first blank line, or until it is too large.
std::string_view bare_cr_header(std::string_view raw, std::size_t max_header) {
  constexpr std::size_t spare = 64u << 10;  // for what is looked at behind a broken line
  const auto start = std::min(raw.find_first_not_of("\xEF\xBB\xBF\r"), raw.size());
  const auto blank = raw.find("\r\r", start);
  auto size = blank == std::string_view::npos ? raw.size() : blank + 2;
  if (max_header < raw.size() - start) size = std::min(size, start + max_header + spare);
  return raw.substr(0, size);
}

result<parsed_mail> read(std::string_view raw, const parse_limits& limits,
                         const outline_limits& bounds) {
  auto split = split_mail(raw, limits.max_header);
  if (!split) return split.error();
  auto fields = read_mail_fields(split->header);
  parsed_mail out;
  auto parts = outline(fields.content, split->body, bounds);
  read_header(fields, limits, charset_of(parts), out);
  out.about = read_report(split->header, parts);
  out.author = read_automatic(split->header, out.about.has_value());
  read_parts(parts, limits, out);
  out.content_hash = content_hash(fields, split->header, split->body);
  return out;
}

result<std::string> read_one(std::string_view raw, const attachment& known, std::size_t place,
                             const parse_limits& limits, const outline_limits& bounds) {
  const auto split = split_mail(raw, limits.max_header);
  if (!split) return split.error();
  const auto fields = read_mail_fields(split->header);
  const auto parts = outline(fields.content, split->body, bounds);
  parsed_mail all;
  const auto sources = add_attachments(parts, choose_body(parts), limits, all);
  const auto index = place_of(all.attachments, known, place);
  if (index) return bytes_of(parts, sources[*index], limits);
  return fail(ec::not_found, "the mail has no attachment of this name and size any more");
}

}  // namespace

result<parsed_mail> parse(std::string_view raw, const parse_limits& limits) {
  if (has_bare_cr_only(raw)) return read(with_line_feeds(raw), limits, bounds_of(limits, true));
  return read(raw, limits, bounds_of(limits));
}

result<std::string> read_attachment(std::string_view raw, const attachment& known,
                                    std::size_t place, const parse_limits& limits) {
  if (has_bare_cr_only(raw))
    return read_one(with_line_feeds(raw), known, place, limits, bounds_of(limits, true));
  return read_one(raw, known, place, limits, bounds_of(limits));
}

std::string header_of(std::string_view raw, const parse_limits& limits) {
  if (has_bare_cr_only(raw))
    return header_of(with_line_feeds(bare_cr_header(raw, limits.max_header)), limits);
  auto split = split_mail(raw, limits.max_header);
  return std::string(split ? split->header : std::string_view{});
}

}  // namespace postroom::mail
