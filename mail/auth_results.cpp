#include "mail/auth_results.hpp"

#include <algorithm>
#include <utility>

#include "mail/fields.hpp"

namespace postroom::mail {

namespace {

constexpr std::size_t max_value = 16u << 10;
constexpr std::size_t max_results = 100, max_properties = 50;

/// How long the quoted string at the start of `text` is with its quotes; an open one goes to the
/// end.
std::size_t quoted_length(std::string_view text) {
  std::size_t at = 1;
  while (at < text.size() && text[at] != '"') at += text[at] == '\\' ? 2 : 1;
  return std::min(at + 1, text.size());
}

/// The same for a comment, which may hold others.
std::size_t comment_length(std::string_view text) {
  std::size_t depth = 0, at = 0;
  while (at < text.size()) {
    const char c = text[at];
    at += c == '\\' ? 2 : 1;
    depth += c == '(';
    if (c == ')' && --depth == 0) break;
  }
  return std::min(at, text.size());
}

std::string unquoted(std::string_view quoted) {
  std::string out;
  for (std::size_t i = 1; i < quoted.size() && (quoted[i] != '"' || i + 1 < quoted.size()); ++i) {
    if (quoted[i] == '\\' && i + 1 < quoted.size()) ++i;
    out += quoted[i];
  }
  return out;
}

/// Whether it is one quoted string; `"ann"@example.org` is none.
bool is_quoted(std::string_view text) {
  return text.substr(0, 1) == "\"" && quoted_length(text) == text.size();
}

/// Reads a value without comments from left to right.
class cursor {
 public:
  explicit cursor(std::string_view text) : x_rest_(text) {}

  [[nodiscard]] bool at_end() const { return x_rest_.empty(); }
  void skip_blanks() {
    while (!x_rest_.empty() && is_white(x_rest_[0])) x_rest_.remove_prefix(1);
  }
  /// Whether the next character, behind blanks, is `c`; then it is taken.
  bool take(char c) {
    skip_blanks();
    if (x_rest_.empty() || x_rest_[0] != c) return false;
    x_rest_.remove_prefix(1);
    return true;
  }
  /// What stands before a blank, ';' or one of `ends` that is not quoted, as it is.
  std::string_view piece(std::string_view ends) {
    skip_blanks();
    auto is_end = [&](char c) {
      return is_white(c) || c == ';' || ends.find(c) != std::string_view::npos;
    };
    std::size_t size = 0;
    while (size < x_rest_.size() && !is_end(x_rest_[size]))
      size += x_rest_[size] == '"' ? quoted_length(x_rest_.substr(size)) : 1;
    const auto taken = x_rest_.substr(0, size);
    x_rest_.remove_prefix(size);
    return taken;
  }
  /// The same, without its quotes where it is a quoted string.
  std::string word(std::string_view ends) {
    const auto taken = piece(ends);
    return is_quoted(taken) ? unquoted(taken) : std::string(taken);
  }
  /// Up to behind the next ';' that is not quoted.
  void skip_result() {
    while (!x_rest_.empty() && x_rest_[0] != ';')
      x_rest_.remove_prefix(x_rest_[0] == '"' ? quoted_length(x_rest_) : 1);
    take(';');
  }

 private:
  std::string_view x_rest_;
};

/// [CFWS] ptype [CFWS] "." [CFWS] property "=" pvalue, or "reason=...". False: it is none.
bool read_property(cursor& in, auth_result& out) {
  std::string type, name = lowered(in.word("=."));
  const bool has_type = in.take('.');
  if (has_type) type = std::exchange(name, lowered(in.word("=")));
  if (name.empty() || !in.take('=')) return false;
  const auto written = in.piece("");
  const bool quoted = is_quoted(written);
  auto value = quoted ? unquoted(written) : std::string(written);
  if (!has_type && name == "reason")
    out.reason = std::move(value);
  else if (out.properties.size() < max_properties)
    out.properties.push_back({std::move(type), std::move(name), std::move(value), quoted});
  return true;
}

/// Method and result, and what belongs to them, up to the ';'. An empty method: there is none.
auth_result read_result(cursor& in) {
  auth_result out;
  out.method = lowered(in.word("=/"));
  if (in.take('/')) in.word("=");  // the method's version
  if (!in.take('=')) return {};
  out.result = lowered(in.word(""));
  for (in.skip_blanks(); !in.at_end(); in.skip_blanks())
    if (in.take(';'))
      return out;
    else if (!read_property(in, out))
      break;
  in.skip_result();
  return out;
}

}  // namespace

const auth_property* auth_result::find(std::string_view type, std::string_view name) const {
  for (const auto& p : properties)
    if (p.type == type && p.name == name) return &p;
  return nullptr;
}

std::string_view auth_result::property(std::string_view type, std::string_view name) const {
  const auto* found = find(type, name);
  return found ? std::string_view(found->value) : std::string_view{};
}

std::string without_comments(std::string_view value) {
  std::string out;
  out.reserve(value.size());
  while (!value.empty()) {
    const auto plain = static_cast<std::size_t>(
        std::find_if(value.begin(), value.end(), [](char c) { return c == '(' || c == '"'; }) -
        value.begin());
    out.append(value.substr(0, plain));
    value.remove_prefix(plain);
    if (value.empty()) break;
    const bool is_comment = value[0] == '(';
    const auto size = is_comment ? comment_length(value) : quoted_length(value);
    out.append(is_comment ? " " : value.substr(0, size));
    value.remove_prefix(size);
  }
  return out;
}

auth_results read_auth_results(std::string_view value) {
  const auto plain = without_comments(unfold(value, max_value));
  auth_results out;
  cursor in(plain);
  auto id = in.word("=");
  if (in.take('=')) {
    in = cursor(plain);  // no id: it begins with a result
  } else {
    out.id = lowered(id);
    in.skip_result();  // the version, which is 1
  }
  while (!in.at_end() && out.results.size() < max_results)
    if (auto result = read_result(in); !result.method.empty())
      out.results.push_back(std::move(result));
    else
      in.skip_result();
  return out;
}

}  // namespace postroom::mail
