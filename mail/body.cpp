#include "mail/body.hpp"

#include <algorithm>
#include <cstdint>

#include "mail/calendar.hpp"
#include "mail/charset.hpp"
#include "mail/enriched.hpp"
#include "mail/flowed.hpp"
#include "mail/html_text.hpp"
#include "mail/utf8.hpp"

namespace postroom::mail {

namespace {

/// As much of an invitation is looked at.
constexpr std::size_t max_calendar = 64u << 10;
/// HTML has this many times the bytes of its text, as far as we look.
constexpr std::size_t html_overhead = 8;
/// More encoded bytes than these are never blank.
constexpr std::size_t blank_window = 4096;

bool is_plain(const part& p) {
  return p.type.is("text", "plain");
}
bool is_enriched(const part& p) {
  return p.type.is("text", "enriched") || p.type.is("text", "richtext");
}
bool is_markup(const part& p) {
  return p.type.is("text", "html") || is_enriched(p);
}

bool is_calendar(const part& p) {
  return p.type.is("text", "calendar") || p.type.is("application", "ics");
}

bool is_blank(const part& p) {
  if (p.body.size() > blank_window) return false;
  return decode(p.body, p.encoding, blank_window).find_first_not_of(" \t\r\n\f\v") ==
         std::string::npos;
}

bool is_common_text(const part& p) {
  const bool shown = !p.shown.is_attachment && p.name().empty();
  return shown && (p.type.is("text", "html") || (is_plain(p) && !is_blank(p)));
}

/// What a part can be to a reader; looked at once per part, as nested alternatives ask many times.
enum class sort : uint8_t { file, blank, plain, markup };

class chooser {
 public:
  explicit chooser(const std::vector<part>& parts);
  body_choice run();

 private:
  void note_wording(std::size_t alternative);
  void choose_in(std::size_t alternative);
  void note_invitation(std::size_t leaf);
  void take(std::size_t leaf);
  [[nodiscard]] sort sort_of(const part& p, bool is_body) const;
  [[nodiscard]] std::size_t chosen_of(std::size_t alternative) const;

  const std::vector<part>& x_parts_;
  bool x_has_common_text_;        ///< a text of the two types that every mail program shows
  std::vector<bool> x_wordings_;  ///< the first plain text of an alternative
  std::vector<sort> x_sorts_;
  std::vector<bool> x_passed_over_;  ///< inside of an alternative that was not chosen
  bool x_is_invited_ = false;        ///< the calendar found is a text of the mail, and no file
  body_choice x_out_;
};

chooser::chooser(const std::vector<part>& parts)
    : x_parts_(parts),
      x_has_common_text_(std::any_of(parts.begin(), parts.end(), is_common_text)),
      x_wordings_(parts.size()),
      x_passed_over_(parts.size()) {
  bool is_first = true;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const auto& p = parts[i];
    if (p.is_multipart && p.type.subtype == "alternative") note_wording(i);
    x_sorts_.push_back(p.is_multipart ? sort::file : sort_of(p, is_first || x_wordings_[i]));
    is_first = is_first && p.is_multipart;
  }
}

void chooser::note_wording(std::size_t alternative) {
  for (auto i = alternative + 1; i < x_parts_[alternative].end; i = x_parts_[i].end) {
    if (x_parts_[i].is_multipart || !is_plain(x_parts_[i])) continue;
    x_wordings_[i] = true;
    return;
  }
}

/// A text with a file name is a file, except where the mail begins with it or says the same in
/// other words: some programs name their body. So is enriched text beside another.
sort chooser::sort_of(const part& p, bool is_body) const {
  if (p.shown.is_attachment || (!p.name().empty() && !is_body)) return sort::file;
  if (is_enriched(p) && x_has_common_text_) return sort::file;
  if (is_markup(p)) return sort::markup;
  if (!is_plain(p)) return sort::file;
  return is_blank(p) ? sort::blank : sort::plain;
}

/// The child that holds what we can show best; 0: none holds a text.
std::size_t chooser::chosen_of(std::size_t alternative) const {
  for (auto wanted : {sort::plain, sort::markup, sort::blank})
    for (auto i = alternative + 1; i < x_parts_[alternative].end; i = x_parts_[i].end) {
      auto from = x_sorts_.begin() + static_cast<std::ptrdiff_t>(i);
      auto to = x_sorts_.begin() + static_cast<std::ptrdiff_t>(x_parts_[i].end);
      if (std::find(from, to, wanted) != to) return i;
    }
  return 0;
}

/// All plain texts are shown: list servers put their foot lines there as one more.
void chooser::choose_in(std::size_t alternative) {
  auto chosen = chosen_of(alternative);
  for (auto i = alternative + 1; i < x_parts_[alternative].end; i = x_parts_[i].end) {
    if (i == chosen || x_sorts_[i] == sort::plain) continue;
    for (auto inside = i; inside < x_parts_[i].end; ++inside) x_passed_over_[inside] = true;
  }
}

void chooser::note_invitation(std::size_t leaf) {
  const auto& p = x_parts_[leaf];
  const bool is_text = p.type.type == "text" && !p.shown.is_attachment;
  if (!x_out_.invitation || (is_text && !x_is_invited_)) x_out_.invitation = leaf;
  x_is_invited_ = x_is_invited_ || is_text;
}

void chooser::take(std::size_t leaf) {
  const auto& p = x_parts_[leaf];
  if (x_sorts_[leaf] != sort::file) {
    if (p.type.is("text", "html")) {
      x_out_.has_html = true;
      x_out_.htmls.push_back(leaf);
    }
    if (!x_passed_over_[leaf]) x_out_.texts.push_back(leaf);
    return;
  }
  if (is_calendar(p)) note_invitation(leaf);
  // The other texts of an alternative (AMP and the like) say the same once more.
  bool another_wording = x_passed_over_[leaf] && p.type.type == "text" && !p.shown.is_attachment &&
                         p.name().empty() && p.type.subtype != "calendar";
  if (!another_wording) x_out_.attachments.push_back(leaf);
}

/// A multipart stands before what is in it, so each part knows here whether it was passed over.
body_choice chooser::run() {
  for (std::size_t i = 0; i < x_parts_.size(); ++i)
    if (!x_parts_[i].is_multipart)
      take(i);
    else if (x_parts_[i].type.subtype == "alternative")
      choose_in(i);
  return std::move(x_out_);
}

std::string html_in(const part& p, std::string_view bytes) {
  auto charset =
      p.type.charset.empty() ? charset_in_markup(bytes) : std::string_view(p.type.charset);
  return to_utf8(bytes, charset);
}

/// The part as the plain text it shows, of some `max` bytes.
std::string show(const part& p, std::string_view bytes, std::size_t max) {
  if (!is_markup(p)) {
    auto text = clean_text(to_utf8(bytes, p.type.charset));
    return p.type.flowed ? join_flowed(text, p.type.delete_space) : text;
  }
  if (!p.type.is("text", "html"))
    return clean_text(enriched_to_text(to_utf8(bytes, p.type.charset)));
  return clean_text(html_to_text(html_in(p, bytes), max));
}

std::string read_part(const part& p, std::size_t max, bool& truncated) {
  auto room = is_markup(p) ? max * html_overhead : max;
  // Four bytes more than there is room for tell whether something was left out, whatever the
  // charset.
  auto bytes = decode(p.body, p.encoding, room + 4);
  truncated = truncated || bytes.size() > room;
  return show(p, bytes, max);
}

/// As the next paragraph, where there is room for all of it.
void add_invitation(const part& p, std::size_t max, body_text& out) {
  auto bytes = decode(p.body, p.encoding, max_calendar);
  const bool says_all = out.text.find_first_not_of(" \t\r\n") == std::string::npos;
  auto lines = describe_invitation(to_utf8(bytes, p.type.charset), says_all);
  if (lines.empty() || out.text.size() + lines.size() + 2 > max) return;
  if (!out.text.empty()) out.text += out.text.back() == '\n' ? "\n" : "\n\n";
  out.text += lines;
}

}  // namespace

body_choice choose_body(const std::vector<part>& parts) {
  return chooser(parts).run();
}

body_text read_body(const std::vector<part>& parts, const body_choice& choice, std::size_t max) {
  body_text out;
  for (auto index : choice.texts) {
    if (out.text.size() >= max && !is_blank(parts[index])) out.truncated = true;
    if (out.truncated) break;
    auto piece = read_part(parts[index], max - out.text.size(), out.truncated);
    if (!out.text.empty() && !piece.empty() && out.text.back() != '\n') out.text += '\n';
    out.text += piece;
    if (out.text.size() > max) out.truncated = true;
  }
  if (out.truncated) out.text.resize(utf8_prefix(out.text, max).size());
  if (choice.invitation) add_invitation(parts[*choice.invitation], max, out);
  return out;
}

safe_html read_html(const std::vector<part>& parts, const body_choice& choice, std::size_t max) {
  safe_html out;
  for (auto index : choice.htmls) {
    const auto& p = parts[index];
    const auto room = max * html_overhead;
    auto bytes = decode(p.body, p.encoding, room + 1);
    auto piece = make_safe_html(html_in(p, bytes), max - out.html.size());
    out.html += piece.html;
    out.truncated = piece.truncated || bytes.size() > room;
    if (out.truncated) break;
  }
  return out;
}

}  // namespace postroom::mail
