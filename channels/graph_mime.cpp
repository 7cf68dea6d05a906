#include "channels/graph_mime.hpp"

#include <algorithm>
#include <optional>

namespace postroom::channels {
namespace {

char small(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool same_word(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char x, char y) { return small(x) == small(y); });
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blank = " \t\r\n";
  const auto from = text.find_first_not_of(blank);
  if (from == text.npos) return {};
  return text.substr(from, text.find_last_not_of(blank) - from + 1);
}

/// The first field of a header with its continuation lines (RFC 5322, 2.2.3), taken off its front.
std::string_view next_field(std::string_view& header) {
  auto end = header.find("\r\n");
  while (end != header.npos && end + 2 < header.size() &&
         (header[end + 2] == ' ' || header[end + 2] == '\t'))
    end = header.find("\r\n", end + 2);
  const auto size = end == header.npos ? header.size() : end + 2;
  const auto out = header.substr(0, size);
  header.remove_prefix(size);
  return out;
}

bool is_field(std::string_view field, std::string_view name) {
  return field.size() > name.size() && field[name.size()] == ':' &&
         same_word(field.substr(0, name.size()), name);
}

std::string_view value_of(std::string_view header, std::string_view name) {
  while (!header.empty()) {
    const auto field = next_field(header);
    if (is_field(field, name)) return trimmed(field.substr(name.size() + 1));
  }
  return {};
}

/// A parameter of a MIME field (RFC 2045, 5.1).
std::string parameter(std::string_view value, std::string_view name) {
  for (auto at = value.find(';'); at != value.npos; at = value.find(';', at + 1)) {
    const auto rest = trimmed(value.substr(at + 1));
    if (rest.size() <= name.size() || !same_word(rest.substr(0, name.size()), name)) continue;
    auto text = trimmed(rest.substr(name.size()));
    if (!text.starts_with('=')) continue;
    text = trimmed(text.substr(1));
    if (text.starts_with('"'))
      return std::string(text.substr(1, std::min(text.find('"', 1), text.size()) - 1));
    return std::string(trimmed(text.substr(0, text.find(';'))));
  }
  return {};
}

/// Whether the value of To is this one address, perhaps with a name.
bool names_only(std::string_view value, std::string_view to) {
  bool quoted = false;
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (value[i] == '\\')
      ++i;
    else if (value[i] == '"')
      quoted = !quoted;
    else if (!quoted && (value[i] == ',' || value[i] == ';' || value[i] == ':'))
      return false;
  }
  if (same_word(value, to)) return true;
  return !quoted && value.size() > to.size() + 1 && value.ends_with('>') &&
         value[value.size() - to.size() - 2] == '<' &&
         same_word(value.substr(value.size() - to.size() - 1, to.size()), to) &&
         std::ranges::count(value, '<') == 1;
}

uint64_t decoded_size(std::string_view base64) {
  uint64_t letters = 0;
  for (const char c : base64) letters += c > ' ' && c != '=' ? 1 : 0;
  return letters * 3 / 4;
}

std::optional<mime_file> file_of(std::string_view part) {
  const auto head = part.substr(0, header_size(part));
  const auto placed = value_of(head, "Content-Disposition");
  const auto type = value_of(head, "Content-Type");
  if (!same_word(trimmed(placed.substr(0, placed.find(';'))), "attachment") ||
      !same_word(value_of(head, "Content-Transfer-Encoding"), "base64"))
    return std::nullopt;
  mime_file out;
  out.name = parameter(placed, "filename");
  if (out.name.empty()) out.name = parameter(type, "name");
  if (out.name.empty()) out.name = "attachment";
  out.type = trimmed(type.substr(0, type.find(';')));
  if (out.type.empty()) out.type = "application/octet-stream";
  out.base64 = part.substr(head.size());
  out.size = decoded_size(out.base64);
  return out;
}

}  // namespace

std::size_t header_size(std::string_view message) {
  const auto end = message.find("\r\n\r\n");
  return end == message.npos ? message.size() : end + 4;
}

std::string header_for_one(std::string_view header, std::string_view to) {
  std::string out;
  int named = 0;  // fields with recipients
  bool fits = false;
  out.reserve(header.size() + to.size() + 8);
  const std::string field_for_one = "To: <" + std::string(to) + ">\r\n";
  for (auto rest = header; !rest.empty();) {
    const auto field = next_field(rest);
    const bool is_to = is_field(field, "To");
    if (!is_to && !is_field(field, "Cc") && !is_field(field, "Bcc")) {
      if (field == "\r\n" && named == 0) {
        out += field_for_one;
        named = 1;  // a second blank line needs no other
      }
      out += field;
      continue;
    }
    if (++named == 1) {
      fits = is_to && names_only(trimmed(field.substr(3)), to);
      out += field_for_one;
    }
  }
  return fits && named == 1 ? std::string(header) : out;
}

mime_split take_files_out(std::string_view header, std::string_view body) {
  mime_split out;
  const auto type = value_of(header, "Content-Type");
  const auto boundary = parameter(type, "boundary");
  if (!same_word(trimmed(type.substr(0, type.find(';'))), "multipart/mixed") || boundary.empty()) {
    out.rest = body;
    return out;
  }
  const auto line = "--" + boundary;
  // Parts lie between delimiters; the line end before a delimiter belongs to it (RFC 2046, 5.1.1).
  auto at = body.starts_with(line) ? 0 : body.find("\r\n" + line);
  if (at == body.npos) at = body.size();
  out.rest = body.substr(0, at);
  while (at < body.size()) {
    const auto end = std::min(body.find("\r\n" + line, at + 2), body.size());
    const auto whole = body.substr(at, end - at);
    const auto first = whole.find("\r\n", 2);
    const auto part = first == whole.npos ? std::string_view{} : whole.substr(first + 2);
    const bool closing = whole.find(line + "--") <= 2;
    auto file = closing ? std::nullopt : file_of(part);
    file ? out.files.push_back(std::move(*file)) : void(out.rest.append(whole));
    at = end;
  }
  return out;
}

std::string file_reader::next(std::size_t size) {
  constexpr std::size_t step = 64u << 10;
  while (ready_.size() < size && !text_.empty()) {
    const auto in = text_.substr(0, step);
    text_.remove_prefix(in.size());
    if (!decoder_.read(in, ready_)) text_ = {};
  }
  auto out = ready_.substr(0, size);
  ready_.erase(0, out.size());
  return out;
}

}  // namespace postroom::channels
