#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mail/mail.hpp"

/// Header values decoded, for the most part by GMime. All take raw field values as `fields.hpp`
/// finds them, look at a bounded number of bytes, and give valid UTF-8. Any thread. `hint` is the
/// charset that raw 8-bit bytes are in when they are no UTF-8: that of the text, if it names one.
namespace postroom::mail {

/// The mailboxes of an address list, groups resolved, at most `max`. Here `hint` serves the names
/// alone: in some charsets any bytes are an address, so it is not taken where it would change one.
std::vector<address> read_addresses(std::string_view value, std::size_t max,
                                    std::string_view hint = {});

/// The name and the local part of a sender that has no domain ("Cron <root>", "Daemon <>"); either
/// may be empty.
struct local_sender {
  std::string name, local_part;
};
local_sender read_local_sender(std::string_view value, std::string_view hint = {});

/// The first word of a broken address list that could be an address; empty: there is none.
std::string find_address(std::string_view value);

/// Unstructured text, RFC 2047 words decoded, on one line.
std::string read_text(std::string_view value, std::string_view hint = {});

std::optional<time_point> read_date(std::string_view value);

/// The ids of a Message-ID, In-Reply-To or References field without their <>; the first and the
/// last ones when there are more than `max`.
std::vector<std::string> read_ids(std::string_view value, std::size_t max);

struct media_type {
  std::string type = "text", subtype = "plain";  ///< lower case
  std::string charset, boundary, name;           ///< name decoded (RFC 2231 and 2047)
  std::string smime_type;                        ///< of CMS (RFC 8551, 3.2.2)
  bool flowed = false, delete_space = false;     ///< RFC 3676
  [[nodiscard]] bool is(std::string_view t, std::string_view s) const {
    return type == t && subtype == s;
  }
  [[nodiscard]] std::string full() const { return type + "/" + subtype; }
};
/// text/plain for a value that is none (RFC 2045 section 5.2).
media_type read_media_type(std::string_view value);

struct disposition {
  bool is_attachment = false, is_inline = false;
  std::string filename;
};
disposition read_disposition(std::string_view value);

}  // namespace postroom::mail
