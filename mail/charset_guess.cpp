#include "mail/charset_guess.hpp"

#include <uchardet/uchardet.h>

#include <algorithm>
#include <array>
#include <memory>

#include "mail/fields.hpp"

namespace postroom::mail {

namespace {

constexpr std::size_t window = 16u << 10;
/// Bytes beyond ASCII from which on a guess is better than none. The charsets of Latin letters
/// differ in few bytes, so a short text is windows-1252, which mails have most.
constexpr std::ptrdiff_t enough = 6, enough_for_latin = 48;
constexpr std::string_view usual = "windows-1252";

struct detector_free {
  void operator()(uchardet_t d) const noexcept { uchardet_delete(d); }
};
using detector = std::unique_ptr<std::remove_pointer_t<uchardet_t>, detector_free>;

bool is_latin(std::string_view name) {
  static constexpr std::array<std::string_view, 16> names = {
      "iso-8859-1",   "iso-8859-2",   "iso-8859-3",   "iso-8859-4",  "iso-8859-9",   "iso-8859-10",
      "iso-8859-13",  "iso-8859-14",  "iso-8859-15",  "iso-8859-16", "windows-1250", "windows-1252",
      "windows-1254", "windows-1257", "windows-1258", "ibm852"};
  return std::any_of(names.begin(), names.end(),
                     [&](auto n) { return equal_ignoring_case(n, name); });
}

}  // namespace

std::string guess_charset(std::string_view bytes) {
  bytes = bytes.substr(0, window);
  auto high = std::count_if(bytes.begin(), bytes.end(),
                            [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
  if (high < enough) return std::string(usual);
  detector made(uchardet_new());
  if (uchardet_handle_data(made.get(), bytes.data(), bytes.size()) != 0) return std::string(usual);
  uchardet_data_end(made.get());
  std::string name = uchardet_get_charset(made.get());
  bool told = !name.empty() && !equal_ignoring_case(name, "ascii") &&
              !equal_ignoring_case(name, "utf-8") && (high >= enough_for_latin || !is_latin(name));
  return told ? name : std::string(usual);
}

}  // namespace postroom::mail
