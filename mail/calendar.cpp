#include "mail/calendar.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "mail/fields.hpp"
#include "mail/utf8.hpp"

namespace postroom::mail {

namespace {

constexpr std::size_t max_value = 500, max_description = 4000;

struct property {
  std::string_view name, parameters;
  std::string_view raw;  ///< with its escapes
  std::string value;     ///< cut, its escapes undone, on one line
};

struct event {
  std::string method, summary, start, end, location, organizer, description;
};

/// `\n`, `\,`, `\;`, `\\` (RFC 5545, 3.3.11).
std::string unescaped(std::string_view value) {
  std::string out;
  for (std::size_t at = 0; at < value.size(); ++at) {
    if (value[at] == '\\' && at + 1 < value.size()) ++at;
    bool line_end = at > 0 && value[at - 1] == '\\' && (value[at] == 'n' || value[at] == 'N');
    out += line_end ? '\n' : value[at];
  }
  return out;
}

/// One content line without its folds, of which no more than is needed is kept.
std::string take_line(std::string_view& rest) {
  std::string out;
  bool first = true;
  while (!rest.empty() && (first || rest[0] == ' ' || rest[0] == '\t')) {
    auto line = line_at(rest, 0);
    auto text = bare_line(line);
    if (out.size() < max_value + max_description) out += text.substr(first ? 0 : 1);
    rest.remove_prefix(line.size());
    first = false;
  }
  return out;
}

property read_property(std::string_view line) {
  property out;
  auto name_end = std::min(line.find_first_of(":;"), line.size());
  out.name = line.substr(0, name_end);
  bool quoted = false;
  auto colon = name_end;
  while (colon < line.size() && (quoted || line[colon] != ':')) quoted ^= line[colon++] == '"';
  out.parameters = line.substr(name_end, colon - name_end);
  out.raw = line.substr(std::min(colon + 1, line.size()));
  out.value = clean_line(unescaped(out.raw.substr(0, max_value)));
  return out;
}

std::string parameter(std::string_view parameters, std::string_view name) {
  for (auto at = parameters.find(';'); at != std::string_view::npos;
       at = parameters.find(';', at + 1)) {
    auto rest = parameters.substr(at + 1);
    if (!equal_ignoring_case(rest.substr(0, name.size() + 1), std::string(name) + "=")) continue;
    rest.remove_prefix(name.size() + 1);
    bool quoted = !rest.empty() && rest[0] == '"';
    if (quoted) rest.remove_prefix(1);
    return clean_line(rest.substr(0, rest.find(quoted ? '"' : ';')));
  }
  return {};
}

/// "20261123T140000Z" as "2026-11-23 14:00 UTC"; what is no time stays as it is.
std::string readable_time(const property& p) {
  auto is_digits = [&](std::size_t from, std::size_t count) {
    return p.value.size() >= from + count &&
           std::all_of(p.value.begin() + static_cast<std::ptrdiff_t>(from),
                       p.value.begin() + static_cast<std::ptrdiff_t>(from + count),
                       [](char c) { return c >= '0' && c <= '9'; });
  };
  const auto& v = p.value;
  if (!is_digits(0, 8)) return v;
  auto out = v.substr(0, 4) + "-" + v.substr(4, 2) + "-" + v.substr(6, 2);
  if (!is_digits(9, 4)) return out;
  out += " " + v.substr(9, 2) + ":" + v.substr(11, 2);
  if (v.back() == 'Z') return out + " UTC";
  auto zone = parameter(p.parameters, "TZID");
  return zone.empty() ? out : out + " " + zone;
}

std::string readable_person(const property& p) {
  static constexpr std::string_view scheme = "mailto:";
  auto addr = std::string_view(p.value);
  if (equal_ignoring_case(addr.substr(0, scheme.size()), scheme)) addr.remove_prefix(scheme.size());
  auto name = parameter(p.parameters, "CN");
  return name.empty() ? std::string(addr) : name + " <" + std::string(addr) + ">";
}

void take_property(const property& p, event& out) {
  auto is = [&](std::string_view name) { return equal_ignoring_case(p.name, name); };
  if (is("SUMMARY")) out.summary = p.value;
  if (is("LOCATION")) out.location = p.value;
  if (is("DTSTART")) out.start = readable_time(p);
  if (is("DTEND")) out.end = readable_time(p);
  if (is("ORGANIZER")) out.organizer = readable_person(p);
  if (is("DESCRIPTION"))
    out.description = clean_text(unescaped(utf8_prefix(p.raw, max_description)));
}

/// The first VEVENT, or VTODO where there is none, and the method of the calendar.
bool read_event(std::string_view rest, event& out) {
  std::string inside;  // the component that is read; parts of it, such as alarms, are not
  int depth = 0;
  while (!rest.empty()) {
    auto line = take_line(rest);
    auto p = read_property(line);
    bool begins = equal_ignoring_case(p.name, "BEGIN"), ends = equal_ignoring_case(p.name, "END");
    bool event_begins =
        inside.empty() && begins &&
        (equal_ignoring_case(p.value, "VEVENT") || equal_ignoring_case(p.value, "VTODO"));
    if (equal_ignoring_case(p.name, "METHOD") && inside.empty()) out.method = p.value;
    if (event_begins) inside = p.value;
    if (inside.empty()) continue;
    depth += begins ? 1 : ends ? -1 : 0;
    if (depth <= 0) return true;
    if (depth == 1) take_property(p, out);
  }
  return !inside.empty();
}

}  // namespace

std::string describe_invitation(std::string_view calendar, bool with_description) {
  event e;
  if (!read_event(calendar, e)) return {};
  auto when = e.end.empty() ? e.start : e.start + " - " + e.end;
  std::string out = "Calendar: " + (e.method.empty() ? "EVENT" : e.method) + "\n";
  const std::array<std::pair<std::string_view, std::string_view>, 4> rows = {
      {{"What: ", e.summary}, {"When: ", when}, {"Where: ", e.location}, {"Who: ", e.organizer}}};
  for (const auto& [label, value] : rows)
    if (!value.empty()) out.append(label).append(value).append("\n");
  if (with_description && !e.description.empty()) out += "\n" + e.description + "\n";
  return out;
}

}  // namespace postroom::mail
