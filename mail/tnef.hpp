#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace postroom::mail {

/// A file inside of a winmail.dat; all strings as the sender wrote them, in UTF-8.
struct tnef_file {
  std::string name, content_type, content_id;
  uint64_t size = 0;
  std::string_view data;  ///< its bytes, a view into those that were read
};

struct tnef_content {
  std::string text;  ///< the body as plain text, made from HTML or RTF when there is no other
  std::string html;  ///< the HTML it stands in too, as it was written; empty: there is none
  std::vector<tnef_file> files;
  bool is_whole = true;  ///< false: it is cut off or a checksum is wrong, and this stands before
};

/// What Outlook packed into `winmail.dat` (MS-OXTNEF). Text of some `max_text` bytes, HTML of some
/// times that, and at most `max_files` files; one pass, no recursion. Nothing when the bytes are no
/// TNEF.
std::optional<tnef_content> read_tnef(std::string_view bytes, std::size_t max_text,
                                      std::size_t max_files);

}  // namespace postroom::mail
