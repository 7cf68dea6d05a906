#include "mail/transfer.hpp"

#include <gmime/gmime.h>

#include <algorithm>

#include "mail/fields.hpp"

namespace postroom::mail {

namespace {

constexpr std::size_t step = 16u << 10;

GMimeContentEncoding to_gmime(transfer how) {
  switch (how) {
    case transfer::base64:
      return GMIME_CONTENT_ENCODING_BASE64;
    case transfer::quoted_printable:
      return GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE;
    case transfer::uuencode:
      return GMIME_CONTENT_ENCODING_UUENCODE;
    case transfer::identity:
      return GMIME_CONTENT_ENCODING_BINARY;
  }
  return GMIME_CONTENT_ENCODING_BINARY;
}

/// What follows the line "begin 644 name": GMime's decoder takes no more than the lines of data.
std::string_view after_begin(std::string_view body) {
  std::size_t at = body.substr(0, 6) == "begin " ? 0 : body.find("\nbegin ");
  if (at == std::string_view::npos) return {};
  auto end = body.find('\n', at + 1);
  return end == std::string_view::npos ? std::string_view{} : body.substr(end + 1);
}

/// Hands the decoded bytes to `use(bytes)` piece by piece until it returns false.
template <class Use>
void decode_steps(std::string_view body, transfer how, Use use) {
  if (how == transfer::uuencode) body = after_begin(body);
  GMimeEncoding state;
  g_mime_encoding_init_decode(&state, to_gmime(how));
  std::string out(g_mime_encoding_outlen(&state, std::min(step, body.size())), '\0');
  while (!body.empty()) {
    auto piece = body.substr(0, step);
    body.remove_prefix(piece.size());
    auto made = g_mime_encoding_step(&state, piece.data(), piece.size(), out.data());
    if (!use(std::string_view(out.data(), made))) return;
  }
}

std::string with_crlf(std::string_view text) {
  std::string out;
  out.reserve(text.size() + text.size() / 32);
  for (char c : text) {
    if (c == '\n') out += '\r';
    out += c;
  }
  return out;
}

bool is_base64_character(char c) {
  return is_alnum(c) || c == '+' || c == '/';
}

}  // namespace

bool looks_like_base64(std::string_view body) {
  constexpr std::size_t window = 1024;
  // So long a line in whole groups of four that no sentence is one.
  constexpr std::size_t certain = 12;
  body = body.substr(0, window);
  for (std::size_t at = 0; at < body.size();) {
    auto line = line_at(body, at);
    at += line.size();
    line = trimmed(line);
    const auto size = std::min(line.find('='), line.size());
    if (!std::all_of(line.begin(), line.begin() + static_cast<std::ptrdiff_t>(size),
                     is_base64_character))
      return false;
    // What stands below is a foot line at most.
    if (size < line.size() || (size >= certain && size % 4 == 0)) return true;
  }
  return true;
}

transfer read_transfer(std::string_view value) {
  auto name = unfold(value, 100);
  if (equal_ignoring_case(name, "base64")) return transfer::base64;
  if (equal_ignoring_case(name, "quoted-printable")) return transfer::quoted_printable;
  for (auto uu : {"x-uuencode", "x-uue", "uuencode", "x-uu"})
    if (equal_ignoring_case(name, uu)) return transfer::uuencode;
  return transfer::identity;
}

std::size_t decoded_bound(std::size_t size, transfer how) {
  return how == transfer::base64 ? size / 4 * 3 + 3 : size;
}

std::string decode(std::string_view body, transfer how, std::size_t max) {
  if (how == transfer::identity) return std::string(body.substr(0, max));
  std::string out;
  out.reserve(std::min(max, decoded_bound(body.size(), how)));  // growing would hold it twice
  decode_steps(body, how, [&](std::string_view bytes) {
    out.append(bytes.substr(0, max - out.size()));
    return out.size() < max;
  });
  return out;
}

uint64_t decoded_size(std::string_view body, transfer how) {
  if (how == transfer::identity) return body.size();
  uint64_t size = 0;
  decode_steps(body, how, [&](std::string_view bytes) {
    size += bytes.size();
    return true;
  });
  return size;
}

std::string encode(std::string_view text, transfer how) {
  // A text's canonical line end is CR LF (RFC 2046 section 4.1.1), so base64 has to carry it.
  std::string canonical;
  if (how == transfer::base64) text = canonical = with_crlf(text);
  GMimeEncoding state;
  g_mime_encoding_init_encode(&state, to_gmime(how));
  std::string out(g_mime_encoding_outlen(&state, text.size()), '\0');
  out.resize(g_mime_encoding_flush(&state, text.data(), text.size(), out.data()));
  return with_crlf(out);
}

std::string encode_bytes(std::string_view bytes) {
  GMimeEncoding state;
  g_mime_encoding_init_encode(&state, GMIME_CONTENT_ENCODING_BASE64);
  std::string out, lines(g_mime_encoding_outlen(&state, step), '\0');
  out.reserve(bytes.size() / 57 * 78 + 80);
  // In steps: a mail of 25 MB must not be in memory three times.
  for (; bytes.size() > step; bytes.remove_prefix(step))
    out +=
        with_crlf({lines.data(), g_mime_encoding_step(&state, bytes.data(), step, lines.data())});
  return out += with_crlf({lines.data(), g_mime_encoding_flush(&state, bytes.data(), bytes.size(),
                                                               lines.data())});
}

}  // namespace postroom::mail
