#include "mail/attachments.hpp"

#include <optional>

#include "mail/fields.hpp"
#include "mail/names.hpp"
#include "mail/tnef.hpp"
#include "mail/utf8.hpp"

namespace postroom::mail {

namespace {

attachment describe(const part& p, std::size_t number) {
  return {attachment_name(p, number), p.type.full(), decoded_size(p.body, p.encoding),
          p.shown.is_inline, p.content_id};
}

attachment describe(const tnef_file& file, std::size_t number) {
  auto type = read_media_type(file.content_type);
  auto name = safe_file_name(file.name);
  if (name.empty()) name = "part-" + std::to_string(number) + ".bin";
  auto full = file.content_type.empty() ? "application/octet-stream" : type.full();
  return {std::move(name), std::move(full), file.size, false, clean_line(file.content_id)};
}

bool is_blank(const std::string& text) {
  return text.find_first_not_of(" \t\r\n") == std::string::npos;
}

/// The text of a winmail.dat is the mail's when that has none, and so is its HTML.
void use_text(const tnef_content& content, const parse_limits& limits, parsed_mail& out) {
  if (is_blank(out.text) && !is_blank(content.text)) {
    out.text_truncated = content.text.size() > limits.max_text;
    out.text = utf8_prefix(content.text, limits.max_text);
  }
  if (content.html.empty() || out.has_html) return;
  out.has_html = true;
  if (limits.max_html == 0) return;
  auto html = make_safe_html(content.html, limits.max_html);
  out.html = std::move(html.html);
  out.html_truncated = html.truncated;
}

/// False when the part is to be shown itself: it is no TNEF after all, or broken.
bool add_tnef(const part& p, const parse_limits& limits, parsed_mail& out) {
  if (p.body.size() > max_tnef) return false;
  auto bytes = decode(p.body, p.encoding, p.body.size());
  const auto room = limits.max_attachments - out.attachments.size();
  auto content = read_tnef(bytes, limits.max_text, room);
  if (!content) return false;
  out.has_more_files = out.has_more_files || content->files.size() == room;
  for (const auto& file : content->files)
    out.attachments.push_back(describe(file, out.attachments.size() + 1));
  use_text(*content, limits, out);
  return content->is_whole;
}

}  // namespace

bool is_tnef(const part& p) {
  return p.type.is("application", "ms-tnef") || p.type.is("application", "vnd.ms-tnef") ||
         equal_ignoring_case(p.name(), "winmail.dat");
}

std::vector<attachment_source> add_attachments(const std::vector<part>& parts,
                                               const body_choice& choice,
                                               const parse_limits& limits, parsed_mail& out) {
  std::vector<attachment_source> sources;
  for (auto index : choice.attachments) {
    const auto before = out.attachments.size();
    if (before >= limits.max_attachments) {
      out.has_more_files = true;
      break;
    }
    const auto& p = parts[index];
    if (is_tnef(p)) {
      const bool is_whole = add_tnef(p, limits, out);
      for (std::size_t i = 0; before + i < out.attachments.size(); ++i)
        sources.push_back({index, i});
      if (is_whole) continue;
      // What is in one that cannot be unpacked here, Outlook may still open.
      out.has_more_files = true;
      if (out.attachments.size() >= limits.max_attachments) break;
    }
    // Looked into it was not when it still stands here.
    out.has_more_files =
        out.has_more_files || equal_ignoring_case(p.type.smime_type, "signed-data");
    out.attachments.push_back(describe(p, out.attachments.size() + 1));
    sources.push_back({index, std::nullopt});
  }
  return sources;
}

std::string bytes_of(const std::vector<part>& parts, const attachment_source& source,
                     const parse_limits& limits) {
  const auto& p = parts[source.part];
  auto bytes = decode(p.body, p.encoding, p.body.size());
  if (!source.in_tnef) return bytes;
  const auto content = read_tnef(bytes, 0, limits.max_attachments);
  if (!content || *source.in_tnef >= content->files.size()) return {};
  return std::string(content->files[*source.in_tnef].data);
}

}  // namespace postroom::mail
