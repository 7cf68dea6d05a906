#include "mail/trace.hpp"

#include <algorithm>

#include "mail/auth_results.hpp"
#include "mail/fields.hpp"
#include "mail/org_domain.hpp"

namespace postroom::mail {

namespace {

constexpr std::size_t max_value = 4u << 10;

std::string_view take_word(std::string_view& text) {
  text = trimmed(text);
  const auto word = text.substr(0, text.find_first_of(" \t;"));
  text.remove_prefix(std::max(word.size(), text.empty() ? std::size_t{0} : std::size_t{1}));
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

bool is_within_any(std::string_view host, const std::vector<std::string>& domains) {
  return std::any_of(domains.begin(), domains.end(),
                     [&](const std::string& d) { return is_within(host, d); });
}

}  // namespace

trace_hosts::trace_hosts(std::vector<std::string> border) : x_border_(std::move(border)) {
  for (auto& host : x_border_) {
    host = lowered(host);
    x_domains_.push_back(org_domain(host));
  }
}

trace_hop trace_hosts::read(std::string_view received) const {
  const auto line = unfold(received, max_value);
  const auto said = read_clauses(without_comments(line));
  if (!said.has_from) return trace_hop::internal;
  const bool is_local = said.with.rfind("lmtp", 0) == 0 || is_from_loopback(line);
  if (is_within_any(said.by, x_border_)) return is_local ? trace_hop::internal : trace_hop::border;
  const bool is_ours = is_within_any(said.by, x_domains_) || (said.by == "localhost" && is_local);
  return is_ours ? trace_hop::internal : trace_hop::foreign;
}

}  // namespace postroom::mail
