#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace postroom::channels {

/// What one FETCH answer tells of one mail. Only what Postroom asks for is kept.
struct imap_fetch {
  enum class body_state {
    absent,    ///< not part of the answer
    nil,       ///< the mail has no bytes (any more)
    kept,      ///< in `body`
    skipped,   ///< a literal that was not wanted
    streamed,  ///< handed out in pieces
  };
  std::optional<uint64_t> uid;
  std::optional<uint64_t> size;
  std::optional<time_point> internal_date;
  body_state body_is = body_state::absent;
  std::shared_ptr<std::string> body;
  uint64_t body_bytes = 0;  ///< the literal's length, also of a skipped or streamed one
};

enum class imap_status { ok, no, bad, bye, preauth };

/// One answer of the server (RFC 9051 section 7), as far as Postroom needs it.
struct imap_response {
  enum class kind {
    status,  ///< OK, NO, BAD, BYE, PREAUTH; tagged or not
    continuation,
    exists,
    recent,
    expunge,
    vanished,
    fetch,
    search,  ///< SEARCH, or the MIN of an ESEARCH
    capability,
    other,
  };
  kind what = kind::other;
  std::string tag;  ///< empty: untagged
  imap_status status = imap_status::ok;
  std::string code;                ///< the word in [...], upper case: "UIDVALIDITY"
  std::string code_args;           ///< what follows it there
  std::string text;                ///< human-readable; may hold addresses: not for errors or logs
  uint64_t number = 0;             ///< of EXISTS, RECENT, EXPUNGE; VANISHED: how many
  std::vector<uint64_t> numbers;   ///< of SEARCH
  std::vector<std::string> words;  ///< of CAPABILITY, upper case
  imap_fetch fetch;
};

/// A literal inside an answer's text; there it stands as "{n}" and a line feed.
struct imap_literal {
  imap_fetch::body_state state = imap_fetch::body_state::skipped;
  std::shared_ptr<std::string> bytes;  ///< set for kept ones
  uint64_t size = 0;
};

/// Reads one complete answer, without its last CR LF. ec::protocol_violation when it makes no
/// sense.
result<imap_response> parse_imap(std::string_view text, const std::vector<imap_literal>& literals);

/// What is known when a literal begins: the items of the FETCH before it, and what it is the value
/// of.
struct imap_fetch_start {
  imap_fetch so_far;
  bool is_body = false;  ///< the literal is the value of BODY[]
};

/// Reads the beginning of an answer up to the "{n}" (excluded) of its next literal.
result<imap_fetch_start> parse_imap_start(std::string_view text,
                                          const std::vector<imap_literal>& literals);

/// "17-Jul-1996 02:44:25 -0700" (RFC 9051 date-time); nothing when it is not one.
std::optional<time_point> parse_internal_date(std::string_view text);

}  // namespace postroom::channels
