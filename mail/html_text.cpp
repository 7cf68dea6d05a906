#include "mail/html_text.hpp"

#include <algorithm>
#include <array>

#include "mail/fields.hpp"
#include "mail/html_scan.hpp"

namespace postroom::mail {

namespace {

bool is_blank(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

template <std::size_t N>
bool any_of(std::string_view name, const std::array<std::string_view, N>& names) {
  return std::any_of(names.begin(), names.end(),
                     [&](auto n) { return equal_ignoring_case(n, name); });
}

/// Their content is never text; together they are what a head holds, which need not be closed.
constexpr std::array<std::string_view, 5> hidden = {"script", "style", "title", "template",
                                                    "noscript"};
constexpr std::array<std::string_view, 12> lines = {"div",     "tr",     "table",  "section",
                                                    "article", "header", "footer", "dt",
                                                    "dd",      "li",     "form",   "center"};
constexpr std::array<std::string_view, 11> paragraphs = {
    "p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "blockquote", "pre", "ol"};
constexpr std::array<std::string_view, 2> cells = {"td", "th"};

class reader {
 public:
  reader(std::string_view html, std::size_t max) : x_in_(html), x_scan_(html), x_max_(max) {}
  std::string run();

 private:
  void text();
  void entity();
  void markup();
  void element(std::string_view name);
  void open_element(std::string_view name);
  void line_breaks(int at_least) {
    x_breaks_ = std::max(x_breaks_, at_least);
    x_gap_ = false;
  }
  void put(std::string_view text);
  void put_character(std::string_view character);

  std::string_view x_in_;
  html_scan x_scan_;
  std::size_t x_max_;
  std::size_t x_at_ = 0;
  std::string x_out_;
  int x_breaks_ = 0;       ///< line ends due before the next text
  bool x_gap_ = false;     ///< a space is due
  bool x_bullet_ = false;  ///< a list item has begun
  int x_pre_ = 0;
};

void reader::put(std::string_view text) {
  if (!x_out_.empty()) x_out_.append(static_cast<std::size_t>(x_breaks_), '\n');
  if (x_breaks_ == 0 && x_gap_ && !x_out_.empty()) x_out_ += ' ';
  if (x_bullet_) x_out_ += "- ";
  x_breaks_ = 0;
  x_gap_ = x_bullet_ = false;
  x_out_ += text;
}

void reader::put_character(std::string_view character) {
  bool no_break_space = character == "\xC2\xA0";
  if (x_pre_ > 0 && character == "\n")
    x_breaks_ = std::min(x_breaks_ + 1, 1000);
  else if (x_pre_ > 0 && (no_break_space || is_blank(character[0])))
    put(character == "\t" ? "\t" : " ");
  else if (no_break_space || is_blank(character[0]))
    x_gap_ = true;
  else
    put(character);
}

/// Up to the next markup or reference. Words go in one piece; bytes of one character stay together
/// as no byte of UTF-8 but the blanks themselves is a blank.
void reader::text() {
  auto end = x_at_ + 1;
  while (end < x_in_.size() && x_in_[end] != '<' && x_in_[end] != '&') ++end;
  while (x_at_ < end && x_out_.size() <= x_max_) {
    auto word = x_at_;
    while (word < end && !is_blank(x_in_[word]) && x_in_[word] != '\xC2') ++word;
    if (word > x_at_) {
      put(x_in_.substr(x_at_, word - x_at_));
      x_at_ = word;
      continue;
    }
    std::size_t length = x_in_[x_at_] == '\xC2' && end - x_at_ > 1 ? 2 : 1;
    if (length == 2 && x_in_[x_at_ + 1] != '\xA0') {
      // Not a new word: what follows joins on without a gap.
      put(x_in_.substr(x_at_, 2));
    } else if (x_in_[x_at_] != '\r') {
      put_character(x_in_.substr(x_at_, length));
    }
    x_at_ += length;
  }
}

void reader::entity() {
  std::string character;
  auto length = take_entity(x_in_.substr(x_at_, 16), character);
  if (length == 0) {
    put("&");
    length = 1;
  } else if (!character.empty()) {
    put_character(character);
  }
  x_at_ += length;
}

void reader::markup() {
  if (auto end = x_scan_.after_declaration(x_at_)) {
    x_at_ = end;
    return;
  }
  auto name = x_scan_.name_at(x_at_);
  if (!name.empty()) return element(name);
  put("<");
  ++x_at_;
}

void reader::open_element(std::string_view name) {
  if (equal_ignoring_case(name, "br")) x_breaks_ = std::min(x_breaks_ + 1, 3);
  if (equal_ignoring_case(name, "li")) x_bullet_ = true;
  if (equal_ignoring_case(name, "pre")) ++x_pre_;
  if (equal_ignoring_case(name, "hr")) {
    line_breaks(1);
    put("---");
    line_breaks(1);
  }
  if (any_of(name, hidden)) x_at_ = x_scan_.after_end_of(name, x_at_);
}

void reader::element(std::string_view name) {
  bool closes = x_in_[x_at_ + 1] == '/';
  auto stop = static_cast<std::size_t>(name.data() - x_in_.data()) + name.size();
  x_at_ = x_scan_.tag_end(stop);
  // Outlook writes each line as a paragraph of this class, without a gap between them.
  bool tight = x_in_.substr(stop, std::min<std::size_t>(x_at_ - stop, 60)).find("MsoNormal") !=
               std::string_view::npos;
  if (any_of(name, lines) || (tight && name.size() == 1))
    line_breaks(1);
  else if (any_of(name, paragraphs))
    line_breaks(closes ? 1 : 2);
  else if (any_of(name, cells))
    x_gap_ = true;
  if (!closes)
    open_element(name);
  else if (equal_ignoring_case(name, "pre") && x_pre_ > 0)
    --x_pre_;
}

std::string reader::run() {
  while (x_at_ < x_in_.size() && x_out_.size() <= x_max_) {
    if (x_in_[x_at_] == '<')
      markup();
    else if (x_in_[x_at_] == '&')
      entity();
    else
      text();
  }
  return std::move(x_out_);
}

}  // namespace

std::string html_to_text(std::string_view html, std::size_t max) {
  return reader(html, max).run();
}

}  // namespace postroom::mail
