#include "mail/signed_parts.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include "mail/fields.hpp"
#include "mail/signed_data.hpp"
#include "mail/transfer.hpp"

namespace postroom::mail {

namespace {

/// Signed data in signed data is rare (a list server may sign once more), deeper ones are made to
/// hurt.
constexpr int max_levels = 4;
/// The header of what is signed has a few fields; RFC 9788 copies those of the mail into it.
constexpr std::size_t max_header = 1u << 20;

bool is_signed(const part& p) {
  return !p.is_multipart && (is_cms(p) || is_named_cms(p)) && kind_of_cms(p) == cms::signed_data;
}

class opener {
 public:
  opener(const outline_limits& limits, std::size_t budget, std::size_t parts)
      : x_limits_(limits), x_budget_(budget) {
    x_limits_.max_parts -= std::min(parts, limits.max_parts);
  }
  void add(std::vector<part> parts, int level);
  std::vector<part> take() { return std::move(x_out_); }

 private:
  void open(std::size_t index, int level);

  outline_limits x_limits_;  ///< of parts those that may still come
  std::size_t x_budget_;
  std::vector<part> x_out_;
};

/// Appends the parts, what is inside of signed data behind it.
void opener::add(std::vector<part> parts, int level) {
  std::vector<std::size_t> moved_to;
  for (auto& p : parts) {
    moved_to.push_back(x_out_.size());
    x_out_.push_back(std::move(p));
    if (level < max_levels) open(x_out_.size() - 1, level);
  }
  moved_to.push_back(x_out_.size());
  for (std::size_t i = 0; i < parts.size(); ++i) {
    auto& end = x_out_[moved_to[i]].end;
    end = moved_to[end];
  }
}

void opener::open(std::size_t index, int level) {
  const auto& closed = x_out_[index];
  if (x_limits_.max_parts == 0 || !is_signed(closed)) return;
  const auto most = decoded_bound(closed.body.size(), closed.encoding);
  if (most > x_budget_) return;
  auto bytes = std::make_shared<std::string>(decode(closed.body, closed.encoding, most));
  const auto content = signed_content(*bytes);
  if (!content) return;
  const auto split = split_mail(*content, max_header);
  if (!split) return;
  const auto fields = read_content_fields(split->header);
  if (fields.type.empty()) return;  // a document
  x_budget_ -= most;
  x_out_[index].opened = std::move(bytes);
  x_out_[index].is_multipart = true;
  auto inside = walk_parts(fields, split->body, x_limits_);
  x_limits_.max_parts -= std::min(inside.size(), x_limits_.max_parts);
  add(std::move(inside), level + 1);
}

}  // namespace

std::vector<part> open_signed(std::vector<part> parts, const outline_limits& limits,
                              std::size_t budget) {
  opener all(limits, budget, parts.size());
  all.add(std::move(parts), 0);
  return all.take();
}

}  // namespace postroom::mail
