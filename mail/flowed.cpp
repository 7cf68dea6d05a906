#include "mail/flowed.hpp"

#include <algorithm>

namespace postroom::mail {

namespace {

struct flowed_line {
  std::size_t depth = 0;  ///< of quoting
  std::string_view text;  ///< without its marks and its stuffed blank
  bool flows = false;     ///< the next line goes on
};

flowed_line read_line(std::string_view line) {
  flowed_line out;
  out.depth = std::min(line.find_first_not_of('>'), line.size());
  out.text = line.substr(out.depth);
  if (!out.text.empty() && out.text.front() == ' ') out.text.remove_prefix(1);
  // A signature's mark ends in a blank and does not flow (section 4.3).
  out.flows = !out.text.empty() && out.text.back() == ' ' && out.text != "-- ";
  return out;
}

void append_marks(std::string& out, std::size_t depth) {
  if (depth > 0) out.append(depth, '>').append(" ");
}

}  // namespace

std::string join_flowed(std::string_view text, bool delete_space) {
  std::string out;
  out.reserve(text.size());
  bool open = false;  // a line that flows was written, at this depth
  std::size_t depth = 0;
  while (!text.empty()) {
    auto end = text.find('\n');
    auto line = read_line(text.substr(0, end));
    // A line of another depth ends the paragraph, as does a signature (section 4.5).
    bool joins = open && line.depth == depth && line.text != "-- ";
    if (open && !joins) out += '\n';
    if (!joins) append_marks(out, line.depth);
    auto kept = line.text;
    if (line.flows && delete_space) kept.remove_suffix(1);
    out += kept;
    open = line.flows;
    depth = line.depth;
    if (!open && end != std::string_view::npos) out += '\n';
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  if (open) out += '\n';
  return out;
}

}  // namespace postroom::mail
