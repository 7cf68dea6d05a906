#include "mail/trace.hpp"

#include <algorithm>

#include "mail/auth_results.hpp"
#include "mail/fields.hpp"
#include "mail/org_domain.hpp"

namespace postroom::mail {

namespace {

constexpr std::size_t max_value = 4u << 10;

/// What stands before the next blank or ';'; empty at the ';', behind which the date stands.
std::string_view take_word(std::string_view& text) {
  text = trimmed(text);
  std::size_t size = 0;
  while (size < text.size() && !is_white(text[size]) && text[size] != ';') ++size;
  const auto word = text.substr(0, size);
  text.remove_prefix(size);
  return word;
}

/// The clauses that tell who wrote the field.
struct clauses {
  bool has_from = false;
  std::string by, with;
};

/// The word behind "from" is what the client called itself. It is passed over unread: it may be
/// "by".
clauses read_clauses(std::string_view text) {
  clauses out;
  for (auto word = take_word(text); !word.empty(); word = take_word(text)) {
    if (equal_ignoring_case(word, "from"))
      out.has_from = true, take_word(text);
    else if (equal_ignoring_case(word, "by") && out.by.empty())
      out.by = lowered(take_word(text));
    else if (equal_ignoring_case(word, "with") && out.with.empty())
      out.with = lowered(take_word(text));
  }
  return out;
}

/// Whether the server says, in the comment that ends the first clause, that the client was on the
/// same machine. What the client called itself, or a daemon of its own, may say so too: that stands
/// before, or behind "helo".
bool is_from_loopback(std::string_view received) {
  const auto by = find_ignoring_case(received, " by ");
  if (by == std::string_view::npos) return false;
  const auto from = trimmed(received.substr(0, by));
  if (find_ignoring_case(from, "helo") != std::string_view::npos) return false;
  return from.ends_with("[127.0.0.1])") || from.ends_with("[::1])") ||
         from.ends_with("[IPv6:::1])");
}

bool is_within(std::string_view host, std::string_view domain) {
  if (domain.empty() || host.size() < domain.size()) return false;
  const auto start = host.size() - domain.size();
  return host.substr(start) == domain && (start == 0 || host[start - 1] == '.');
}

}  // namespace

std::string received_by(std::string_view received) {
  return read_clauses(without_comments(unfold(received, max_value))).by;
}

trace_hosts::trace_hosts(std::vector<std::string> border) : x_border_(std::move(border)) {
  for (auto& host : x_border_) host = lowered(host);
}

trace_hop trace_hosts::read(std::string_view received) const {
  const auto line = unfold(received, max_value);
  const auto said = read_clauses(without_comments(line));
  if (!said.has_from) return trace_hop::internal;
  if (said.by.empty()) return trace_hop::unreadable;
  auto is_at_border = [&](const std::string& host) { return is_within(said.by, host); };
  auto is_behind_it = [&](const std::string& host) { return is_within(said.by, org_domain(host)); };
  const bool is_local = said.with.rfind("lmtp", 0) == 0 || is_from_loopback(line);
  if (std::any_of(x_border_.begin(), x_border_.end(), is_at_border))
    return is_local ? trace_hop::internal : trace_hop::border;
  const bool is_ours = std::any_of(x_border_.begin(), x_border_.end(), is_behind_it) ||
                       (said.by == "localhost" && is_local);
  return is_ours ? trace_hop::internal : trace_hop::foreign;
}

}  // namespace postroom::mail
