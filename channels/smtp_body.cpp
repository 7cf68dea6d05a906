#include "channels/smtp_body.hpp"

#include <algorithm>

namespace postroom::channels {

std::string smtp_body::next(std::size_t size) {
  std::string out;
  if (ended_) return out;
  const std::string& all = *message_;
  auto stop = at_ + std::min(size, all.size() - at_);
  out.reserve(stop - at_ + 16);
  while (at_ < stop) {
    if (all[at_] == '.' && (at_ == 0 || all[at_ - 1] == '\n')) out += '.';
    auto line_end = std::string_view(all).substr(at_, stop - at_).find('\n');
    auto end = line_end == std::string_view::npos ? stop : at_ + line_end + 1;
    out.append(all, at_, end - at_);
    at_ = end;
  }
  if (at_ < all.size()) return out;
  ended_ = true;
  if (!all.empty() && !all.ends_with("\r\n")) out += "\r\n";
  return out += ".\r\n";
}

}  // namespace postroom::channels
