#include "mail/hidden_files.hpp"

#include <algorithm>
#include <optional>
#include <string>

#include "mail/charset.hpp"
#include "mail/fields.hpp"
#include "mail/html_text.hpp"
#include "mail/names.hpp"
#include "mail/tnef.hpp"
#include "mail/uuencoded.hpp"

namespace postroom::mail {

namespace {

/// Mails within mails looked into.
constexpr int max_mails = 8;
/// Bytes decoded in all: an attached mail in base64 is in memory while what is in it is looked at.
constexpr std::size_t max_decoded = 32u << 20;
constexpr std::size_t max_header = 4u << 20;
/// Bytes of attached mails looked through in all: what lies eight mails deep is in each of them.
constexpr std::size_t max_walked = 128u << 20;
/// Bytes of HTML read as text.
constexpr std::size_t max_html = 8u << 20;

using place = std::optional<std::size_t>;

bool is_mail(const part& p) {
  const auto& name = p.name();
  return p.type.is("message", "rfc822") || p.type.is("message", "global") ||
         (name.size() > 4 && equal_ignoring_case(name.substr(name.size() - 4), ".eml"));
}

/// Which parts are shown as the message.
std::vector<bool> shown_parts(std::size_t count, const body_choice& choice) {
  std::vector<bool> out(count);
  for (auto index : choice.texts) out[index] = true;
  for (auto index : choice.htmls) out[index] = true;
  return out;
}

class file_finder {
 public:
  file_finder(const outline_limits& limits, parsed_mail& out)
      : x_limits_(limits), x_out_(out), x_max_(limits.max_parts) {}

  void look_at_parts(const std::vector<part>& parts, const std::vector<bool>& shown,
                     const std::vector<place>& attachments, const outline_limits& limits,
                     int depth);

 private:
  void look_at(const part& p, bool is_shown, place attachment, int depth);
  void look_at_names(const part& p, bool is_shown, place attachment, bool is_listed);
  void look_into_mail(const part& p, place attachment, int depth);
  void look_into_tnef(const part& p, place attachment);
  void look_into_text(const part& p, place attachment);
  [[nodiscard]] std::string decoded(const part& p);
  bool add(std::string_view name, std::string type, place attachment);

  outline_limits x_limits_;  ///< of a mail that is looked into; `max_parts` of all of them
  parsed_mail& x_out_;
  std::size_t x_max_;  ///< of what is found
  std::size_t x_room_ = max_decoded;
  std::size_t x_walk_ = max_walked;
};

/// False when there is room for no more.
bool file_finder::add(std::string_view name, std::string type, place attachment) {
  if (x_out_.hidden_files.size() >= x_max_) {
    x_out_.has_more_files = true;
    return false;
  }
  x_out_.hidden_files.push_back({safe_file_name(name), std::move(type), attachment});
  return true;
}

/// As much as there is room for.
std::string file_finder::decoded(const part& p) {
  auto out = decode(p.body, p.encoding, std::min(p.body.size(), x_room_ + 1));
  if (out.size() > x_room_) {
    x_out_.has_more_files = true;
    out.resize(x_room_);
  }
  x_room_ -= out.size();
  return out;
}

/// Of an attachment that is listed, the list shows one name and the type.
void file_finder::look_at_names(const part& p, bool is_shown, place attachment, bool is_listed) {
  const auto type = is_shown || is_listed ? std::string{} : p.type.full();
  if (!is_listed && (!p.name().empty() || !type.empty())) add(p.name(), type, attachment);
  // Programs differ in which of the two names they take.
  if (!p.shown.filename.empty() && !p.type.name.empty() && p.type.name != p.shown.filename)
    add(p.type.name, {}, attachment);
}

void file_finder::look_into_mail(const part& p, place attachment, int depth) {
  if (depth >= max_mails || x_limits_.max_parts == 0 || p.body.size() > x_walk_) {
    x_out_.has_more_files = true;
    return;
  }
  x_walk_ -= p.body.size();
  std::string owned;
  auto bytes = p.body;
  if (p.encoding != transfer::identity) bytes = owned = decoded(p);
  const auto split = split_mail(bytes, max_header);
  if (!split) {
    x_out_.has_more_files = x_out_.has_more_files || !bytes.empty();
    return;
  }
  const auto limits = x_limits_;
  const auto parts = outline(read_mail_fields(split->header).content, split->body, limits);
  x_limits_.max_parts -= std::min(parts.size(), x_limits_.max_parts);
  const auto shown = shown_parts(parts.size(), choose_body(parts));
  look_at_parts(parts, shown, std::vector<place>(parts.size(), attachment), limits, depth + 1);
}

void file_finder::look_into_tnef(const part& p, place attachment) {
  const auto bytes = p.body.size() > max_tnef ? std::string{} : decoded(p);
  const auto content = read_tnef(bytes, 0, x_max_);
  if (!content || content->files.size() == x_max_) x_out_.has_more_files = true;
  if (!content) return;
  for (const auto& file : content->files) {
    const bool is_typed = !file.content_type.empty();
    add(file.name,
        is_typed ? read_media_type(file.content_type).full() : "application/octet-stream",
        attachment);
  }
}

/// The outline finds the files in plain texts that are not encoded. Some mail programs find them in
/// all texts.
void file_finder::look_into_text(const part& p, place attachment) {
  const bool is_html = p.type.is("text", "html");
  if (!is_html && p.encoding == transfer::identity) return;
  std::string text;
  auto bytes = p.body;
  if (p.encoding != transfer::identity) bytes = text = decoded(p);
  if (bytes.find("begin ") == std::string_view::npos) return;
  if (is_html) {
    x_out_.has_more_files = x_out_.has_more_files || bytes.size() > max_html;
    bytes = text = html_to_text(to_utf8(bytes.substr(0, max_html), p.type.charset), max_html);
  }
  for (auto file = find_uuencoded(bytes, 0); file.begin != std::string_view::npos;
       file = find_uuencoded(bytes, file.end)) {
    if (!add(read_text(file.name), "application/octet-stream", attachment)) break;
  }
}

void file_finder::look_at(const part& p, bool is_shown, place attachment, int depth) {
  const bool is_listed = depth == 0 && attachment.has_value();
  look_at_names(p, is_shown, attachment, is_listed);
  if (is_mail(p)) {
    look_into_mail(p, attachment, depth);
  } else if (is_tnef(p)) {
    if (!is_listed) look_into_tnef(p, attachment);
  } else if (p.type.type == "multipart") {
    x_out_.has_more_files = true;  // nested too deep
  } else if (!p.shown.is_attachment && (p.type.is("text", "plain") || p.type.is("text", "html"))) {
    look_into_text(p, attachment);
  }
}

void file_finder::look_at_parts(const std::vector<part>& parts, const std::vector<bool>& shown,
                                const std::vector<place>& attachments, const outline_limits& limits,
                                int depth) {
  // The outline stops at the limit, or one before it where a uuencoded file and the text behind it
  // no longer fit.
  if (parts.size() + 2 > limits.max_parts) x_out_.has_more_files = true;
  for (std::size_t i = 0; i < parts.size(); ++i)
    if (!parts[i].is_multipart) look_at(parts[i], shown[i], attachments[i], depth);
}

}  // namespace

void add_hidden_files(const std::vector<part>& parts, const body_choice& choice,
                      const std::vector<attachment_source>& sources, const outline_limits& limits,
                      parsed_mail& out) {
  std::vector<place> attachments(parts.size());
  for (auto i = sources.size(); i-- > 0;) attachments[sources[i].part] = i;
  file_finder(limits, out)
      .look_at_parts(parts, shown_parts(parts.size(), choice), attachments, limits, 0);
}

}  // namespace postroom::mail
