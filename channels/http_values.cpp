#include "channels/http_values.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <memory>

namespace postroom::channels {

namespace {

constexpr double longest = 86'400;  // seconds

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

}  // namespace

std::string url_escape(std::string_view text) {
  if (text.empty()) return {};  // libcurl takes a length of 0 for "up to the NUL"
  const std::unique_ptr<char, decltype(&curl_free)> escaped(
      curl_easy_escape(nullptr, text.data(), static_cast<int>(text.size())), &curl_free);
  return escaped ? std::string(escaped.get()) : std::string{};
}

std::string form_unescape(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const int high = i + 2 < text.size() ? hex_value(text[i + 1]) : -1;
    const int low = i + 2 < text.size() ? hex_value(text[i + 2]) : -1;
    if (text[i] == '%' && high >= 0 && low >= 0) {
      out += static_cast<char>(high * 16 + low);
      i += 2;
    } else {
      out += text[i] == '+' ? ' ' : text[i];
    }
  }
  return out;
}

std::optional<duration> retry_after(const std::string& value, time_point now) {
  if (value.empty()) return std::nullopt;
  double seconds = 0;
  const auto [end, bad] = std::from_chars(value.data(), value.data() + value.size(), seconds);
  if (bad != std::errc{} || end != value.data() + value.size()) {
    const auto when = curl_getdate(value.c_str(), nullptr);
    if (when < 0) return std::nullopt;
    seconds =
        std::max(0.0, static_cast<double>(when) - static_cast<double>(to_millis(now)) / 1'000);
  }
  if (!std::isfinite(seconds) || seconds < 0) return std::nullopt;
  return std::chrono::ceil<duration>(std::chrono::duration<double>(std::min(seconds, longest)));
}

}  // namespace postroom::channels
