#include "mail/rtf.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <vector>

#include "mail/charset.hpp"
#include "mail/html_text.hpp"
#include "mail/mail.hpp"
#include "mail/mapi.hpp"
#include "mail/utf8.hpp"

namespace postroom::mail {

namespace {

/// The dictionary that every compressed RTF begins with (MS-OXRTFCP 2.1.2.1).
constexpr std::string_view first_dictionary =
    "{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern "
    "\\fscript \\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\"
    "blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx";
constexpr std::size_t dictionary_size = 4096;
constexpr uint64_t compressed = 0x75465A4C, stored = 0x414C454D;

/// Twice the length of a group nests as deep as any program writes.
constexpr std::size_t max_depth = 1000;

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

class reader {
 public:
  reader(std::string_view rtf, std::size_t max) : x_in_(rtf), x_max_(max) {}
  std::string run();

 private:
  struct group {
    bool hidden = false;    ///< no text of the message
    bool html_tag = false;  ///< verbatim HTML
    bool html_rtf = false;  ///< what shows the HTML as RTF
    std::size_t unicode_skip = 1;
  };
  void control();
  void word(std::string_view name, long value);
  void put(std::string_view utf8);
  void put_byte(char c);
  void flush();
  group& here() { return x_groups_.back(); }

  std::string_view x_in_;
  std::size_t x_max_;
  std::vector<group> x_groups_ = {{}};
  std::size_t x_too_deep_ = 0;
  std::size_t x_skip_ = 0;  ///< characters that only stand for one of Unicode
  bool x_from_html_ = false;
  std::string x_charset_ = "windows-1252";
  std::string x_bytes_;  ///< of that charset, not read yet
  std::string x_out_;
};

/// Bytes of a charset go in one piece, as a character may have several.
void reader::flush() {
  if (x_bytes_.empty()) return;
  auto text = to_utf8(x_bytes_, x_charset_);
  x_bytes_.clear();
  x_out_ += x_from_html_ && !here().html_tag ? escape_html(text) : text;
}

void reader::put(std::string_view utf8) {
  if (here().hidden || here().html_rtf) return;
  flush();
  x_out_ += utf8;
}

void reader::put_byte(char c) {
  if (x_skip_ > 0)
    --x_skip_;
  else if (!here().hidden && !here().html_rtf)
    x_bytes_ += c;
}

void reader::word(std::string_view name, long value) {
  static constexpr std::array<std::string_view, 9> hidden = {"fonttbl", "colortbl", "stylesheet",
                                                             "info",    "pict",     "object",
                                                             "header",  "footer",   "listtable"};
  if (std::find(hidden.begin(), hidden.end(), name) != hidden.end()) here().hidden = true;
  if (name == "fromhtml") x_from_html_ = true;
  if (name == "ansicpg") x_charset_ = "cp" + std::to_string(value);
  if (name == "htmltag") flush(), here().hidden = false, here().html_tag = true;
  if (name == "htmlrtf") flush(), here().html_rtf = value != 0;
  if (name == "uc") here().unicode_skip = static_cast<std::size_t>(std::clamp(value, 0L, 10L));
  if (name == "par" || name == "line") put("\n");
  if (name == "tab") put("\t");
  if (name == "u") {
    std::string character;
    append_utf8(character, static_cast<char32_t>(value & 0xFFFF));
    put(character);
    x_skip_ = here().unicode_skip;
  }
}

/// What follows a backslash: a word with a number, a byte in hexadecimal, or a symbol.
void reader::control() {
  char c = x_in_.empty() ? '\0' : x_in_[0];
  if (!is_letter(c)) {
    x_in_.remove_prefix(std::min<std::size_t>(1, x_in_.size()));
    if (c == '\'' && x_in_.size() >= 2) {
      put_byte(
          static_cast<char>(std::strtol(std::string(x_in_.substr(0, 2)).c_str(), nullptr, 16)));
      x_in_.remove_prefix(2);
    }
    if (c == '{' || c == '}' || c == '\\') put_byte(c);
    if (c == '~') put(" ");
    if (c == '*') here().hidden = true;
    return;
  }
  auto end = std::min<std::size_t>(x_in_.size(), 32);
  auto letters = static_cast<std::size_t>(
      std::find_if_not(x_in_.begin(), x_in_.begin() + static_cast<std::ptrdiff_t>(end), is_letter) -
      x_in_.begin());
  auto number = std::min(x_in_.find_first_not_of("-0123456789", letters), x_in_.size());
  number = std::min(number, letters + 10);
  auto digits = std::string(x_in_.substr(letters, number - letters));
  auto name = x_in_.substr(0, letters);
  x_in_.remove_prefix(number);
  if (!x_in_.empty() && x_in_[0] == ' ') x_in_.remove_prefix(1);
  word(name, digits.empty() ? 1 : std::strtol(digits.c_str(), nullptr, 10));
}

std::string reader::run() {
  while (!x_in_.empty() && x_out_.size() <= x_max_ * 2) {
    char c = x_in_[0];
    x_in_.remove_prefix(1);
    if (c == '\\') {
      control();
    } else if (c == '{') {
      flush();
      if (x_groups_.size() < max_depth)
        x_groups_.push_back(here());
      else
        ++x_too_deep_;
    } else if (c == '}') {
      flush();
      if (x_too_deep_ > 0)
        --x_too_deep_;
      else if (x_groups_.size() > 1)
        x_groups_.pop_back();
    } else if (c != '\r' && c != '\n') {
      put_byte(c);
    }
  }
  flush();
  return x_from_html_ ? html_to_text(x_out_, x_max_) : std::move(x_out_);
}

}  // namespace

std::string decompress_rtf(std::string_view bytes, std::size_t max) {
  byte_reader in(bytes);
  in.number(4);
  auto size = std::min<std::size_t>(in.number(4), max);
  auto kind = in.number(4);
  in.number(4);
  if (kind == stored) return std::string(in.bytes(std::min(size, bytes.size() - 16)));
  if (kind != compressed) return {};
  std::string ring(first_dictionary), out;
  ring.resize(dictionary_size);
  std::size_t at = first_dictionary.size();
  auto put = [&](char c) {
    out += c;
    ring[at++ % dictionary_size] = c;
  };
  while (in.ok() && out.size() < size) {
    auto flags = in.number(1);
    for (int bit = 0; bit < 8 && in.ok() && out.size() < size; ++bit, flags >>= 1) {
      if ((flags & 1) == 0) {
        put(static_cast<char>(in.number(1)));
        continue;
      }
      auto high = in.number(1), low = in.number(1);
      auto from = (high << 4) | (low >> 4);
      if (from == at % dictionary_size) return out;  // the end
      for (auto length = (low & 15) + 2; length > 0; --length) put(ring[from++ % dictionary_size]);
    }
  }
  return out;
}

std::string rtf_to_text(std::string_view rtf, std::size_t max) {
  return reader(rtf, max).run();
}

}  // namespace postroom::mail
