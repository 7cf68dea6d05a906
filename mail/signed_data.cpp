#include "mail/signed_data.hpp"

#include <algorithm>
#include <cstring>

#include "mail/ascii.hpp"
#include "mail/transfer.hpp"

namespace postroom::mail {

namespace {

using namespace std::string_view_literals;

/// 1.2.840.113549.1.7.2 and .3, and 1.2.840.113549.1.9.16.1.23: data encrypted with authentication.
constexpr auto oid_signed = "\x2A\x86\x48\x86\xF7\x0D\x01\x07\x02"sv;
constexpr auto oid_enveloped = "\x2A\x86\x48\x86\xF7\x0D\x01\x07\x03"sv;
constexpr auto oid_auth_enveloped = "\x2A\x86\x48\x86\xF7\x0D\x01\x09\x10\x01\x17"sv;
/// How deep in CMS its content type stands at most.
constexpr std::size_t window = 64;

/// Identifier octets of BER (X.690, 8.1.2).
constexpr uint8_t end_of_contents = 0x00, integer = 0x02, octets = 0x04, octet_pieces = 0x24,
                  object_identifier = 0x06, sequence = 0x30, set = 0x31, content_0 = 0xA0;

struct element {
  uint8_t tag = 0;
  bool is_indefinite = false;      ///< ends with an end-of-contents
  std::size_t begin = 0, end = 0;  ///< of its contents; of an indefinite one the end is unknown
};

/// Takes BER apart, header by header. A length beyond the bytes ends with them.
class ber_reader {
 public:
  explicit ber_reader(std::string_view bytes) : x_bytes_(bytes) {}

  [[nodiscard]] std::size_t at() const { return x_at_; }
  /// The next header; what follows it is next. None: there is no more, or it is none of ours.
  std::optional<element> header();
  /// The same, when it has that tag.
  std::optional<element> enter(uint8_t tag);
  /// Passes over a whole element of that tag.
  std::optional<element> skip(uint8_t tag);
  void go_to(std::size_t at) { x_at_ = at; }

 private:
  std::string_view x_bytes_;
  std::size_t x_at_ = 0;
};

std::optional<element> ber_reader::header() {
  if (x_bytes_.size() - x_at_ < 2) return std::nullopt;
  auto next = [&] { return static_cast<uint8_t>(x_bytes_[x_at_++]); };
  element out;
  out.tag = next();
  if ((out.tag & 0x1F) == 0x1F) return std::nullopt;  // of several octets; CMS has none
  uint64_t length = next();
  out.is_indefinite = length == 0x80;
  if (length >= 0x80) {
    auto count = length & 0x7F;
    if (count > sizeof length || count > x_bytes_.size() - x_at_) return std::nullopt;
    for (length = 0; count > 0; --count) length = length << 8 | next();
  }
  out.begin = x_at_;
  const auto rest = x_bytes_.size() - x_at_;
  out.end = out.is_indefinite ? x_bytes_.size() : x_at_ + std::min<uint64_t>(length, rest);
  return out;
}

std::optional<element> ber_reader::enter(uint8_t tag) {
  auto found = header();
  return found && found->tag == tag ? found : std::nullopt;
}

std::optional<element> ber_reader::skip(uint8_t tag) {
  auto found = enter(tag);
  if (!found) return found;
  if (!found->is_indefinite) {
    x_at_ = found->end;
    return found;
  }
  for (std::size_t open = 1; open > 0;) {
    auto inside = header();
    if (!inside) return std::nullopt;
    if (inside->is_indefinite)
      ++open;
    else if (inside->tag == end_of_contents)
      --open;
    else
      x_at_ = inside->end;
  }
  return found;
}

/// The pieces of a constructed OCTET STRING, moved to the front of the bytes.
std::string_view join_pieces(std::string& bytes, ber_reader in, const element& whole) {
  std::size_t size = 0, open = whole.is_indefinite ? 1 : 0;
  while (in.at() < whole.end) {
    const auto piece = in.header();
    if (!piece || (piece->tag != octets && piece->tag != octet_pieces && piece->tag != 0)) break;
    if (piece->tag == end_of_contents && (open == 0 || --open == 0)) break;
    if (piece->is_indefinite) ++open;
    if (piece->tag != octets || piece->is_indefinite) continue;
    std::memmove(bytes.data() + size, bytes.data() + piece->begin, piece->end - piece->begin);
    size += piece->end - piece->begin;
    in.go_to(piece->end);
  }
  return {bytes.data(), size};
}

}  // namespace

bool is_cms(const part& p) {
  return p.type.is("application", "pkcs7-mime") || p.type.is("application", "x-pkcs7-mime");
}

bool is_named_cms(const part& p) {
  return ends_ignoring_case(p.name(), ".p7m");
}

cms kind_of_cms(const part& p) {
  const auto start = decode(p.body, p.encoding, window);
  auto has = [&](std::string_view oid) { return start.find(oid) != std::string::npos; };
  if (has(oid_signed)) return cms::signed_data;
  return has(oid_enveloped) || has(oid_auth_enveloped) ? cms::encrypted : cms::none;
}

/// ContentInfo (RFC 5652, 3), in it SignedData (5.1), in it EncapsulatedContentInfo (5.2).
std::optional<std::string_view> signed_content(std::string& bytes) {
  ber_reader in(bytes);
  if (!in.enter(sequence)) return std::nullopt;
  const auto type = in.skip(object_identifier);
  if (!type || std::string_view(bytes).substr(type->begin, type->end - type->begin) != oid_signed)
    return std::nullopt;
  const bool begins = in.enter(content_0) && in.enter(sequence) && in.skip(integer) && in.skip(set);
  const auto enclosed = begins ? in.enter(sequence) : std::nullopt;
  if (!enclosed || !in.skip(object_identifier) || in.at() >= enclosed->end) return std::nullopt;
  if (!in.enter(content_0)) return std::nullopt;
  const auto content = in.header();
  if (!content) return std::nullopt;
  if (content->tag == octet_pieces) return join_pieces(bytes, in, *content);
  if (content->tag != octets || content->is_indefinite) return std::nullopt;
  return std::string_view(bytes).substr(content->begin, content->end - content->begin);
}

}  // namespace postroom::mail
