#include "mail/protection.hpp"

#include <algorithm>

#include "mail/fields.hpp"
#include "mail/signed_data.hpp"

namespace postroom::mail {

namespace {

constexpr std::string_view signed_mark = "-----BEGIN PGP SIGNED MESSAGE-----";
constexpr std::string_view signature_mark = "-----BEGIN PGP SIGNATURE-----";
constexpr std::string_view message_mark = "-----BEGIN PGP MESSAGE-----";

/// Where a line begins so; npos: none does.
std::size_t find_line(std::string_view text, std::string_view start, std::size_t from = 0) {
  for (auto at = text.find(start, from); at != std::string_view::npos;
       at = text.find(start, at + 1))
    if (at == 0 || text[at - 1] == '\n') return at;
  return std::string_view::npos;
}

/// The smime-type, else what the bytes say.
protection protection_of_cms(const part& p) {
  if (equal_ignoring_case(p.type.smime_type, "signed-data")) return {.is_signed = true};
  if (equal_ignoring_case(p.type.smime_type, "enveloped-data") ||
      equal_ignoring_case(p.type.smime_type, "authEnveloped-data"))
    return {.is_encrypted = true};
  const auto kind = kind_of_cms(p);
  return {.is_signed = kind == cms::signed_data, .is_encrypted = kind == cms::encrypted};
}

/// Servers take the multipart/encrypted from around it, and people attach files that PGP made.
bool is_pgp_message(const part& p) {
  if (p.type.is("application", "pgp-encrypted")) return true;
  if (p.is_multipart || !ends_ignoring_case(p.name(), ".asc")) return false;
  const auto start = decode(p.body, p.encoding, 2 * message_mark.size());
  return trimmed(start).substr(0, message_mark.size()) == message_mark;
}

protection protection_of(const part& p) {
  if (p.type.is("multipart", "signed")) return {.is_signed = true};
  if (p.type.is("multipart", "encrypted")) return {.is_encrypted = true};
  if (is_pgp_message(p)) return {.is_encrypted = true};
  if (is_cms(p)) return protection_of_cms(p);
  // A document may be signed, which says nothing of the mail.
  if (is_named_cms(p))
    return {.is_signed = p.opened != nullptr, .is_encrypted = kind_of_cms(p) == cms::encrypted};
  return {};
}

}  // namespace

protection protection_of(const std::vector<part>& parts, const std::string& text) {
  protection out;
  for (const auto& p : parts) {
    auto one = protection_of(p);
    out.is_signed |= one.is_signed;
    out.is_encrypted |= one.is_encrypted;
  }
  out.is_signed |= find_line(text, signed_mark) != std::string::npos;
  out.is_encrypted |= find_line(text, message_mark) != std::string::npos;
  return out;
}

/// RFC 9580, 7: headers up to a blank line, the text with "- " before lines that begin with a dash,
/// the signature.
std::string without_pgp_signature(std::string text) {
  auto begin = find_line(text, signed_mark);
  auto head_end = begin == std::string::npos ? begin : text.find("\n\n", begin);
  auto end = head_end == std::string::npos ? head_end : find_line(text, signature_mark, head_end);
  if (end == std::string::npos) return text;
  auto out = text.substr(0, begin);
  for (auto at = head_end + 2; at < end;) {
    auto line = line_at(std::string_view(text).substr(0, end), at);
    at += line.size();
    if (line.substr(0, 2) == "- ") line.remove_prefix(2);
    out += line;
  }
  static constexpr std::string_view last = "-----END PGP SIGNATURE-----\n";
  auto rest = find_line(text, last, end);
  return rest == std::string::npos ? out : out + text.substr(rest + last.size());
}

}  // namespace postroom::mail
