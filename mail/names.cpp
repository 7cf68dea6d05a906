#include "mail/names.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "mail/utf8.hpp"

namespace postroom::mail {

namespace {

constexpr std::size_t max_name = 255;
constexpr std::size_t max_extension = 20;
/// How much of an attached mail is searched for its subject.
constexpr std::size_t subject_window = 64u << 10;

/// What makes a name look other than it is: zero width and direction marks (U+202E turns "cod.exe"
/// round), line and paragraph separators, the byte order mark.
bool deceives(char32_t code) {
  return (code >= 0x200B && code <= 0x200F) || (code >= 0x2028 && code <= 0x202E) ||
         (code >= 0x2060 && code <= 0x206F) || code == 0xFEFF || code == 0x061C || code == 0x180E;
}

bool is_reserved_character(char32_t code) {
  return code < 0x80 &&
         std::string_view("<>:\"|?*/\\").find(static_cast<char>(code)) != std::string_view::npos;
}

/// Names that Windows takes for devices, whatever the extension.
bool is_device(std::string_view name) {
  auto stem = name.substr(0, name.find('.'));
  for (auto device : {"con", "prn", "aux", "nul"})
    if (equal_ignoring_case(stem, device)) return true;
  bool port = stem.size() == 4 && stem[3] >= '0' && stem[3] <= '9';
  return port && (equal_ignoring_case(stem.substr(0, 3), "com") ||
                  equal_ignoring_case(stem.substr(0, 3), "lpt"));
}

std::string without_bad_characters(std::string_view name) {
  std::string out;
  auto line = clean_line(name);
  for (std::string_view rest = line; !rest.empty();) {
    auto length = utf8_length(rest);
    auto code = first_code(rest);
    if (is_reserved_character(code))
      out += '_';
    else if (!deceives(code))
      out.append(rest.substr(0, length));
    rest.remove_prefix(length);
  }
  return out;
}

std::string shortened(const std::string& name) {
  if (name.size() <= max_name) return name;
  auto dot = name.rfind('.');
  bool has_extension = dot != std::string::npos && dot > 0 && name.size() - dot <= max_extension;
  auto extension = has_extension ? name.substr(dot) : std::string{};
  return std::string(utf8_prefix(name, max_name - extension.size())) + extension;
}

std::string_view extension_of(const media_type& type) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 18> table = {{
      {"application/pdf", ".pdf"},
      {"application/zip", ".zip"},
      {"application/json", ".json"},
      {"application/xml", ".xml"},
      {"application/ms-tnef", ".dat"},
      {"application/pgp-signature", ".asc"},
      {"application/pkcs7-mime", ".p7m"},
      {"application/pkcs7-signature", ".p7s"},
      {"image/png", ".png"},
      {"image/jpeg", ".jpg"},
      {"image/gif", ".gif"},
      {"image/svg+xml", ".svg"},
      {"text/plain", ".txt"},
      {"text/html", ".html"},
      {"text/calendar", ".ics"},
      {"text/csv", ".csv"},
      {"text/vcard", ".vcf"},
      {"message/rfc822", ".eml"},
  }};
  auto full = type.full();
  auto row =
      std::find_if(table.begin(), table.end(), [&](const auto& r) { return r.first == full; });
  if (row != table.end()) return row->second;
  return type.type == "message" || type.type == "text" ? ".txt" : ".bin";
}

std::string subject_of(const part& p) {
  auto start = decode(p.body, p.encoding, subject_window);
  auto split = split_mail(start, subject_window);
  return split.ok() ? read_text(read_mail_fields(split->header).subject) : std::string{};
}

}  // namespace

std::string safe_file_name(std::string_view name) {
  auto slash = name.find_last_of("/\\");
  if (slash != std::string_view::npos) name.remove_prefix(slash + 1);
  auto out = without_bad_characters(name);
  auto first = out.find_first_not_of(" .");
  if (first == std::string::npos) return {};
  out.erase(0, first);
  if (is_device(out)) out.insert(out.begin(), '_');
  out = shortened(out);
  out.erase(out.find_last_not_of(" .") + 1);
  return out;
}

std::string attachment_name(const part& p, std::size_t number) {
  if (auto given = safe_file_name(p.name()); !given.empty()) return given;
  if (p.type.is("message", "rfc822")) {
    auto subject = subject_of(p);
    std::replace_if(
        subject.begin(), subject.end(), [](char c) { return c == '/' || c == '\\'; }, '_');
    subject = safe_file_name(subject);
    if (!subject.empty()) return shortened(subject + ".eml");
  }
  return "part-" + std::to_string(number) + std::string(extension_of(p.type));
}

}  // namespace postroom::mail
