#include "partitions/text_template.hpp"

#include <kainjow/mustache.hpp>

#include <algorithm>

#include "mail/mail.hpp"
#include "partitions/checks.hpp"
#include "partitions/text.hpp"

namespace postroom::partitions {

namespace {

namespace mustache = kainjow::mustache;

constexpr std::size_t max_problems = 10;
constexpr std::size_t max_name = 32;  // no known one is longer
/// A value is shortened to no less; with every tag at its longest the whole fits by then.
constexpr std::size_t min_text_value = 64;

struct tag {
  char kind = 0;  ///< one of "#^/&>=!"; 0: a value
  std::string_view name;
};

std::string_view without_blanks(std::string_view s) {
  constexpr std::string_view blanks = " \t\n\v\f\r";
  const auto first = s.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return s.substr(first, s.find_last_not_of(blanks) - first + 1);
}

tag read_tag(std::string_view contents, bool unescaped) {
  contents = without_blanks(contents);
  const bool marked = !unescaped && !contents.empty() &&
                      std::string_view("#^/&>=!").find(contents.front()) != std::string_view::npos;
  if (!marked) return {0, contents};
  return {contents.front(), without_blanks(contents.substr(1))};
}

/// Cut as the library cuts them; one more than may be at most. The rest behind a tag without an end
/// is left to the library, which says so.
std::vector<tag> tags_of(std::string_view text) {
  std::vector<tag> out;
  for (auto open = text.find("{{");
       open != std::string_view::npos && out.size() <= max_template_tags; open = text.find("{{")) {
    text.remove_prefix(open + 2);
    const bool unescaped = text.starts_with('{');
    if (unescaped) text.remove_prefix(1);
    const std::string_view end = unescaped ? "}}}" : "}}";
    const auto close = text.find(end);
    if (close == std::string_view::npos) break;
    out.push_back(read_tag(text.substr(0, close), unescaped));
    text.remove_prefix(close + end.size());
  }
  return out;
}

class checker {
 public:
  explicit checker(std::span<const std::string_view> known) : known_(known) {}

  std::vector<template_problem> run(const std::string& text) {
    const auto tags = tags_of(text);
    if (tags.size() > max_template_tags) {
      add("has more than " + std::to_string(max_template_tags) + " tags", "use fewer");
      return std::move(out_);
    }
    for (const auto& t : tags) check_tag(t);
    check_single_braces(text);
    // The library copies the text of each section, so it never sees more tags than may be.
    if (out_.empty()) check_form(text);
    return std::move(out_);
  }

 private:
  void add(std::string what, std::string remedy) {
    const auto same = [&](const template_problem& p) { return p.what == what; };
    if (out_.size() < max_problems && std::ranges::none_of(out_, same))
      out_.push_back({std::move(what), std::move(remedy)});
  }

  void check_tag(const tag& t) {
    if (t.kind == '!') return;
    const auto shown = show(t.name);
    if (t.kind == '>')
      add("names the partial " + shown,
          "write its text in place of the tag: there are no partials");
    else if (t.kind == '=')
      add("sets other delimiters", "write tags as {{name}} throughout");
    else if (std::ranges::find(known_, t.name) == known_.end())
      add(shown + " is no value that a text may name", names());
  }

  /// "{call}" was the way to write {{call}}; other single braces are those of style sheets.
  void check_single_braces(std::string_view text) {
    while (!text.empty()) {
      text.remove_prefix(std::min(text.find('{'), text.size()));
      const auto run = std::min(text.find_first_not_of('{'), text.size());
      text.remove_prefix(run);
      const auto close = text.substr(0, max_name).find('}');
      const auto word = text.substr(0, close);
      const auto meant = std::ranges::find_if(
          known_, [&](std::string_view name) { return same_word(name, word); });
      if (run == 1 && close != std::string_view::npos && meant != known_.end())
        add("{" + std::string(word) + "} is not filled in",
            "write {{" + std::string(*meant) + "}}");
    }
  }

  void check_form(const std::string& text) {
    const mustache::mustache parsed(text);
    if (parsed.is_valid()) return;
    add("is no Mustache template: " + text::visible(parsed.error_message()),
        "end every tag with }} and every section: {{#reason}}...{{/reason}}");
  }

  [[nodiscard]] std::string names() const {
    std::string all = "use one of: ";
    for (const auto& name : known_)
      all += (&name == known_.data() ? "{{" : ", {{") + std::string(name) + "}}";
    return all;
  }

  std::span<const std::string_view> known_;
  std::vector<template_problem> out_;
};

/// Stands behind each section tag while the library renders, so that no line looks empty to it: it
/// keeps the line of a section that is not shown, and drops empty lines within one that is.
constexpr char keep_line = '\x01';

/// A tag of a section or a comment, and nothing else: it takes its line along (Mustache's
/// "standalone" tags).
bool stands_alone(std::string_view line) {
  line = without_blanks(line);
  if (!line.starts_with("{{") || !line.ends_with("}}") || line.starts_with("{{{")) return false;
  const auto kind = read_tag(line.substr(2, line.size() - 4), false).kind;
  return line.find("}}") == line.size() - 2 &&
         (kind == '#' || kind == '^' || kind == '/' || kind == '!');
}

std::string with_lines_settled(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const auto line = text.substr(0, std::min(text.find('\n'), text.size() - 1) + 1);
    out += stands_alone(line) ? without_blanks(line) : line;
    text.remove_prefix(line.size());
  }
  for (auto open = out.find("{{"); open != std::string::npos; open = out.find("{{", open + 2)) {
    const auto kind = out[std::min(out.find_first_not_of(" \t\r\n", open + 2), out.size() - 1)];
    const auto close = out.find("}}", open);
    if (close != std::string::npos && (kind == '#' || kind == '^' || kind == '/'))
      out.insert(close + 2, 1, keep_line);
  }
  return out;
}

/// Only what the text names: escaping costs more than the rest.
mustache::data data_for(const std::string& text, const text_values& values, text_format format,
                        std::size_t most) {
  mustache::data out;
  for (const auto& v : values) {
    if (text.find(v.name) == std::string::npos) continue;
    const auto value = text::shorten(v.value, most);
    const std::string name(v.name);
    if (value.empty())
      out.set(name, false);  // the library takes an empty text for something
    else
      out.set(name, format == text_format::html ? mail::escape_html(value) : value);
  }
  return out;
}

}  // namespace

std::vector<template_problem> check_template(const std::string& text,
                                             std::span<const std::string_view> known) {
  return checker(known).run(text);
}

namespace {

mustache::mustache parse(const std::string& text) {
  mustache::mustache out(with_lines_settled(text));
  // Values are escaped before they come here, so that no kind of tag can bring one in as it is.
  out.set_custom_escape([](const std::string& value) { return value; });
  return out;
}

std::string render(mustache::mustache& parsed, const std::string& text, const text_values& values,
                   text_format format) {
  for (auto most = max_text_value;; most /= 2) {
    auto out = parsed.render(data_for(text, values, format, most));
    std::erase(out, keep_line);
    if (out.size() <= max_filled_text || most <= min_text_value) return out;
  }
}

bool has_tags(const std::string& text) {
  return text.find("{{") != std::string::npos;
}

bool brings_in_others(const std::string& text) {
  return std::ranges::any_of(tags_of(text),
                             [](const tag& t) { return t.kind == '>' || t.kind == '='; });
}

}  // namespace

std::string fill_template(const std::string& text, const text_values& values, text_format format) {
  if (!has_tags(text)) return text;
  auto parsed = parse(text);
  return render(parsed, text, values, format);
}

struct parsed_templates::one {
  explicit one(const std::string& text) : parsed(parse(text)) {}
  /// Rendering is not const, but changes nothing unless the template has partials or the values
  /// have functions, of which there are none: so several threads may do it at once.
  mutable mustache::mustache parsed;
};

parsed_templates::parsed_templates(const std::vector<std::string>& texts) {
  std::size_t bytes = 0;
  for (const auto& text : texts) {
    if (!has_tags(text) || keeps(text) || brings_in_others(text)) continue;
    if (bytes + text.size() > max_kept) continue;
    bytes += text.size();
    kept_.emplace(text, std::make_shared<const one>(text));
  }
}

std::string parsed_templates::fill(const std::string& text, const text_values& values,
                                   text_format format) const {
  const auto found = kept_.find(text);
  if (found == kept_.end()) return fill_template(text, values, format);
  return render(found->second->parsed, text, values, format);
}

}  // namespace postroom::partitions
