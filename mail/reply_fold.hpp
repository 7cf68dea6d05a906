#pragma once

#include <cstddef>
#include <string_view>

namespace postroom::mail {

/// Where the parts of an answer begin, as offsets of lines: the answer itself from 0, then the
/// signature, then what it quotes. A part that is not there begins where the next one does.
struct reply_folds {
  std::size_t signature = 0;
  std::size_t quoted = 0;
  bool operator==(const reply_folds&) const = default;
};

/// Finds what a reader has no need to see again: the mail that is answered, quoted below, and the
/// signature. `text` is the readable text of a mail, with LF line ends; it is not changed.
///
/// In doubt nothing is folded: not what stands between or below quoted lines, not forwarded mails,
/// not all that there is. What is quoted without ">" in front cannot be told from an answer below
/// it, so only a text above it folds it, and none that says "see below".
reply_folds fold_reply(std::string_view text);

}  // namespace postroom::mail
