#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "mail/fields.hpp"
#include "mail/transfer.hpp"
#include "mail/values.hpp"

namespace postroom::mail {

/// One entity of a mail. Views into the caller's bytes, or into what a part before it opened.
struct part {
  media_type type;
  disposition shown;
  transfer encoding = transfer::identity;
  std::string content_id;     ///< without <>
  std::string_view body;      ///< still encoded; of a multipart: everything in it
  bool is_multipart = false;  ///< holds other parts; so does signed data that was opened
  std::shared_ptr<const std::string>
      opened;           ///< of signed data: the bytes that the parts in it view
  std::size_t end = 0;  ///< one past the last part inside of this one
  /// The name the sender gave, decoded but not safe; may be empty.
  [[nodiscard]] const std::string& name() const {
    return shown.filename.empty() ? type.name : shown.filename;
  }
};

struct outline_limits {
  int max_depth = 100;
  std::size_t max_parts = 2000;
  /// Bytes that signed data may have when decoded, all of it together, where that is less than the
  /// mail has.
  std::size_t max_opened = static_cast<std::size_t>(-1);
};

/// The parts of a mail in the order they stand in it, a multipart before what is in it; never
/// empty, the first is the mail itself. Attached mails are not looked into. Files that stand
/// uuencoded in a text are parts of their own, as is the text behind each. What S/MIME signed as a
/// whole is looked into, and not verified (`open_signed`).
///
/// GMime decodes the values, but its parser is not used: it keeps some 1.5 KB for every part and
/// 150 bytes for every header, so a hostile mail of 50 MB made of "--b" lines takes 12 GB, and it
/// recurses on nesting. This walk is iterative, one pass, and stops at the limits: a multipart
/// nested too deep is a leaf, what follows the last part allowed is not looked at.
std::vector<part> outline(const content_fields& fields, std::string_view body,
                          const outline_limits& limits);

/// The same with signed data left closed.
std::vector<part> walk_parts(const content_fields& fields, std::string_view body,
                             const outline_limits& limits);

}  // namespace postroom::mail
