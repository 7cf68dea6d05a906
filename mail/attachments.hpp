#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "mail/body.hpp"
#include "mail/mail.hpp"
#include "mail/outline.hpp"

namespace postroom::mail {

/// Encoded bytes of the largest winmail.dat that is unpacked: it is decoded in memory.
inline constexpr std::size_t max_tnef = 32u << 20;

/// Whether the part says that it is what Outlook packs files into.
bool is_tnef(const part& p);

/// Where the bytes of an attachment are.
struct attachment_source {
  std::size_t part = 0;                ///< in the outline
  std::optional<std::size_t> in_tnef;  ///< the file in that part; none: the part itself
};

/// Adds what the mail has beside its text, and tells of each where it is. A winmail.dat gives way
/// to the files in it, its text is the mail's when that has none, and so is its HTML; one that is
/// broken is shown below what could be read of it, one that is very large stays the file it is.
std::vector<attachment_source> add_attachments(const std::vector<part>& parts,
                                               const body_choice& choice,
                                               const parse_limits& limits, parsed_mail& out);

/// The decoded bytes of what `add_attachments` added.
std::string bytes_of(const std::vector<part>& parts, const attachment_source& source,
                     const parse_limits& limits);

}  // namespace postroom::mail
