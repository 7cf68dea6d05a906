#include "mail/body.hpp"

#include <algorithm>

#include "mail/charset.hpp"
#include "mail/html_text.hpp"
#include "mail/utf8.hpp"

namespace postroom::mail {

namespace {

/// HTML has this many times the bytes of its text, as far as we look.
constexpr std::size_t html_overhead = 8;
/// More encoded bytes than these are never blank.
constexpr std::size_t blank_window = 4096;

bool is_plain(const part& p) {
  return p.type.is("text", "plain");
}
bool is_markup(const part& p) {
  return p.type.is("text", "html") || p.type.is("text", "enriched") ||
         p.type.is("text", "richtext");
}

bool is_blank(const part& p) {
  if (p.body.size() > blank_window) return false;
  return decode(p.body, p.encoding, blank_window).find_first_not_of(" \t\r\n\f\v") ==
         std::string::npos;
}

class chooser {
 public:
  explicit chooser(const std::vector<part>& parts) : x_parts_(parts) {}
  body_choice run() {
    take(0);
    return std::move(x_out_);
  }

 private:
  enum class want { everything, attachments_only };
  void take(std::size_t index, want what = want::everything);
  void take_alternative(std::size_t index, want what);
  [[nodiscard]] bool is_text(std::size_t index) const;
  template <class Fits>
  [[nodiscard]] bool any_inside(std::size_t index, Fits fits) const;
  [[nodiscard]] std::size_t chosen_of(std::size_t index) const;

  const std::vector<part>& x_parts_;
  body_choice x_out_;
};

/// A text with a file name is a file, except where the mail begins with it: some programs name
/// their body.
bool chooser::is_text(std::size_t index) const {
  const auto& p = x_parts_[index];
  if (p.is_multipart || p.shown.is_attachment || !(is_plain(p) || is_markup(p))) return false;
  auto first =
      std::find_if(x_parts_.begin(), x_parts_.end(), [](const part& q) { return !q.is_multipart; });
  return p.name().empty() || &*first == &p;
}

template <class Fits>
bool chooser::any_inside(std::size_t index, Fits fits) const {
  for (auto i = index; i < x_parts_[index].end; ++i)
    if (is_text(i) && fits(x_parts_[i])) return true;
  return false;
}

std::size_t chooser::chosen_of(std::size_t index) const {
  auto first_with = [&](auto fits) {
    for (auto i = index + 1; i < x_parts_[index].end; i = x_parts_[i].end)
      if (any_inside(i, fits)) return i;
    return std::size_t{0};
  };
  if (auto plain = first_with([](const part& p) { return is_plain(p) && !is_blank(p); }))
    return plain;
  if (auto markup = first_with(is_markup)) return markup;
  return first_with(is_plain);
}

void chooser::take_alternative(std::size_t index, want what) {
  auto chosen = chosen_of(index);
  for (auto i = index + 1; i < x_parts_[index].end; i = x_parts_[i].end)
    take(i, i == chosen ? what : want::attachments_only);
}

/// The recursion is bounded by the depth of the outline.
void chooser::take(std::size_t index, want what) {
  const auto& p = x_parts_[index];
  if (p.is_multipart) {
    if (p.type.subtype == "alternative") return take_alternative(index, what);
    for (auto i = index + 1; i < p.end; i = x_parts_[i].end) take(i, what);
  } else if (is_text(index)) {
    x_out_.has_html |= p.type.is("text", "html");
    if (what == want::everything) x_out_.texts.push_back(index);
  } else if (what == want::everything || p.type.type != "text" || p.shown.is_attachment ||
             !p.name().empty() || p.type.subtype == "calendar") {
    // The other texts of an alternative (AMP and the like) say the same once more.
    x_out_.attachments.push_back(index);
  }
}

std::string read_part(const part& p, std::size_t max, bool& truncated) {
  auto room = is_markup(p) ? max * html_overhead : max;
  // Four bytes more than there is room for tell whether something was left out, whatever the
  // charset.
  auto bytes = decode(p.body, p.encoding, room + 4);
  bool cut = bytes.size() > room;
  auto text = to_utf8(bytes, p.type.charset);
  text = clean_text(is_markup(p) ? html_to_text(clean_text(text), max) : text);
  truncated = truncated || cut;
  return text;
}

}  // namespace

body_choice choose_body(const std::vector<part>& parts) {
  return chooser(parts).run();
}

body_text read_body(const std::vector<part>& parts, const std::vector<std::size_t>& texts,
                    std::size_t max) {
  body_text out;
  for (auto index : texts) {
    if (out.text.size() >= max && !is_blank(parts[index])) out.truncated = true;
    if (out.truncated) break;
    auto piece = read_part(parts[index], max - out.text.size(), out.truncated);
    if (!out.text.empty() && !piece.empty() && out.text.back() != '\n') out.text += '\n';
    out.text += piece;
    if (out.text.size() > max) out.truncated = true;
  }
  if (out.truncated) out.text.resize(utf8_prefix(out.text, max).size());
  return out;
}

}  // namespace postroom::mail
