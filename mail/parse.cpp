#include <algorithm>

#include "mail/automatic.hpp"
#include "mail/body.hpp"
#include "mail/fields.hpp"
#include "mail/hash.hpp"
#include "mail/mail.hpp"
#include "mail/names.hpp"
#include "mail/outline.hpp"
#include "mail/values.hpp"

namespace postroom::mail {

namespace {

/// Long threads keep their first id and the nearest ones.
constexpr std::size_t max_references = 100;
/// Parts beside the attachments described: texts and multiparts.
constexpr std::size_t spare_parts = 200;
/// Bytes kept of a mark of ours, which is shorter.
constexpr std::size_t max_probe = 64;

address first_of(std::string_view value) {
  auto list = read_addresses(value, 10);
  auto row =
      std::find_if(list.begin(), list.end(), [](const address& a) { return !a.addr.empty(); });
  if (row != list.end()) return *row;
  auto rest = list.empty() ? address{} : list.front();
  rest.addr = find_address(value);
  return rest;
}

address read_from(const mail_fields& fields) {
  auto from = first_of(fields.from);
  if (!from.addr.empty()) return from;
  auto sender = first_of(fields.sender);
  return sender.addr.empty() && !from.name.empty() ? from : sender;
}

std::vector<address> read_all(const std::vector<std::string_view>& values, std::size_t max) {
  std::vector<address> out;
  for (auto value : values) {
    auto list = read_addresses(value, max - out.size());
    std::move(list.begin(), list.end(), std::back_inserter(out));
  }
  return out;
}

std::string first_id(std::string_view value) {
  auto ids = read_ids(value, 1);
  return ids.empty() ? std::string{} : std::move(ids.front());
}

void read_header(const mail_fields& fields, const parse_limits& limits, parsed_mail& out) {
  out.from = read_from(fields);
  out.reply_to = first_of(fields.reply_to);
  out.to = read_all(fields.to, limits.max_addresses);
  out.cc = read_all(fields.cc, limits.max_addresses);
  out.subject = read_text(fields.subject);
  out.message_id = first_id(fields.message_id);
  out.in_reply_to = first_id(fields.in_reply_to);
  out.references = read_ids(fields.references, max_references);
  out.date = read_date(fields.date);
  out.probe = unfold(fields.probe, max_probe);
}

attachment describe(const part& p, std::size_t number) {
  return {attachment_name(p, number), p.type.full(), decoded_size(p.body, p.encoding),
          p.shown.is_inline};
}

void read_parts(const std::vector<part>& parts, const parse_limits& limits, parsed_mail& out) {
  auto choice = choose_body(parts);
  out.has_html = choice.has_html;
  auto body = read_body(parts, choice.texts, limits.max_text);
  out.text = std::move(body.text);
  out.text_truncated = body.truncated;
  for (auto index : choice.attachments) {
    if (out.attachments.size() >= limits.max_attachments) break;
    out.attachments.push_back(describe(parts[index], out.attachments.size() + 1));
  }
}

}  // namespace

result<parsed_mail> parse(std::string_view raw, const parse_limits& limits) {
  auto split = split_mail(raw, limits.max_header);
  if (!split) return split.error();
  auto fields = read_mail_fields(split->header);
  parsed_mail out;
  read_header(fields, limits, out);
  out.automatic = !may_answer(read_automatic(split->header)).allowed;
  outline_limits bounds{std::max(limits.max_depth, 0), limits.max_attachments + spare_parts};
  read_parts(outline(fields.content, split->body, bounds), limits, out);
  out.content_hash = content_hash(fields, split->header, split->body);
  return out;
}

}  // namespace postroom::mail
