#include "mail/fields.hpp"

#include <algorithm>
#include <array>

#include "mail/values.hpp"

namespace postroom::mail {

namespace {

/// The name when the line is `name:` or the obsolete `name :` (RFC 5322 sections 2.2 and 4.5), else
/// empty.
std::string_view field_name(std::string_view line) {
  auto colon = line.find(':');
  if (colon == std::string_view::npos) return {};
  auto name = trimmed(line.substr(0, colon));
  bool printable = std::all_of(name.begin(), name.end(), [](char c) { return c > 32 && c < 127; });
  bool at_start = !name.empty() && name.data() == line.data();
  return printable && at_start ? name : std::string_view{};
}

/// Calls `use(name, value)` for each field; lines that are none are passed over.
template <class Use>
void each_field(std::string_view header, Use use) {
  while (auto field = next_field(header)) use(field->name, field->value);
}

struct slot {
  std::string_view name;
  std::string_view* value;
};

template <class Slots>
void fill_first(const Slots& slots, std::string_view name, std::string_view value) {
  for (const auto& s : slots)
    if (equal_ignoring_case(s.name, name)) {
      if (trimmed(*s.value).empty()) *s.value = value;
      return;
    }
}

std::array<slot, 4> slots_of(content_fields& f) {
  return {{{"content-type", &f.type},
           {"content-transfer-encoding", &f.encoding},
           {"content-disposition", &f.disposition},
           {"content-id", &f.id}}};
}

/// How far a broken line is held to be part of the header for the sake of what follows.
constexpr std::size_t lookahead = 8u << 10;

/// Fields that hardly any text begins a line with.
bool is_well_known(std::string_view name) {
  static constexpr std::array<std::string_view, 14> names = {
      "from",         "to",       "cc",          "subject",     "date",
      "sender",       "reply-to", "message-id",  "in-reply-to", "references",
      "mime-version", "received", "return-path", "delivered-to"};
  static constexpr std::array<std::string_view, 7> starts = {
      "content-", "x-", "resent-", "list-", "arc-", "dkim-", "auth"};
  return std::any_of(names.begin(), names.end(),
                     [&](auto n) { return equal_ignoring_case(n, name); }) ||
         std::any_of(starts.begin(), starts.end(), [&](auto start) {
           return equal_ignoring_case(start, name.substr(0, start.size()));
         });
}

std::string_view without_preamble(std::string_view raw) {
  if (raw.substr(0, 3) == "\xEF\xBB\xBF") raw.remove_prefix(3);
  auto start = raw.find_first_not_of("\r\n");
  raw.remove_prefix(start == std::string_view::npos ? raw.size() : start);
  auto line = line_at(raw, 0);
  bool mbox = line.substr(0, 5) == "From " || line.substr(0, 6) == ">From ";
  if (mbox && field_name(line).empty()) raw.remove_prefix(line.size());
  return raw;
}

bool has_field(std::string_view header) {
  bool any = false;
  each_field(header, [&](std::string_view, std::string_view) { any = true; });
  return any;
}

}  // namespace

std::string_view line_at(std::string_view bytes, std::size_t at) noexcept {
  auto end = bytes.find('\n', at);
  return bytes.substr(at, end == std::string_view::npos ? end : end + 1 - at);
}

std::string_view bare_line(std::string_view line) noexcept {
  if (!line.empty() && line.back() == '\n') line.remove_suffix(1);
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  return line;
}

std::optional<field> next_field(std::string_view& header) noexcept {
  field found;
  while (!header.empty()) {
    auto line = line_at(header, 0);
    const bool folded = line[0] == ' ' || line[0] == '\t';
    if (!folded && !found.name.empty()) break;
    header.remove_prefix(line.size());
    if (folded && !found.name.empty())
      found.value = {found.value.data(), found.value.size() + line.size()};
    else if (!folded && !(found.name = field_name(line)).empty())
      found.value = line.substr(line.find(':') + 1);
  }
  return found.name.empty() ? std::nullopt : std::optional(found);
}

bool text_finder::begins_at(std::size_t at) {
  auto first = line_at(x_bytes_, at);
  if (at < x_header_until_ || first[0] == ' ' || first[0] == '\t') return false;
  if (!field_name(first).empty()) return false;
  return !is_header_until_known_field(at);
}

/// A continued field may have a line of blanks too, then its text goes on in the next one.
bool text_finder::is_blank_at(std::size_t at) {
  const auto line = bare_line(line_at(x_bytes_, at));
  if (line.empty()) return true;
  if (at < x_header_until_ || !is_white(line[0]) || !trimmed(line).empty()) return false;
  const auto next = line_at(x_bytes_, at + line_at(x_bytes_, at).size());
  if (bare_line(next).empty() || next[0] == ' ' || next[0] == '\t') return false;
  return !is_header_until_known_field(at);
}

/// Whether a field that is well known follows the line before the next blank one.
bool text_finder::is_header_until_known_field(std::size_t at) {
  const auto first = line_at(x_bytes_, at);
  const auto end = std::min(at + lookahead, x_bytes_.size());
  for (auto here = at + first.size(); here < end;) {
    auto line = line_at(x_bytes_, here);
    if (bare_line(line).empty() || line.substr(0, 2) == "--") break;
    if (is_well_known(field_name(line))) {
      x_header_until_ = here;
      return true;
    }
    here += line.size();
  }
  return false;
}

namespace {

/// The delimiter of the multipart that a header tells of, which ends the header where the blank
/// line was forgotten.
class delimiter_finder {
 public:
  explicit delimiter_finder(std::string_view mail) : x_mail_(mail) {}
  /// Asked in the order of the lines of the header.
  bool is_at(std::size_t at, std::string_view line) {
    const bool is_type = starts_ignoring_case(line, "content-type") &&
                         field_name(line).size() == std::string_view("content-type").size();
    if (is_type && x_type_at_ == none) x_type_at_ = at;
    if (x_type_at_ == none || line.substr(0, 2) != "--") return false;
    if (x_delimiter_.empty()) {
      auto header = x_mail_.substr(x_type_at_, at - x_type_at_);
      const auto type = next_field(header);
      x_delimiter_ = "--" + (type ? read_media_type(type->value).boundary : std::string{});
    }
    return x_delimiter_.size() > 2 && trimmed(line) == x_delimiter_;
  }

 private:
  static constexpr auto none = std::string_view::npos;
  std::string_view x_mail_;
  std::size_t x_type_at_ = none;
  std::string x_delimiter_;  ///< empty: not read yet
};

}  // namespace

result<header_and_body> split_mail(std::string_view raw, std::size_t max_header) {
  raw = without_preamble(raw);
  if (raw.empty()) return fail(ec::mail_unparsable, "the mail is empty");
  std::size_t end = 0, next = 0;
  text_finder text(raw);
  delimiter_finder delimiter(raw);
  while (end < raw.size()) {
    auto line = line_at(raw, end);
    next = end + line.size();
    const bool is_delimiter = delimiter.is_at(end, line);
    if (bare_line(line).empty() || (end > 0 && text.is_blank_at(end))) break;
    if (end > 0 && (is_delimiter || text.begins_at(end))) {
      next = end;
      break;
    }
    end = next;
    if (end > max_header) return fail(ec::mail_unparsable, "the header is too large");
  }
  auto header = raw.substr(0, end);
  auto nuls = static_cast<std::size_t>(std::count(header.begin(), header.end(), '\0'));
  if (nuls * 20 > header.size()) return fail(ec::mail_unparsable, "the header is NUL bytes");
  if (!has_field(header)) return fail(ec::mail_unparsable, "there is no header");
  return header_and_body{header, raw.substr(next)};
}

mail_fields read_mail_fields(std::string_view header) {
  mail_fields out;
  const std::array<slot, 10> slots = {{{"from", &out.from},
                                       {"sender", &out.sender},
                                       {"reply-to", &out.reply_to},
                                       {"subject", &out.subject},
                                       {"message-id", &out.message_id},
                                       {"in-reply-to", &out.in_reply_to},
                                       {"references", &out.references},
                                       {"date", &out.date},
                                       {"return-path", &out.return_path},
                                       {"x-postroom-probe", &out.probe}}};
  const auto content = slots_of(out.content);
  each_field(header, [&](std::string_view name, std::string_view value) {
    if (equal_ignoring_case(name, "from")) ++out.from_fields;
    if (equal_ignoring_case(name, "to") && out.to.size() < mail_fields::max_repeats)
      out.to.push_back(value);
    else if (equal_ignoring_case(name, "cc") && out.cc.size() < mail_fields::max_repeats)
      out.cc.push_back(value);
    else if (name.size() > 8 && lower(name[0]) == 'c')
      fill_first(content, name, value);
    else
      fill_first(slots, name, value);
  });
  return out;
}

content_fields read_content_fields(std::string_view header) {
  content_fields out;
  const auto slots = slots_of(out);
  each_field(header, [&](std::string_view name, std::string_view value) {
    fill_first(slots, name, value);
  });
  return out;
}

std::string unfold(std::string_view value, std::size_t max) {
  value = trimmed(value);
  value = value.substr(0, max);
  std::string out;
  out.reserve(value.size());
  std::copy_if(value.begin(), value.end(), std::back_inserter(out),
               [](char c) { return c != '\r' && c != '\n' && c != '\0'; });
  return out;
}

}  // namespace postroom::mail
