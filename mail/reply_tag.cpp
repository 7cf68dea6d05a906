#include "mail/reply_tag.hpp"

#include <algorithm>

#include "base/digest.hpp"
#include "mail/ascii.hpp"
#include "mail/fold.hpp"

namespace postroom::mail {

namespace {

constexpr std::size_t min_key = 16, tag_bytes = 16, tag_size = 26;
constexpr std::size_t max_local_part = 64, max_references = 10;
constexpr std::string_view base32_digits = "abcdefghijklmnopqrstuvwxyz234567";

/// Without padding.
std::string base32(std::string_view bytes) {
  std::string out;
  unsigned bits = 0, held = 0;
  for (unsigned char c : bytes) {
    held = (held << 8 | c) & 0xfff;
    for (bits += 8; bits >= 5; bits -= 5) out += base32_digits[held >> (bits - 5) & 31];
  }
  if (bits > 0) out += base32_digits[held << (5 - bits) & 31];
  return out;
}

/// The NULs keep one field from passing for a part of the next: none of them holds one. The name at
/// the front keeps a tag from being anything else that the same key may sign one day.
std::string make_tag(std::string_view key, const call_name& call, std::string_view recipient) {
  std::string text = "postroom-reply-1";
  for (const auto& field : {call.part.value, std::to_string(call.number.value),
                            fold_address(recipient.substr(0, recipient.find('\0')))})
    text.append(1, '\0').append(field);
  return base32(std::string_view(hmac_sha256(key, text)).substr(0, tag_bytes));
}

bool is_tag(std::string_view text) {
  return text.size() == tag_size && std::all_of(text.begin(), text.end(), [](char c) {
           return base32_digits.find(c) != std::string_view::npos;
         });
}

}  // namespace

result<reply_tags> reply_tags::make(std::vector<std::string> keys) {
  if (keys.empty()) return fail(ec::config_invalid, "reply keys: there is none; one is needed");
  for (std::size_t i = 0; i < keys.size(); ++i)
    if (keys[i].size() < min_key)
      return fail(ec::config_invalid, "reply keys: number " + std::to_string(i + 1) + " has " +
                                          std::to_string(keys[i].size()) +
                                          " bytes; use at least 16 random ones");
  return reply_tags(std::move(keys));
}

reply_reference reply_tags::sign(const call_name& call, std::string_view recipient) const {
  return {call, make_tag(x_keys_.front(), call, recipient)};
}

bool reply_tags::check(const reply_reference& reference, std::string_view recipient) const {
  bool same = false;
  for (const auto& key : x_keys_)
    same |= equal_in_constant_time(make_tag(key, reference.call, recipient), reference.tag);
  return same;
}

std::string render_reference(const reply_reference& reference) {
  return render_call(reference.call.part, reference.call.number) + '.' + reference.tag;
}

std::optional<reply_reference> find_reference(std::string_view id_or_address) {
  const auto local = id_or_address.substr(0, id_or_address.find('@'));
  const auto dot = local.rfind('.');
  if (dot == std::string_view::npos || local.size() - dot - 1 != tag_size) return std::nullopt;
  auto tag = lowered(local.substr(dot + 1));
  const auto before = local.substr(0, dot);
  const auto start = before.find_last_of(".+");
  const auto call =
      read_call_name(start == std::string_view::npos ? before : before.substr(start + 1));
  if (!call || !is_tag(tag)) return std::nullopt;
  return reply_reference{*call, std::move(tag)};
}

std::vector<reply_reference> find_references(const parsed_mail& mail) {
  std::vector<reply_reference> out;
  auto take = [&](std::string_view text) {
    auto found = out.size() < max_references ? find_reference(text) : std::nullopt;
    if (found && std::find(out.begin(), out.end(), *found) == out.end())
      out.push_back(std::move(*found));
  };
  take(mail.in_reply_to);
  for (auto id = mail.references.rbegin(); id != mail.references.rend(); ++id) take(*id);
  for (const auto& list : {mail.to, mail.cc})
    for (const auto& a : list) take(a.addr);
  return out;
}

std::string tagged_address(std::string_view address, const reply_reference& reference) {
  const auto at = address.rfind('@');
  if (at == std::string_view::npos || at == 0 || at + 1 == address.size()) return {};
  auto out = std::string(address.substr(0, at)) + '+' + render_reference(reference);
  if (out.size() > max_local_part) return {};
  return out.append(address.substr(at));
}

std::string untagged_address(std::string_view address) {
  const auto at = address.rfind('@');
  if (at == std::string_view::npos || !find_reference(address)) return std::string(address);
  const auto local = address.substr(0, at);
  const auto start = local.substr(0, local.rfind('.')).find_last_of(".+");
  if (start == std::string_view::npos || local[start] != '+') return std::string(address);
  return std::string(local.substr(0, start)).append(address.substr(at));
}

}  // namespace postroom::mail
