#include "mail/encoded_words.hpp"

#include <algorithm>
#include <optional>
#include <vector>

#include "mail/charset.hpp"
#include "mail/fields.hpp"
#include "mail/transfer.hpp"

namespace postroom::mail {

namespace {

/// No program writes longer words; without a bound, words without an end would cost their square.
constexpr std::size_t max_word = 8u << 10;

/// The charsets of one value: looking for one that nobody knows takes long, so only the first few
/// are believed. The words of others are guessed.
class believed_charsets {
 public:
  std::string_view operator()(std::string_view charset) {
    for (auto known : x_seen_)
      if (equal_ignoring_case(known, charset)) return charset;
    if (x_seen_.size() >= max_charsets) return {};
    x_seen_.push_back(charset);
    return charset;
  }

 private:
  static constexpr std::size_t max_charsets = 4;
  std::vector<std::string_view> x_seen_;
};

struct word {
  std::string_view charset, text;
  char encoding = 'q';
  std::size_t length = 0;  ///< of all of it
};

bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

bool is_base64(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' ||
         c == '/';
}

/// Where the text ends that starts at `from`. A word that the end of the value cuts off counts when
/// nothing but its text can follow.
std::size_t end_of_text(std::string_view line, std::size_t from, char encoding) {
  auto end = line.find("?=", from);
  if (end != std::string_view::npos) return end;
  auto rest = line.substr(from);
  bool is_text = std::all_of(rest.begin(), rest.end(), [&](char c) {
    return is_base64(c) || c == '=' || (encoding == 'q' && c != ' ' && c != '?');
  });
  return is_text && rest.size() >= 4 ? line.size() : std::string_view::npos;
}

/// Whether a word can have this text. Where values have syntax, a quote ends the word's place.
bool is_possible(std::string_view text, char encoding, bool in_syntax) {
  if (encoding == 'q') return !in_syntax || text.find('"') == std::string_view::npos;
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return is_base64(c) || is_blank(c) || c == '='; });
}

/// The word at the start of `line`.
std::optional<word> word_at(std::string_view line, bool in_syntax) {
  line = line.substr(0, max_word);
  if (line.substr(0, 2) != "=?") return std::nullopt;
  auto stop = line.find_first_of("? \t=\"", 2);
  if (stop == std::string_view::npos || line[stop] != '?' || stop + 3 > line.size() ||
      line[stop + 2] != '?')
    return std::nullopt;
  word w;
  w.charset = line.substr(2, stop - 2);
  w.charset = w.charset.substr(0, w.charset.find('*'));  // a language (RFC 2231, 5)
  w.encoding = static_cast<char>(line[stop + 1] | 0x20);
  if (w.encoding != 'q' && w.encoding != 'b') return std::nullopt;
  auto end = end_of_text(line, stop + 3, w.encoding);
  if (end == std::string_view::npos) return std::nullopt;
  w.text = line.substr(stop + 3, end - stop - 3);
  if (!is_possible(w.text, w.encoding, in_syntax)) return std::nullopt;
  w.length = std::min(end + 2, line.size());
  return w;
}

std::string bytes_of(const word& w) {
  std::string text(w.text);
  if (w.encoding == 'b') {
    // Padding is often forgotten, and blanks come from folding inside of the word.
    text.erase(std::remove_if(text.begin(), text.end(), is_blank), text.end());
    while (text.size() % 4 != 0 && text.size() < w.text.size() + 4) text += '=';
    return decode(text, transfer::base64, text.size());
  }
  std::replace(text.begin(), text.end(), '_', ' ');
  return decode(text, transfer::quoted_printable, text.size());
}

/// A run of words with nothing but blanks between them, from the start of `line`. Bytes of one
/// charset are put together before they are read: words may be split inside of a character.
std::string take_run(std::string_view line, bool in_syntax, believed_charsets& believed,
                     std::size_t& length) {
  std::string out, bytes;
  std::string_view charset;
  auto read = [&] {
    if (!bytes.empty()) out += to_utf8(bytes, charset);
    bytes.clear();
  };
  for (std::size_t at = 0; auto w = word_at(line.substr(at), in_syntax);) {
    auto name = believed(w->charset);
    if (!equal_ignoring_case(name, charset)) read();
    charset = name;
    bytes += bytes_of(*w);
    length = at + w->length;
    at = std::min(line.find_first_not_of(" \t", length), line.size());
  }
  read();
  return out;
}

/// Calls `word(text)` for each run and `raw(text)` for what is between, all as UTF-8.
template <class Word, class Raw>
void each_piece(std::string_view line, std::string_view hint, bool in_syntax, Word word, Raw raw) {
  believed_charsets believed;
  std::size_t from = 0;
  auto flush = [&](std::size_t to) {
    if (to > from) raw(read_unlabelled(line.substr(from, to - from), hint));
  };
  for (auto at = line.find("=?"); at != std::string_view::npos; at = line.find("=?", at)) {
    std::size_t length = 0;
    auto text = take_run(line.substr(at), in_syntax, believed, length);
    if (length == 0) {
      at += 2;
      continue;
    }
    flush(at);
    word(text);
    from = at += length;
  }
  flush(line.size());
}

/// What a gateway or a program puts before a subject without looking at it, as "[SPAM]" or "Re:",
/// ends so; the blank that must be before a word (RFC 2047, 5) is forgotten there, not left out.
bool ends_a_mark(const std::string& text) {
  return !text.empty() && (text.back() == ']' || text.back() == ')' || text.back() == ':');
}

}  // namespace

/// In the form "Q": GMime joins words and loses what follows padding of "B".
std::string as_word(std::string_view text) {
  static constexpr std::string_view digits = "0123456789ABCDEF";
  if (text.empty()) return {};
  std::string out = "=?utf-8?Q?";
  for (char c : text) {
    auto byte = static_cast<unsigned char>(c);
    if (is_base64(c) && c != '+' && c != '/')
      out += c;
    else
      out.append({'=', digits[byte >> 4], digits[byte & 15]});
  }
  return out + "?=";
}

std::string decode_words(std::string_view line, std::string_view hint) {
  std::string out;
  auto add = [&](const std::string& text) { out += text; };
  each_piece(
      line, hint, false,
      [&](const std::string& text) {
        if (ends_a_mark(out) && !text.empty() && !is_blank(text[0])) out += ' ';
        out += text;
      },
      add);
  return out;
}

std::string mend_words(std::string_view line, std::string_view hint) {
  std::string out;
  each_piece(
      line, hint, true, [&](const std::string& text) { out += as_word(text); },
      [&](const std::string& text) { out += text; });
  return out;
}

}  // namespace postroom::mail
