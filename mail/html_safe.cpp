#include "mail/html_safe.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "mail/ascii.hpp"
#include "mail/css_safe.hpp"
#include "mail/html_reference.hpp"
#include "mail/html_scan.hpp"
#include "mail/html_text.hpp"
#include "mail/utf8.hpp"

namespace postroom::mail {

namespace {

/// Elements that are open at one time; deeper ones lose their tags, not their text.
constexpr std::size_t max_open = 100;
constexpr std::size_t max_attributes = 50, max_attribute = 2000;

/// All lists are in alphabetical order.
constexpr auto elements = std::to_array<std::string_view>(
    {"a",      "abbr",     "b",    "blockquote", "br",   "caption", "center", "cite", "code",
     "col",    "colgroup", "dd",   "del",        "div",  "dl",      "dt",     "em",   "figcaption",
     "figure", "font",     "h1",   "h2",         "h3",   "h4",      "h5",     "h6",   "hr",
     "i",      "img",      "ins",  "kbd",        "li",   "mark",    "ol",     "p",    "pre",
     "q",      "s",        "samp", "small",      "span", "strike",  "strong", "sub",  "sup",
     "table",  "tbody",    "td",   "tfoot",      "th",   "thead",   "tr",     "tt",   "u",
     "ul",     "var",      "wbr"});
constexpr auto without_content = std::to_array<std::string_view>({"br", "col", "hr", "img", "wbr"});
/// What is in them is no text of the mail.
constexpr auto dropped = std::to_array<std::string_view>(
    {"applet", "audio", "canvas", "embed", "iframe", "math", "noembed", "noframes", "noscript",
     "object", "script", "select", "style", "svg", "template", "textarea", "title", "video"});
constexpr auto attributes = std::to_array<std::string_view>(
    {"align",   "alt", "bgcolor", "border", "cellpadding", "cellspacing", "color",
     "colspan", "dir", "face",    "height", "href",        "lang",        "rowspan",
     "size",    "src", "start",   "style",  "title",       "valign",      "width"});

template <std::size_t N>
bool is_in(const std::array<std::string_view, N>& sorted, std::string_view name) {
  return std::binary_search(sorted.begin(), sorted.end(), name);
}

std::string escaped(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  std::size_t from = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto reference = html_reference(text[i]);
    if (reference.empty()) continue;
    out.append(text.substr(from, i - from)).append(reference);
    from = i + 1;
  }
  return out.append(text.substr(from));
}

std::string without_references(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (;;) {
    const auto plain = std::min(text.find('&'), text.size());
    out.append(text.substr(0, plain));
    text.remove_prefix(plain);
    if (text.empty()) return out;
    auto length = take_entity(text.substr(0, 16), out);
    if (length == 0) out += '&', length = 1;
    text.remove_prefix(length);
  }
}

struct attribute {
  std::string name, value;
};

/// The attributes of a tag: what stands between its name and its end.
std::vector<attribute> read_attributes(std::string_view in) {
  std::vector<attribute> out;
  std::size_t at = 0;
  while (at < in.size() && out.size() < max_attributes) {
    while (at < in.size() && (is_white(in[at]) || in[at] == '/' || in[at] == '>')) ++at;
    auto name_end = std::min(in.find_first_of(" \t\r\n\f\v=/>", at), in.size());
    attribute a{lowered(in.substr(at, name_end - at)), {}};
    at = std::min(in.find_first_not_of(" \t\r\n", name_end), in.size());
    if (at < in.size() && in[at] == '=') {
      at = std::min(in.find_first_not_of(" \t\r\n", at + 1), in.size());
      bool quoted = at < in.size() && (in[at] == '"' || in[at] == '\'');
      auto end = quoted ? in.find(in[at], at + 1) : in.find_first_of(" \t\r\n>", at);
      end = std::min(end, in.size());
      auto from = std::min(at + (quoted ? 1 : 0), end);
      auto raw = in.substr(from, end - from);
      if (raw.size() <= max_attribute) a.value = clean_line(without_references(raw));
      at = std::min(end + (quoted ? 1 : 0), in.size());
    }
    if (a.name.empty() && at == name_end) ++at;  // a stray mark
    if (!a.name.empty()) out.push_back(std::move(a));
  }
  return out;
}

bool is_safe_link(std::string_view url) {
  for (auto scheme : {"http://", "https://", "mailto:", "tel:"})
    if (starts_ignoring_case(url, scheme)) return true;
  return false;
}

class writer {
 public:
  writer(std::string_view html, std::size_t max) : x_in_(html), x_scan_(html), x_max_(max) {}
  safe_html run();

 private:
  void tag();
  void open(std::string_view name, std::string_view inside);
  void close(std::string_view name);
  void close_implied(std::string_view name);
  void picture(const std::vector<attribute>& all);
  void text(std::string_view raw);
  bool put(std::string_view piece, std::size_t reserve = 0);
  void pop();

  std::string_view x_in_;
  html_scan x_scan_;
  std::size_t x_max_;
  std::size_t x_at_ = 0;
  std::size_t x_owed_ = 0;  ///< bytes of the closing tags still to be written
  std::vector<std::string> x_open_;
  safe_html x_out_;
};

/// False, and the end, when there is no room for it and all closing tags.
bool writer::put(std::string_view piece, std::size_t reserve) {
  x_out_.truncated |= x_out_.html.size() + piece.size() + reserve + x_owed_ > x_max_;
  if (!x_out_.truncated) x_out_.html += piece;
  return !x_out_.truncated;
}

void writer::pop() {
  auto tag = "</" + x_open_.back() + ">";
  x_owed_ -= tag.size();
  x_out_.html += tag;
  x_open_.pop_back();
}

void writer::close(std::string_view name) {
  auto found = std::find(x_open_.rbegin(), x_open_.rend(), name);
  if (found == x_open_.rend()) return;
  for (auto count = found - x_open_.rbegin() + 1; count > 0; --count) pop();
}

/// Elements whose closing tags are left out, as everybody does.
void writer::close_implied(std::string_view name) {
  auto top_is = [&](std::string_view wanted) {
    return !x_open_.empty() && x_open_.back() == wanted;
  };
  bool row = name == "tr", cell = name == "td" || name == "th";
  while (((row || cell) && (top_is("td") || top_is("th"))) || (row && top_is("tr"))) pop();
  bool alone = name == "p" || name == "li";
  bool term = name == "dt" || name == "dd";
  if ((alone && top_is(name)) || (term && (top_is("dt") || top_is("dd")))) pop();
}

void writer::picture(const std::vector<attribute>& all) {
  std::string source, alternative, size;
  for (const auto& a : all) {
    if (a.name == "src") source = a.value;
    if (a.name == "alt") alternative = a.value;
    if (a.name == "width" || a.name == "height")
      size += " " + a.name + "=\"" + escaped(a.value) + "\"";
  }
  if (starts_ignoring_case(source, "cid:"))
    put("<img src=\"" + escaped(source) + "\" alt=\"" + escaped(alternative) + "\"" + size + ">");
  else
    put(escaped(alternative));
}

void writer::open(std::string_view name, std::string_view inside) {
  auto all = read_attributes(inside);
  if (name == "img") return picture(all);
  close_implied(name);
  std::string made = "<" + std::string(name);
  for (auto& a : all) {
    bool link = a.name == "href";
    if (!is_in(attributes, a.name) || a.name == "src") continue;
    if (link && (name != "a" || !is_safe_link(a.value))) continue;
    if (a.name == "style") a.value = safe_style(a.value);
    if (a.value.empty()) continue;
    made += " " + a.name + "=\"" + escaped(a.value) + "\"";
    if (link) made += " rel=\"noopener noreferrer\"";
  }
  made += ">";
  bool leaf = is_in(without_content, name);
  if (!leaf && x_open_.size() >= max_open) return;
  auto owed = leaf ? 0 : name.size() + 3;
  if (!put(made, owed) || leaf) return;
  x_owed_ += owed;
  x_open_.emplace_back(name);
}

void writer::tag() {
  auto name = lowered(x_scan_.name_at(x_at_));
  if (auto end = x_scan_.after_declaration(x_at_)) {
    x_at_ = end;
    return;
  }
  if (name.empty()) {
    put("&lt;");
    ++x_at_;
    return;
  }
  bool closes = x_in_[x_at_ + 1] == '/';
  auto from = x_at_ + 1 + (closes ? 1 : 0) + name.size();
  x_at_ = x_scan_.tag_end(from);
  if (is_in(dropped, name)) {
    if (!closes) x_at_ = x_scan_.after_end_of(name, x_at_);
  } else if (is_in(elements, name)) {
    closes ? close(name) : open(name, x_in_.substr(from, x_at_ - from));
  }
}

/// Piece by piece, so that as much is shown as there is room for.
void writer::text(std::string_view raw) {
  static constexpr std::size_t step = 1000;
  auto whole = escaped(clean_text(without_references(raw)));
  for (std::string_view rest = whole; !rest.empty();) {
    auto piece = utf8_prefix(rest, step);
    // An entity is not cut.
    if (auto mark = piece.rfind('&'); mark != std::string_view::npos && mark > 0 &&
                                      piece.find(';', mark) == std::string_view::npos)
      piece = piece.substr(0, mark);
    if (!put(piece)) return;
    rest.remove_prefix(piece.size());
  }
}

safe_html writer::run() {
  while (x_at_ < x_in_.size() && !x_out_.truncated) {
    if (x_in_[x_at_] == '<') {
      tag();
      continue;
    }
    auto end = std::min(x_in_.find('<', x_at_), x_in_.size());
    text(x_in_.substr(x_at_, end - x_at_));
    x_at_ = end;
  }
  while (!x_open_.empty()) pop();
  return std::move(x_out_);
}

}  // namespace

safe_html make_safe_html(std::string_view html, std::size_t max) {
  return writer(html, max).run();
}

}  // namespace postroom::mail
