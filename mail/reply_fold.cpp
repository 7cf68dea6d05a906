#include "mail/reply_fold.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "mail/ascii.hpp"
#include "mail/notice_lines.hpp"
#include "mail/reply_words.hpp"

namespace postroom::mail {

namespace {

constexpr std::size_t max_text = 256u << 10;
constexpr std::size_t max_attribution = 400;  ///< bytes of its lines together
constexpr std::size_t max_attribution_lines = 3;
constexpr std::size_t header_block = 8;        ///< lines of a quoted header that are looked at
constexpr std::size_t max_signature = 20;      ///< lines; a longer one is no signature
constexpr std::size_t max_closing = 10;        ///< lines with text below "Kind regards"
constexpr std::size_t max_closing_line = 120;  ///< bytes; longer ones are text
constexpr std::size_t max_pointing = 300;      ///< bytes at the start that may say "see below"

class folder {
 public:
  explicit folder(std::string_view text) : x_text_(text), x_lines_(lines_of(text)) {
    for (auto& line : x_lines_) x_bare_.push_back(trimmed(line));
  }
  reply_folds run();

 private:
  using index = std::size_t;
  [[nodiscard]] bool is_blank(index i) const { return x_bare_[i].empty(); }
  [[nodiscard]] bool is_quote(index i) const { return !is_blank(i) && x_bare_[i][0] == '>'; }
  [[nodiscard]] bool has_text(index from, index to) const;
  [[nodiscard]] index next_text(index from) const;
  [[nodiscard]] index start_of_attribution(index last) const;
  [[nodiscard]] bool is_header_block(index at) const;
  [[nodiscard]] index marked() const;
  [[nodiscard]] index quoted_tail() const;
  [[nodiscard]] bool is_signed_off(index closing, index end) const;
  [[nodiscard]] index signature_before(index end) const;
  [[nodiscard]] std::size_t offset(index i) const {
    return i < x_lines_.size() ? static_cast<std::size_t>(x_lines_[i].data() - x_text_.data())
                               : x_text_.size();
  }

  std::string_view x_text_;
  std::vector<std::string_view> x_lines_, x_bare_;
};

bool folder::has_text(index from, index to) const {
  for (; from < to; ++from)
    if (!is_blank(from) && !is_quote(from)) return true;
  return false;
}

folder::index folder::next_text(index from) const {
  while (from < x_bare_.size() && is_blank(from)) ++from;
  return from;
}

/// The first line of the attribution that ends with `last`, which may be wrapped; the number of
/// lines: there is none.
folder::index folder::start_of_attribution(index last) const {
  const auto none = x_lines_.size();
  if (!ends_with_colon(x_bare_[last])) return none;
  std::string joined;
  auto start = none;
  for (auto i = last + 1; i-- > 0 && last - i < max_attribution_lines && !is_blank(i);) {
    joined = std::string(x_bare_[i]) + (joined.empty() ? "" : " " + joined);
    if (joined.size() > max_attribution || is_quote(i)) break;
    if (!is_attribution(joined)) continue;
    if (opens_attribution(x_bare_[i])) return i;
    if (start == none) start = i;
  }
  return start;
}

/// "From:" and at least two of the other fields that programs repeat.
bool folder::is_header_block(index at) const {
  if (label_of(x_bare_[at]) != header_label::from) return false;
  bool date = false, to = false, subject = false;
  for (auto i = at + 1; i < std::min(at + header_block, x_bare_.size()); ++i) {
    const auto label = label_of(x_bare_[i]);
    date |= label == header_label::date;
    to |= label == header_label::to;
    subject |= label == header_label::subject;
  }
  return date + to + subject >= 2;
}

/// The first line of what is quoted without ">" in front.
folder::index folder::marked() const {
  for (index i = 0; i < x_lines_.size(); ++i) {
    if (is_blank(i) || is_quote(i)) continue;
    auto at = x_lines_.size();
    if (is_separator(x_bare_[i]) || is_header_block(i))
      at = i;
    else
      at = start_of_attribution(i);
    if (at == x_lines_.size()) continue;
    const auto next = next_text(i + 1);
    if (next < x_lines_.size() && is_quote(next)) continue;  // quoted_tail() looks after these
    return at;
  }
  return x_lines_.size();
}

/// The first of the quoted lines that end the text, with the line that attributes them. A signature
/// may follow them.
folder::index folder::quoted_tail() const {
  auto start = signature_before(x_lines_.size());
  bool any = false;
  while (start > 0 && (is_blank(start - 1) || is_quote(start - 1))) any |= is_quote(--start);
  if (!any) return x_lines_.size();
  start = next_text(start);
  auto above = start;
  while (above > 0 && is_blank(above - 1)) --above;
  if (above == 0) return start;
  if (is_separator(x_bare_[above - 1])) return above - 1;
  const auto attribution = start_of_attribution(above - 1);
  return attribution == x_lines_.size() ? start : attribution;
}

/// Whether the lines from a closing to `end` are a name and what belongs to it: few, short, and
/// none that begins like a postscript or asks something.
bool folder::is_signed_off(index closing, index end) const {
  std::size_t lines = 0;
  for (auto i = closing + 1; i < end; ++i) {
    const auto line = x_bare_[i];
    if (line.empty()) continue;
    const bool is_text = line.size() > max_closing_line || line.ends_with('?') || is_quote(i) ||
                         starts_ignoring_case(line, "ps") || starts_ignoring_case(line, "p.s");
    if (is_text || ++lines > max_closing) return false;
  }
  return true;
}

/// The first line of the signature that ends the lines before `end`; `end`: there is none.
folder::index folder::signature_before(index end) const {
  auto last = end;
  while (last > 0 && is_blank(last - 1)) --last;
  for (auto i = last; i-- > 0 && last - i <= max_signature && !is_quote(i);)
    if (x_lines_[i] == "-- " || x_bare_[i] == "--") return i;
  for (auto i = last; i-- > 0 && last - i <= 3;)
    if (is_mobile_signature(x_bare_[i])) return i;
  for (auto i = last; i-- > 0 && last - i <= max_signature;)
    if (is_closing(x_bare_[i])) return is_signed_off(i, last) ? i : end;
  return end;
}

reply_folds folder::run() {
  const auto mark = marked();
  auto quoted = std::min(mark, quoted_tail());
  // A rule above the quoted header belongs to it.
  while (quoted > 0 && quoted < x_lines_.size() &&
         x_bare_[quoted - 1].find_first_not_of("_-") == std::string_view::npos)
    --quoted;
  // Without quote marks an answer below cannot be seen, but be told of.
  const auto start = x_text_.substr(0, std::min(offset(quoted), max_pointing));
  if (!has_text(0, quoted) || (mark < x_lines_.size() && points_below(start)))
    quoted = x_lines_.size();
  auto signature = signature_before(quoted);
  if (!has_text(0, signature)) signature = quoted;
  return {offset(signature), offset(quoted)};
}

}  // namespace

reply_folds fold_reply(std::string_view text) {
  if (text.size() > max_text) return {text.size(), text.size()};
  return folder(text).run();
}

}  // namespace postroom::mail
