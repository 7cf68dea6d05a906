#include "mail/values.hpp"

#include <gmime/gmime.h>

#include <algorithm>
#include <iterator>

#include "mail/fields.hpp"
#include "mail/gobject.hpp"
#include "mail/utf8.hpp"

namespace postroom::mail {

namespace {

/// GMime's list and parameter parsers are somewhat worse than linear and nested groups recurse, so
/// a hostile value is cut. Real subjects and parameters stay far below.
constexpr std::size_t max_text_value = 16u << 10;
constexpr std::size_t max_list_value = 64u << 10;
constexpr std::size_t max_parameters_value = 8u << 10;
constexpr std::size_t max_groups = 64;
constexpr std::size_t max_id = 998;

/// Encoded words in unknown charsets are tried as these.
GMimeParserOptions* options() {
  static GMimeParserOptions* made = [] {
    start_gmime();
    auto* fresh = g_mime_parser_options_new();
    static const char* charsets[] = {"utf-8", "windows-1252", nullptr};
    g_mime_parser_options_set_fallback_charsets(fresh, charsets);
    return fresh;
  }();
  return made;
}

/// The value on one line as UTF-8, so that GMime never has to guess about raw 8-bit bytes.
std::string prepared(std::string_view value, std::size_t max) {
  auto line = unfold(value, max);
  return is_utf8(line) ? line : guess_utf8(line);
}

std::string lower_token(const char* text) {
  std::string out = text ? text : "";
  for (auto& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
  return out;
}

/// The list up to the last whole address below the limits.
std::string prepared_list(std::string_view value) {
  auto line = prepared(value, max_list_value);
  bool cut = value.size() > max_list_value;
  std::size_t groups = 0;
  for (std::size_t i = 0; i < line.size(); ++i)
    if (line[i] == ':' && ++groups > max_groups) {
      line.resize(i);
      cut = true;
    }
  if (auto comma = line.rfind(','); cut && comma != std::string::npos) line.resize(comma);
  return line;
}

bool is_plain_address(std::string_view addr) {
  auto at = addr.rfind('@');
  return at != std::string_view::npos && at > 0 && at + 1 < addr.size() &&
         std::none_of(addr.begin(), addr.end(),
                      [](char c) { return c == ' ' || c == '<' || c == '>'; });
}

/// The domain in its ASCII form (RFC 5890), whichever way it was written.
address read_mailbox(InternetAddress* item) {
  auto text = [](const char* s) { return clean_line(s ? s : ""); };
  address out{text(internet_address_get_name(item)), {}};
  auto addr = text(internet_address_mailbox_get_idn_addr(INTERNET_ADDRESS_MAILBOX(item)));
  if (is_plain_address(addr))
    out.addr = std::move(addr);
  else if (out.name.empty())
    out.name = std::move(addr);
  return out;
}

/// Groups inside groups are not looked into: RFC 5322 has none.
void collect(InternetAddressList* list, std::size_t max, bool in_group, std::vector<address>& out) {
  int count = list ? internet_address_list_length(list) : 0;
  for (int i = 0; i < count && out.size() < max; ++i) {
    auto* item = internet_address_list_get_address(list, i);
    if (INTERNET_ADDRESS_IS_MAILBOX(item))
      out.push_back(read_mailbox(item));
    else if (!in_group)
      collect(internet_address_group_get_members(INTERNET_ADDRESS_GROUP(item)), max, true, out);
  }
}

std::string parameter(GMimeContentType* type, const char* name) {
  const char* value = g_mime_content_type_get_parameter(type, name);
  return value ? value : "";
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

std::string clean_id(std::string_view id) {
  auto line = clean_line(id.substr(0, max_id));
  line.erase(std::remove(line.begin(), line.end(), ' '), line.end());
  return line;
}

}  // namespace

std::vector<address> read_addresses(std::string_view value, std::size_t max) {
  std::vector<address> out;
  auto line = prepared_list(value);
  if (line.empty()) return out;
  object_ref<InternetAddressList> list(internet_address_list_parse(options(), line.c_str()));
  collect(list.get(), max, false, out);
  return out;
}

std::string find_address(std::string_view value) {
  static constexpr std::string_view ends = " \t,;:<>()[]\"'";
  auto line = prepared(value, max_text_value);
  for (auto from = line.find_first_not_of(ends); from != std::string::npos;) {
    auto to = std::min(line.find_first_of(ends, from), line.size());
    auto word = std::string_view(line).substr(from, to - from);
    if (is_plain_address(word)) return clean_line(word);
    from = line.find_first_not_of(ends, to);
  }
  return {};
}

std::string read_text(std::string_view value) {
  auto line = prepared(value, max_text_value);
  if (line.find("=?") == std::string::npos) return clean_line(line);
  return clean_line(glib_string(g_mime_utils_header_decode_text(options(), line.c_str())).get());
}

std::optional<time_point> read_date(std::string_view value) {
  auto line = prepared(value, 200);
  if (line.empty()) return std::nullopt;
  auto* date = g_mime_utils_header_decode_date(line.c_str());
  if (!date) return std::nullopt;
  auto seconds = g_date_time_to_unix(date);
  g_date_time_unref(date);
  return time_point{std::chrono::seconds{seconds}};
}

std::vector<std::string> read_ids(std::string_view value, std::size_t max) {
  std::vector<std::string> out;
  value = value.substr(0, max_list_value);
  for (std::size_t at = value.find('<'); at != std::string_view::npos; at = value.find('<', at)) {
    auto end = value.find('>', at);
    if (end == std::string_view::npos) break;
    auto id = clean_id(value.substr(at + 1, end - at - 1));
    at = end;
    if (id.empty()) continue;
    // The first starts the thread and the last are the nearest: what is between may go.
    if (out.size() == max) out.erase(out.begin() + 1);
    out.push_back(std::move(id));
    if (max == 1) break;
  }
  if (out.empty() && value.find('@') != std::string_view::npos) {
    auto bare = clean_line(value.substr(0, max_id));
    if (bare.find_first_of(" <>") == std::string::npos) out.push_back(std::move(bare));
  }
  return out;
}

media_type read_media_type(std::string_view value) {
  media_type out;
  auto line = prepared(value, max_parameters_value);
  if (line.find('/') == std::string::npos) return out;
  object_ref<GMimeContentType> type(g_mime_content_type_parse(options(), line.c_str()));
  out.type = clean_line(lower_token(g_mime_content_type_get_media_type(type.get())));
  out.subtype = clean_line(lower_token(g_mime_content_type_get_media_subtype(type.get())));
  if (out.type.size() + out.subtype.size() > 127)
    out.type = "application", out.subtype = "octet-stream";
  out.charset = parameter(type.get(), "charset");
  out.name = clean_line(parameter(type.get(), "name"));
  if (out.type == "multipart") {
    out.boundary = parameter(type.get(), "boundary");
    if (out.boundary.empty()) out.boundary = find_boundary(line);
  }
  return out;
}

disposition read_disposition(std::string_view value) {
  disposition out;
  auto line = prepared(value, max_parameters_value);
  if (line.empty()) return out;
  object_ref<GMimeContentDisposition> parsed(
      g_mime_content_disposition_parse(options(), line.c_str()));
  auto kind = lower_token(g_mime_content_disposition_get_disposition(parsed.get()));
  out.is_inline = kind == "inline";
  out.is_attachment = kind == "attachment";
  if (const char* name = g_mime_content_disposition_get_parameter(parsed.get(), "filename"))
    out.filename = clean_line(name);
  return out;
}

}  // namespace postroom::mail
