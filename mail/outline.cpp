#include "mail/outline.hpp"

#include <algorithm>
#include <functional>
#include <optional>
#include <utility>

#include "mail/signed_parts.hpp"
#include "mail/uuencoded.hpp"

namespace postroom::mail {

namespace {

/// Small mails may hold signed data in signed data.
constexpr std::size_t spare_opened = 4u << 20;

std::string_view without_line_end(std::string_view bytes) {
  return bare_line(bytes);
}

class walker {
 public:
  walker(std::string_view bytes, const outline_limits& limits)
      : x_bytes_(bytes), x_limits_(limits) {}
  std::vector<part> run(const content_fields& root);

 private:
  struct open_multipart {
    std::size_t index, start;
    std::size_t hash;  ///< of the boundary: a body of "--" lines under many levels must stay cheap
  };
  struct delimiter {
    std::size_t level, begin,
        next;  ///< index into x_open_; offsets of the line and of the one after it
    bool closes;
  };
  struct cut_multipart {
    std::string boundary;
    std::size_t hash;
  };
  /// Of so many multiparts that a delimiter of an outer one ended, the delimiters still part.
  static constexpr std::size_t max_cut = 8;

  [[nodiscard]] std::optional<delimiter> match(std::size_t line_start) const;
  [[nodiscard]] std::optional<delimiter> next_delimiter() const;
  [[nodiscard]] std::string_view take_header();
  void begin(const content_fields& fields, bool in_digest);
  void end_leaf(std::size_t at);
  void set_body(std::size_t leaf, std::string_view body);
  void split_uuencoded(std::size_t leaf);
  void add_leaf(part p, std::string_view body);
  [[nodiscard]] std::size_t end_of_last() const;
  void note_cut(const delimiter& found);
  void close_to(std::size_t level, std::size_t at);
  [[nodiscard]] std::string_view range(std::size_t from, std::size_t to) const {
    return from < to ? without_line_end(x_bytes_.substr(from, to - from)) : std::string_view{};
  }

  std::string_view x_bytes_;
  outline_limits x_limits_;
  std::vector<part> x_parts_;
  std::vector<open_multipart> x_open_;
  std::vector<cut_multipart> x_cut_;
  std::optional<std::size_t>
      x_leaf_;  ///< the part whose body we are in; none in a preamble or epilogue
  std::size_t x_leaf_start_ = 0;
  std::size_t x_at_ = 0;  ///< always the start of a line
};

/// RFC 2046 section 5.1.1: "--", the boundary, perhaps "--", padding. The innermost wins where two
/// are the same.
std::optional<walker::delimiter> walker::match(std::size_t line_start) const {
  auto line = line_at(x_bytes_, line_start);
  auto next = line_start + line.size();
  line.remove_prefix(2);
  while (!line.empty() && (line.back() == ' ' || (line.back() >= '\t' && line.back() <= '\r')))
    line.remove_suffix(1);
  const std::hash<std::string_view> hash;
  bool dashes = line.size() > 2 && line.substr(line.size() - 2) == "--";
  auto closing = dashes ? line.substr(0, line.size() - 2) : std::string_view{};
  auto open_hash = hash(line), close_hash = dashes ? hash(closing) : open_hash;
  for (auto level = x_open_.size(); level-- > 0;) {
    if (x_open_[level].hash != open_hash && x_open_[level].hash != close_hash) continue;
    const auto& boundary = x_parts_[x_open_[level].index].type.boundary;
    if (line == boundary) return delimiter{level, line_start, next, false};
    if (dashes && closing == boundary) return delimiter{level, line_start, next, true};
  }
  for (const auto& cut : x_cut_)
    if (cut.hash == open_hash && cut.boundary == line)
      return delimiter{x_open_.size() - 1, line_start, next, false};
  return std::nullopt;
}

std::optional<walker::delimiter> walker::next_delimiter() const {
  if (x_open_.empty()) return std::nullopt;
  auto at = x_at_;
  if (x_bytes_.substr(at, 2) != "--") {
    at = x_bytes_.find("\n--", at);
    if (at != std::string_view::npos) ++at;
  }
  while (at != std::string_view::npos) {
    if (auto found = match(at)) return found;
    at = x_bytes_.find("\n--", at);
    if (at != std::string_view::npos) ++at;
  }
  return std::nullopt;
}

/// The header of a part ends at a blank line, or at a delimiter or where text begins when the
/// sender forgot the blank line.
std::string_view walker::take_header() {
  auto start = x_at_;
  text_finder text(x_bytes_);
  while (x_at_ < x_bytes_.size()) {
    auto line = line_at(x_bytes_, x_at_);
    if (line.substr(0, 2) == "--" && match(x_at_)) break;
    const bool is_blank = text.is_blank_at(x_at_);
    if (!is_blank && text.begins_at(x_at_)) break;
    auto here = x_at_;
    x_at_ += line.size();
    if (is_blank) return x_bytes_.substr(start, here - start);
  }
  return x_bytes_.substr(start, x_at_ - start);
}

void walker::begin(const content_fields& fields, bool in_digest) {
  part p;
  p.type = read_media_type(fields.type);
  if (in_digest && !fields.type.data()) p.type.type = "message", p.type.subtype = "rfc822";
  p.shown = read_disposition(fields.disposition);
  p.encoding = read_transfer(fields.encoding);
  if (auto ids = read_ids(fields.id, 1); !ids.empty()) p.content_id = std::move(ids[0]);
  if (p.type.type == "multipart" && p.type.boundary.empty()) p.type = media_type{};
  p.is_multipart =
      p.type.type == "multipart" && x_open_.size() < static_cast<std::size_t>(x_limits_.max_depth);
  auto index = x_parts_.size();
  if (p.is_multipart) {
    // Padding at its end cannot be told from the delimiter line's.
    while (!p.type.boundary.empty() && p.type.boundary.back() == ' ') p.type.boundary.pop_back();
    x_open_.push_back({index, x_at_, std::hash<std::string_view>{}(p.type.boundary)});
    x_leaf_.reset();
  } else {
    x_leaf_ = index;
    x_leaf_start_ = x_at_;
  }
  p.end = index + 1;
  x_parts_.push_back(std::move(p));
}

void walker::end_leaf(std::size_t at) {
  if (!x_leaf_) return;
  set_body(*x_leaf_, range(x_leaf_start_, at));
  x_leaf_.reset();
}

void walker::set_body(std::size_t leaf, std::string_view body) {
  auto& p = x_parts_[leaf];
  p.body = body;
  const bool in_base64 = p.encoding == transfer::base64;
  if (in_base64 && p.type.type == "text" && !looks_like_base64(body))
    p.encoding = transfer::identity;
  split_uuencoded(leaf);
}

void walker::add_leaf(part p, std::string_view body) {
  p.body = body;
  p.end = x_parts_.size() + 1;
  x_parts_.push_back(std::move(p));
}

/// Files in the text become parts behind it.
void walker::split_uuencoded(std::size_t leaf) {
  const auto& p = x_parts_[leaf];
  if (!p.type.is("text", "plain") || p.encoding != transfer::identity || p.shown.is_attachment)
    return;
  const auto body = p.body;
  auto file = find_uuencoded(body, 0);
  if (file.begin == std::string_view::npos) return;
  x_parts_[leaf].body = body.substr(0, file.begin);
  while (file.begin != std::string_view::npos && x_parts_.size() + 1 < x_limits_.max_parts) {
    part made;
    made.type.type = "application", made.type.subtype = "octet-stream";
    made.shown = {.is_attachment = true, .is_inline = false, .filename = read_text(file.name)};
    made.encoding = transfer::uuencode;
    add_leaf(std::move(made), body.substr(file.begin, file.end - file.begin));
    auto next = find_uuencoded(body, file.end);
    part text;
    text.type.charset = x_parts_[leaf].type.charset;
    add_leaf(std::move(text), body.substr(file.end, next.begin - file.end));
    file = next;
  }
}

/// Where the last part ends when nothing ended it: the closing delimiter may stand at the end of a
/// line.
std::size_t walker::end_of_last() const {
  auto end = x_bytes_.find_last_not_of(" \t\r\n") + 1;
  for (const auto& open : x_open_) {
    auto closing = "--" + x_parts_[open.index].type.boundary + "--";
    bool closes = end >= x_leaf_start_ + closing.size() &&
                  x_bytes_.substr(end - closing.size(), closing.size()) == closing;
    if (closes) return end - closing.size();
  }
  return x_bytes_.size();
}

/// A sender who left out the end of a multipart, or put the outer delimiter too early, goes on with
/// the inner ones: what they part are still parts and no text.
void walker::note_cut(const delimiter& found) {
  for (auto level = found.level + 1; level < x_open_.size() && x_cut_.size() < max_cut; ++level)
    x_cut_.push_back({x_parts_[x_open_[level].index].type.boundary, x_open_[level].hash});
}

/// Ends all open multiparts from `level` on. One in which no part was found is shown as the text it
/// is.
void walker::close_to(std::size_t level, std::size_t at) {
  for (; x_open_.size() > level; x_open_.pop_back()) {
    auto [index, start, hash] = x_open_.back();
    auto& p = x_parts_[index];
    p.body = range(start, at);
    p.end = x_parts_.size();
    if (p.end == index + 1) p.is_multipart = false, p.type.type = "text", p.type.subtype = "plain";
  }
}

std::vector<part> walker::run(const content_fields& root) {
  begin(root, false);
  while (auto found = next_delimiter()) {
    end_leaf(found->begin);
    note_cut(*found);
    close_to(found->closes ? found->level : found->level + 1, found->begin);
    x_at_ = found->next;
    if (found->closes) continue;
    if (x_parts_.size() >= x_limits_.max_parts) break;
    auto fields = read_content_fields(take_header());
    begin(fields, x_parts_[x_open_.back().index].type.subtype == "digest");
  }
  // After a break there is no leaf open, so what was not looked at belongs to no part.
  bool whole = x_parts_.size() == 1 && !x_parts_[0].is_multipart;
  if (whole)
    set_body(0, x_bytes_);
  else
    end_leaf(end_of_last());
  close_to(0, x_bytes_.size());
  return std::move(x_parts_);
}

}  // namespace

std::vector<part> walk_parts(const content_fields& fields, std::string_view body,
                             const outline_limits& limits) {
  return walker(body, limits).run(fields);
}

std::vector<part> outline(const content_fields& fields, std::string_view body,
                          const outline_limits& limits) {
  return open_signed(walk_parts(fields, body, limits), limits,
                     std::min(limits.max_opened, body.size() + spare_opened));
}

}  // namespace postroom::mail
