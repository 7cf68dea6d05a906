#include "mail/report_fields.hpp"

#include <charconv>

#include "mail/fields.hpp"
#include "mail/status_code.hpp"
#include "mail/utf8.hpp"
#include "mail/values.hpp"

namespace postroom::mail {

namespace {

constexpr std::size_t max_value = 4u << 10;
constexpr std::size_t max_address = 320;  // RFC 3696: 64 + 1 + 255

/// What stands before the next blank line.
std::string_view take_group(std::string_view& body) {
  std::size_t end = 0;
  while (end < body.size()) {
    const auto line = line_at(body, end);
    if (trimmed(line).empty()) break;
    end += line.size();
  }
  const auto group = body.substr(0, end);
  body.remove_prefix(end < body.size() ? end + line_at(body, end).size() : end);
  return group;
}

reported_action read_action(std::string_view value) {
  const auto word = lowered(trimmed(value).substr(0, 40));
  struct row {
    std::string_view start;
    reported_action action;
  };
  // "expired" and "deferred" are no words of RFC 3464, but are in use.
  static constexpr row rows[] = {
      {"fail", reported_action::failed},       {"expired", reported_action::failed},
      {"delayed", reported_action::delayed},   {"deferred", reported_action::delayed},
      {"deliver", reported_action::delivered}, {"relayed", reported_action::relayed},
      {"expanded", reported_action::expanded}};
  for (const auto& r : rows)
    if (word.rfind(r.start, 0) == 0) return r.action;
  return reported_action::none;
}

reported_action action_of(char cls) {
  if (cls == '2') return reported_action::delivered;
  return cls == '4' ? reported_action::delayed : reported_action::failed;
}

/// \x{3b1} is a character of a "utf-8" address (RFC 6533 section 3).
std::string with_characters(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const auto end = text.rfind("\\x{", 0) == 0 ? text.find('}') : std::string_view::npos;
    uint32_t code = 0;
    if (end == std::string_view::npos ||
        std::from_chars(text.data() + 3, text.data() + end, code, 16).ptr != text.data() + end) {
      out += text[0];
      text.remove_prefix(1);
      continue;
    }
    append_utf8(out, code);
    text.remove_prefix(end + 1);
  }
  return out;
}

/// One recipient while its fields come in.
class recipient_reader {
 public:
  explicit recipient_reader(std::string_view group) : x_rest_(group) {}

  /// None: the group has no further recipient. The blank line between two is forgotten at times, so
  /// a field that comes again begins another one.
  std::optional<reported_recipient> next() {
    x_ = {};
    x_original_.clear(), x_final_.clear();
    for (auto before = x_rest_; auto f = next_field(x_rest_); before = x_rest_)
      if (!take(*f)) {
        x_rest_ = before;
        break;
      }
    if (x_original_.empty() && x_final_.empty()) return std::nullopt;
    return finished();
  }

 private:
  static bool put(std::string& where, std::string value) {
    if (!where.empty()) return false;
    where = std::move(value);
    return true;
  }
  bool take(const field& f);
  reported_recipient finished();

  std::string_view x_rest_;
  reported_recipient x_;
  std::string x_original_, x_final_;
};

bool recipient_reader::take(const field& f) {
  if (equal_ignoring_case(f.name, "original-recipient"))
    return put(x_original_, read_typed_address(f.value));
  if (equal_ignoring_case(f.name, "final-recipient"))
    return put(x_final_, read_typed_address(f.value));
  if (equal_ignoring_case(f.name, "diagnostic-code") && x_.diagnostic.empty()) {
    auto line = unfold(f.value, max_value);
    // The type, "smtp;", says nothing.
    if (const auto type = line.find(';'); type < 12) line.erase(0, type + 1);
    x_.diagnostic = clean_line(line);
  } else if (equal_ignoring_case(f.name, "action")) {
    if (x_.action != reported_action::none) return false;
    x_.action = read_action(f.value);
  } else if (equal_ignoring_case(f.name, "status")) {
    x_.status = read_status(f.value);
  }
  return true;
}

/// The diagnostic has the code that the remote server gave; Status is at times what the own server
/// made of it, or no more than the class.
reported_recipient recipient_reader::finished() {
  const char cls = x_.action == reported_action::delayed ? '4' : '5';
  const auto said = find_status(x_.diagnostic);
  if (!said.empty() && !is_class_only(said)) x_.status = said;
  if (x_.status.empty()) {
    x_.status = guess_status(x_.diagnostic, cls);
    // Words without a code tell of a mail that was given up, whatever the class of the cause.
    const bool by_words = said.empty() && find_reply_class(x_.diagnostic) == 0;
    if (x_.action == reported_action::none && by_words && !x_.status.empty())
      x_.action = reported_action::failed;
  }
  if (x_.action == reported_action::none && !x_.status.empty()) x_.action = action_of(x_.status[0]);
  if (x_.status.empty()) x_.status = status_of(x_.action);
  x_.address = x_original_.empty() ? x_final_ : x_original_;
  if (x_final_ != x_.address) x_.final_address = x_final_;
  x_.diagnostic.resize(utf8_prefix(x_.diagnostic, report_bounds::diagnostic).size());
  return x_;
}

}  // namespace

std::string status_of(reported_action action) {
  if (action == reported_action::failed) return "5.0.0";
  if (action == reported_action::delayed) return "4.0.0";
  return action == reported_action::none ? std::string{} : "2.0.0";
}

std::string read_typed_address(std::string_view value) {
  auto line = unfold(value, max_value);
  std::string_view rest = line;
  bool is_utf8_type = false;
  if (const auto type = rest.find(';'); type != std::string_view::npos && type < rest.find('@')) {
    is_utf8_type = starts_ignoring_case(trimmed(rest.substr(0, type)), "utf-8");
    rest.remove_prefix(type + 1);
  }
  rest = trimmed(rest);
  rest = rest.substr(0, rest.find(" ("));
  if (const auto open = rest.find('<'); open != std::string_view::npos && rest.back() == '>')
    rest = rest.substr(open + 1, rest.size() - open - 2);
  else if (open == std::string_view::npos && !rest.empty() && rest.back() == '>')
    rest.remove_suffix(1);
  auto out = clean_line(is_utf8_type ? with_characters(rest) : std::string(rest));
  out.resize(utf8_prefix(out, max_address).size());
  return out;
}

std::vector<reported_recipient> read_recipient_fields(std::string_view body) {
  std::vector<reported_recipient> out;
  while (!body.empty()) {
    recipient_reader group(take_group(body));
    while (auto r = group.next()) {
      out.push_back(std::move(*r));
      if (out.size() == report_bounds::recipients) return out;
    }
  }
  return out;
}

report_fields read_report_fields(std::string_view body) {
  report_fields out;
  while (auto f = next_field(body)) {
    if (equal_ignoring_case(f->name, "original-rcpt-to") ||
        equal_ignoring_case(f->name, "final-recipient")) {
      if (out.recipients.size() < report_bounds::recipients)
        out.recipients.push_back(read_typed_address(f->value));
    } else if (equal_ignoring_case(f->name, "original-message-id") ||
               equal_ignoring_case(f->name, "message-id")) {
      if (auto ids = read_ids(f->value, 1); !ids.empty()) out.message_id = std::move(ids[0]);
    } else if (equal_ignoring_case(f->name, "feedback-type")) {
      out.detail = lowered(clean_line(unfold(f->value, 100)));
    } else if (equal_ignoring_case(f->name, "disposition")) {
      // "manual-action/MDN-sent-manually; displayed/error"
      const auto mode = f->value.find(';');
      if (mode == std::string_view::npos) continue;
      const auto what = f->value.substr(mode + 1, 100);
      out.detail = lowered(clean_line(what.substr(0, what.find('/'))));
    } else if (equal_ignoring_case(f->name, "error") || equal_ignoring_case(f->name, "failure")) {
      out.error = clean_line(unfold(f->value, report_bounds::diagnostic));
    }
  }
  return out;
}

}  // namespace postroom::mail
