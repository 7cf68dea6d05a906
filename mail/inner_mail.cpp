#include "mail/inner_mail.hpp"

#include <algorithm>
#include <utility>

#include "mail/fields.hpp"
#include "mail/utf8.hpp"
#include "mail/values.hpp"

namespace postroom::mail {

namespace {

constexpr int max_levels = 5;
/// As much of an attached mail is looked at when it is encoded, which it should not be (RFC 2046,
/// 5.2.1).
constexpr std::size_t max_encoded = 1u << 20;
constexpr std::size_t max_header = 1u << 20, max_subject = 998;
/// Signed data in it may stand beside signed data that was opened already.
constexpr outline_limits bounds{.max_depth = 50, .max_parts = 500, .max_opened = 4u << 20};

bool is_mail(const part& p) {
  return p.type.is("message", "rfc822") || p.type.is("message", "global");
}

bool is_blank(const std::string& text) {
  return text.find_first_not_of(" \t\r\n") == std::string::npos;
}

std::string heading_of(const mail_fields& fields) {
  std::string subject(utf8_prefix(read_text(fields.subject), max_subject));
  std::string out = "Attached mail: " + (subject.empty() ? "(no subject)" : subject) + "\n";
  const auto from = read_addresses(fields.from, 1);
  if (from.empty()) return out;
  const auto& [name, addr] = from.front();
  const bool both = !name.empty() && !addr.empty();
  return out + "From: " + (both ? name + " <" + addr + ">" : name + addr) + "\n";
}

body_text read_at(const std::vector<part>& parts, std::size_t max, int level) {
  const auto found = std::find_if(parts.begin(), parts.end(), is_mail);
  if (found == parts.end() || level == max_levels) return {};
  const bool is_encoded = found->encoding != transfer::identity;
  const auto decoded =
      is_encoded ? decode(found->body, found->encoding, max_encoded) : std::string{};
  const auto split = split_mail(is_encoded ? decoded : found->body, max_header);
  if (!split) return {};
  const auto fields = read_mail_fields(split->header);
  const auto inside = outline(fields.content, split->body, bounds);
  auto heading = heading_of(fields);
  if (heading.size() >= max) return {};
  const auto room = max - heading.size() - 1;
  auto said = read_body(inside, choose_body(inside), room);
  if (is_blank(said.text)) said = read_at(inside, room, level + 1);
  said.text = std::move(heading) + "\n" + said.text;
  return said;
}

}  // namespace

body_text read_inner_mail(const std::vector<part>& parts, std::size_t max) {
  return read_at(parts, max, 0);
}

}  // namespace postroom::mail
