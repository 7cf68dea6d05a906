#include <gmime/gmime.h>

#include <algorithm>
#include <array>

#include "mail/charset.hpp"
#include "mail/encoded_words.hpp"
#include "mail/fields.hpp"
#include "mail/gobject.hpp"
#include "mail/utf8.hpp"
#include "mail/values.hpp"

namespace postroom::mail {

namespace {

/// GMime's parameter parser is somewhat worse than linear, so a hostile value is cut.
constexpr std::size_t max_value = 8u << 10;

std::string lower_token(const char* text) {
  std::string out = text ? text : "";
  for (auto& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
  return out;
}

/// The value on one line as UTF-8 with well-formed encoded words. A backslash that quotes nothing
/// is one of a path, as Outlook writes it.
std::string prepared(std::string_view value) {
  auto line = unfold(value, max_value);
  if (line.find("=?") != std::string::npos)
    line = mend_words(line, {});
  else if (!is_utf8(line))
    line = read_unlabelled(line, {});
  for (auto at = line.find('\\'); at != std::string::npos; at = line.find('\\', at + 2)) {
    char next = at + 1 < line.size() ? line[at + 1] : '\\';
    if (next != '\\' && next != '"') line.insert(at, 1, '\\');
  }
  return line;
}

/// A boundary where the semicolon before it is missing, or the quoting is off.
std::string find_boundary(std::string_view line) {
  static constexpr std::string_view key = "boundary=";
  for (std::size_t at = 0; at + key.size() < line.size(); ++at) {
    if (!equal_ignoring_case(line.substr(at, key.size()), key)) continue;
    line.remove_prefix(at + key.size());
    bool quoted = line.front() == '"';
    if (quoted) line.remove_prefix(1);
    return std::string(line.substr(0, line.find_first_of(quoted ? "\"" : "; \t\"")));
  }
  return {};
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

std::string percent_decoded(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    int high = text[at] == '%' && at + 2 < text.size() ? hex_value(text[at + 1]) : -1;
    int low = high >= 0 ? hex_value(text[at + 2]) : -1;
    out += low >= 0 ? static_cast<char>(high * 16 + low) : text[at];
    if (low >= 0) at += 2;
  }
  return out;
}

/// `utf-8'en'a%20b` (RFC 2231, 4) where the sender forgot to mark the parameter as such, or wrote
/// its pieces out of order.
std::string without_charset(std::string_view value) {
  static constexpr std::array<std::string_view, 8> starts = {
      "utf-", "iso-", "windows-", "us-ascii", "koi8-", "gb", "big5", "shift_jis"};
  auto first = value.find('\'');
  auto second = first == std::string_view::npos ? first : value.find('\'', first + 1);
  if (second == std::string_view::npos || second - first > 9) return std::string(value);
  auto charset = lower_token(std::string(value.substr(0, first)).c_str());
  bool known = std::any_of(starts.begin(), starts.end(),
                           [&](auto s) { return charset.substr(0, s.size()) == s; });
  if (!known) return std::string(value);
  auto bytes = percent_decoded(value.substr(second + 1));
  return is_utf8(bytes) ? bytes : to_utf8(bytes, charset);
}

/// A file name as it was meant.
std::string mended_name(const char* value) {
  std::string name = value;
  if (name.find("=?") != std::string::npos) name = decode_words(name, {});
  name = without_charset(name);
  if (!name.empty() && name.front() == '"') name.erase(0, 1);
  return clean_line(name);
}

/// The value of a parameter that may stand there twice, once for old programs: the one that says
/// more (RFC 6266, 4.3).
std::string name_in(GMimeParamList* list, const char* key) {
  std::string out;
  int count = list ? g_mime_param_list_length(list) : 0;
  for (int i = 0; i < count; ++i) {
    auto* parameter = g_mime_param_list_get_parameter_at(list, i);
    if (!equal_ignoring_case(g_mime_param_get_name(parameter), key)) continue;
    const char* value = g_mime_param_get_value(parameter);
    auto name = mended_name(value ? value : "");
    bool beyond_ascii = std::any_of(name.begin(), name.end(),
                                    [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
    if (out.empty() || beyond_ascii) out = std::move(name);
    if (beyond_ascii) break;
  }
  return out;
}

std::string parameter(GMimeContentType* type, const char* name) {
  const char* value = g_mime_content_type_get_parameter(type, name);
  return value ? value : "";
}

bool says(GMimeContentType* type, const char* name, std::string_view wanted) {
  return equal_ignoring_case(parameter(type, name), wanted);
}

}  // namespace

media_type read_media_type(std::string_view value) {
  media_type out;
  auto line = prepared(value);
  if (line.find('/') == std::string::npos) return out;
  object_ref<GMimeContentType> type(g_mime_content_type_parse(parser_options(), line.c_str()));
  out.type = clean_line(lower_token(g_mime_content_type_get_media_type(type.get())));
  out.subtype = clean_line(lower_token(g_mime_content_type_get_media_subtype(type.get())));
  if (out.type.size() + out.subtype.size() > 127)
    out.type = "application", out.subtype = "octet-stream";
  out.charset = parameter(type.get(), "charset");
  if (out.type == "application") out.smime_type = parameter(type.get(), "smime-type");
  out.flowed = says(type.get(), "format", "flowed");
  out.delete_space = says(type.get(), "delsp", "yes");
  out.name = name_in(g_mime_content_type_get_parameters(type.get()), "name");
  if (out.type == "multipart") {
    out.boundary = parameter(type.get(), "boundary");
    if (out.boundary.empty()) out.boundary = find_boundary(line);
  }
  return out;
}

disposition read_disposition(std::string_view value) {
  disposition out;
  auto line = prepared(value);
  if (line.empty()) return out;
  object_ref<GMimeContentDisposition> parsed(
      g_mime_content_disposition_parse(parser_options(), line.c_str()));
  auto kind = lower_token(g_mime_content_disposition_get_disposition(parsed.get()));
  out.is_inline = kind == "inline";
  out.is_attachment = kind == "attachment";
  out.filename = name_in(g_mime_content_disposition_get_parameters(parsed.get()), "filename");
  return out;
}

}  // namespace postroom::mail
