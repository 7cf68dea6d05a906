#include "api/gzip.hpp"

#include <zlib.h>

#include <algorithm>

namespace postroom::api {
namespace {

constexpr int gzip_window = 16 + MAX_WBITS;
constexpr std::size_t step = 64u << 10;

Bytef* bytes_of(std::string_view text) {
  return const_cast<Bytef*>(reinterpret_cast<const Bytef*>(text.data()));
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

bool same(std::string_view a, std::string_view b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) {
           return (x >= 'A' && x <= 'Z' ? x + 32 : x) == y;
         });
}

/// "q=0", "q=0.000": not acceptable.
bool refuses(std::string_view weight) {
  weight = trimmed(weight);
  return weight.size() >= 3 && same(weight.substr(0, 2), "q=") && weight[2] == '0' &&
         weight.find_first_of("123456789") == std::string_view::npos;
}

/// Owns an inflating stream.
struct inflater {
  z_stream z{};
  bool ready = inflateInit2(&z, gzip_window) == Z_OK;
  inflater() = default;
  ~inflater() { inflateEnd(&z); }
  inflater(const inflater&) = delete;
  inflater& operator=(const inflater&) = delete;
};

}  // namespace

result<std::string> gunzip(std::string_view packed, std::size_t max) {
  inflater in;
  if (!in.ready || packed.size() > UINT32_MAX) return fail(ec::internal, "cannot decompress");
  in.z.next_in = bytes_of(packed);
  in.z.avail_in = static_cast<uInt>(packed.size());
  std::string out;
  for (int status = Z_OK; status != Z_STREAM_END;) {
    const auto have = out.size();
    // One byte over the bound tells a body of just that size from a larger one.
    const auto room = std::min(std::max(step, have), max + 1 - have);
    if (room == 0)
      return fail(ec::overloaded, "the decompressed body is larger than " + std::to_string(max) +
                                      " bytes, which is all this server takes");
    out.resize(have + room);
    in.z.next_out = bytes_of(std::string_view{out}.substr(have));
    in.z.avail_out = static_cast<uInt>(room);
    status = inflate(&in.z, Z_NO_FLUSH);
    out.resize(have + room - in.z.avail_out);
    if ((status != Z_OK && status != Z_STREAM_END) || (status == Z_OK && out.size() == have))
      return fail(ec::config_invalid, "the body is not complete gzip");
  }
  if (in.z.avail_in != 0) return fail(ec::config_invalid, "something follows the gzip body");
  if (out.size() > max) return fail(ec::overloaded, "the decompressed body is too large");
  return out;
}

std::string gzip(std::string_view text) {
  z_stream z{};
  if (deflateInit2(&z, Z_BEST_SPEED, Z_DEFLATED, gzip_window, 8, Z_DEFAULT_STRATEGY) != Z_OK)
    return {};
  std::string out(deflateBound(&z, text.size()), '\0');
  z.next_in = bytes_of(text);
  z.avail_in = static_cast<uInt>(text.size());
  z.next_out = bytes_of(out);
  z.avail_out = static_cast<uInt>(out.size());
  const int status = deflate(&z, Z_FINISH);
  out.resize(status == Z_STREAM_END ? out.size() - z.avail_out : 0);
  deflateEnd(&z);
  return out;
}

bool accepts_gzip(std::string_view list) {
  while (!list.empty()) {
    const auto comma = list.find(',');
    const auto item = list.substr(0, comma);
    list = comma == std::string_view::npos ? std::string_view{} : list.substr(comma + 1);
    const auto semicolon = item.find(';');
    if (!same(trimmed(item.substr(0, semicolon)), "gzip")) continue;
    return semicolon == std::string_view::npos || !refuses(item.substr(semicolon + 1));
  }
  return false;
}

}  // namespace postroom::api
