#include "channels/pop3_listing.hpp"

#include <algorithm>

#include "channels/pop3_parser.hpp"

namespace postroom::channels {
namespace {

/// RFC 1939 allows 70 characters; some servers send more.
constexpr std::size_t max_uidl = 512;
/// Of all unique-ids of a mailbox; each is held up to three times.
constexpr std::size_t max_uidl_bytes = 64u << 20;

bool is_uidl(std::string_view id) {
  return !id.empty() && id.size() <= max_uidl &&
         std::all_of(id.begin(), id.end(), [](char c) { return c > ' ' && c != 0x7f; });
}

}  // namespace

result<pop3_listing::entry*> pop3_listing::at(uint64_t number) {
  if (number == 0) return fail(ec::protocol_violation, "a listing has a mail with the number 0");
  auto [it, fresh] = mails_.try_emplace(number);
  if (fresh && mails_.size() > expected_)
    return fail(ec::protocol_violation, "a listing has more mails than STAT counted");
  return &it->second;
}

result<void> pop3_listing::add_size(std::string_view line) {
  auto parsed = read_numbered(line);
  auto size = parsed ? read_numbered(parsed->rest) : std::nullopt;
  if (!size) return fail(ec::protocol_violation, "a line of LIST is not 'number size'");
  auto mail = at(parsed->number);
  if (!mail) return mail.error();
  if ((*mail)->size) return fail(ec::protocol_violation, "LIST has a number twice");
  (*mail)->size = size->number;
  return {};
}

result<void> pop3_listing::add_uidl(std::string_view line) {
  auto parsed = read_numbered(line);
  if (parsed)
    while (parsed->rest.ends_with(' ')) parsed->rest.remove_suffix(1);
  if (!parsed || !is_uidl(parsed->rest))
    return fail(ec::protocol_violation, "a line of UIDL is not 'number unique-id'");
  auto mail = at(parsed->number);
  if (!mail) return mail.error();
  if (!(*mail)->uidl.empty()) return fail(ec::protocol_violation, "UIDL has a number twice");
  uidl_bytes_ += parsed->rest.size();
  if (uidl_bytes_ > max_uidl_bytes)
    return fail(ec::unsupported, "the unique-ids of this mailbox take more than 64 MiB");
  (*mail)->uidl = parsed->rest;
  return {};
}

result<void> pop3_listing::finish() {
  std::map<std::string, unsigned, std::less<>> copies;
  for (auto& [number, mail] : mails_) {
    if (mail.uidl.empty())
      return fail(ec::protocol_violation,
                  "UIDL leaves out mail " + std::to_string(number) + ", which LIST shows");
    if (auto rank = ++copies[mail.uidl]; rank > 1) mail.uidl += ' ' + std::to_string(rank);
    numbers_.emplace(mail.uidl, number);
  }
  return {};
}

std::vector<listed_mail> pop3_listing::after(uint64_t number, std::size_t max) const {
  std::vector<listed_mail> out;
  for (auto it = mails_.upper_bound(number); it != mails_.end() && out.size() < max; ++it)
    out.push_back({.uid = it->first,
                   .uidl = it->second.uidl,
                   .size = it->second.size.value_or(unsaid_size_),
                   .internal_date = std::nullopt,
                   .size_is_bound = !it->second.size});
  return out;
}

std::optional<uint64_t> pop3_listing::number_of(const listed_mail& mail) const {
  if (auto it = numbers_.find(mail.uidl); it != numbers_.end()) return it->second;
  return std::nullopt;
}

std::optional<uint64_t> pop3_listing::size_of(uint64_t number) const {
  auto it = mails_.find(number);
  return it == mails_.end() ? std::nullopt : it->second.size;
}

}  // namespace postroom::channels
