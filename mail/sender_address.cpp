#include "mail/sender_address.hpp"

#include <algorithm>
#include <optional>
#include <vector>

#include "mail/enclosed.hpp"
#include "mail/fold.hpp"
#include "mail/values.hpp"

namespace postroom::mail {

namespace {

/// Of an address list that is looked at for the first address.
constexpr std::size_t max_entries = 10;
constexpr std::size_t max_value = 64u << 10;  // bytes
constexpr std::size_t max_word = 1000;        // bytes; RFC 2047 section 2 allows 75

/// How long the encoded word (RFC 2047) at the start of `text` is; 0: there is none, or other
/// readers could see an address in it.
std::size_t word_length(std::string_view text) {
  if (text.substr(0, 2) != "=?") return 0;
  text = text.substr(0, max_word);
  std::size_t at = 1;
  for (int marks = 0; marks < 3; ++marks)
    if (at = text.find('?', at + (marks > 0)); at == std::string_view::npos) return 0;
  const auto end = text.find("?=", at + 1);
  if (end == std::string_view::npos) return 0;
  const bool is_one = text.substr(0, end).find_first_of(" \t<>@\"") == std::string_view::npos;
  return is_one ? end + 2 : 0;
}

/// Reads a field that must hold one mailbox (RFC 5322 section 3.4) in which no two readers can see
/// different addresses. It looks at the bytes as they came, as the server did that checked them.
class only_mailbox {
 public:
  explicit only_mailbox(std::string_view line) : x_rest_(line) {}

  /// The address as it is written; nothing: there is not just one, or it is not well-formed.
  std::optional<std::string> read() {
    while (!x_rest_.empty())
      if (!take_one()) return {};
    if (x_piece_ == &x_angle_ || !trimmed(x_behind_).empty()) return {};
    const bool has_angle = x_piece_ == &x_behind_;
    std::string addr(trimmed(has_angle ? x_angle_ : x_before_));
    if (!is_address(addr) || (has_angle && !is_name_of(addr))) return {};
    return addr;
  }

 private:
  bool take_one() {
    const char c = x_rest_[0];
    if (c == ',' || c == ';' || c == ':') return false;
    if (c == '<' || c == '>') return take_bracket(c);
    std::size_t size = std::max<std::size_t>(word_length(x_rest_), 1);
    if (c == '"' || c == '(') {
      const auto length = enclosed_length(x_rest_);
      if (!length) return false;
      size = *length;
    }
    *x_piece_ += c == '(' ? " " : x_rest_.substr(0, size);
    x_rest_.remove_prefix(size);
    return true;
  }

  bool take_bracket(char c) {
    if (x_piece_ != (c == '<' ? &x_before_ : &x_angle_)) return false;
    x_piece_ = c == '<' ? &x_angle_ : &x_behind_;
    x_rest_.remove_prefix(1);
    return true;
  }

  static bool is_address(std::string_view text) {
    const auto quoted = text.substr(0, 1) == "\"" ? enclosed_length(text).value_or(0) : 0;
    text.remove_prefix(quoted);
    const auto at = text.find('@');
    return at != std::string_view::npos && (at == 0) == (quoted > 0) && at + 1 < text.size() &&
           text.find_first_of(" \t\"@", at + 1) == std::string_view::npos &&
           text.substr(0, at).find_first_of(" \t\"") == std::string_view::npos;
  }

  /// Some programs give the address itself as the name, without quotes; another one is no name.
  [[nodiscard]] bool is_name_of(const std::string& addr) const {
    std::string_view name = trimmed(x_before_);
    if (equal_ignoring_case(name, addr)) return true;
    for (; !name.empty(); name.remove_prefix(name[0] == '"' ? *enclosed_length(name) : 1))
      if (name[0] == '@') return false;
    return true;
  }

  std::string_view x_rest_;
  std::string x_before_, x_angle_, x_behind_;
  std::string* x_piece_ = &x_before_;  ///< of these, what is being read
};

/// Bytes at which some readers stop, and which others, as we, leave out.
bool has_odd_bytes(std::string_view value) {
  value = trimmed(value);
  for (std::size_t i = 0; i < value.size(); ++i)
    if (value[i] == '\0' || (value[i] == '\r' && value[i + 1] != '\n')) return true;
  return false;
}

std::string doubt_about(const mail_fields& fields, const address& from) {
  if (fields.from_fields > 1) return "there are several From fields";
  if (from.addr.empty()) return "From has no address";
  const bool is_plain = fields.from.size() <= max_value && !has_odd_bytes(fields.from);
  const auto only =
      is_plain ? only_mailbox(unfold(fields.from, max_value)).read() : std::optional<std::string>{};
  if (!only || fold_address(*only) != fold_address(from.addr))
    return "From is not one well-formed address";
  return {};
}

}  // namespace

address read_first_address(std::string_view value, std::string_view hint) {
  auto list = read_addresses(value, max_entries, hint);
  auto row =
      std::find_if(list.begin(), list.end(), [](const address& a) { return !a.addr.empty(); });
  if (row != list.end()) return *row;
  auto rest = list.empty() ? address{read_local_sender(value, hint).name, {}} : list.front();
  rest.addr = find_address(value);
  return rest;
}

sender_address read_sender_address(const mail_fields& fields, std::string_view hint) {
  auto from = read_first_address(fields.from, hint);
  auto doubt = doubt_about(fields, from);
  if (!from.addr.empty()) return {std::move(from), std::move(doubt)};
  auto sender = read_first_address(fields.sender, hint);
  if (sender.addr.empty() && !from.name.empty()) return {std::move(from), std::move(doubt)};
  if (!sender.addr.empty()) doubt += "; the one in Sender proves nothing";
  return {std::move(sender), std::move(doubt)};
}

}  // namespace postroom::mail
