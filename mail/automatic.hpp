#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace postroom::mail {

/// Who wrote a mail.
enum class origin : uint8_t {
  person,
  auto_reply,     ///< a program answers (RFC 3834)
  out_of_office,  ///< the same, for somebody who is away
  report,         ///< about the delivery of another mail (`report.hpp`)
  list,           ///< through a mailing list; a person may have written it
  bulk,           ///< to very many
  generated       ///< by a program: alarms, orders, receipts
};

struct automatic_verdict {
  origin kind = origin::person;
  std::string evidence;    ///< the field that says so, "Auto-Submitted: auto-replied"
  std::string wants_none;  ///< the field that asks for no automatic answer; a person's may have one
  std::string loop_marks;  ///< of the helpdesks it came through, joined by blanks; `loop_field`
};

/// Reads what a header says of its author: RFC 3834, 2919, 2369, and what mail systems add to them.
/// A subject counts only beside other evidence, or where there is no From. Evidence is valid UTF-8.
/// `is_report` is what `read_report` found.
automatic_verdict read_automatic(std::string_view header, bool is_report = false);

/// Whether an automatic answer may go out, and why not.
struct answer_permission {
  bool allowed = true;
  std::string reason;  ///< for the call's record; empty when allowed
};

/// Only persons are answered, and only where no field asks for silence: anything else could answer
/// back without end (RFC 3834 section 2).
answer_permission may_answer(const automatic_verdict& verdict);

/// The field that marks what Postroom sends on its own. Its words are the marks of the helpdesks
/// that the mail, or one that caused it, came through; anybody can write it, so only a mark that is
/// compared tells whose it is.
inline constexpr std::string_view loop_field = "X-Postroom-Loop";
/// More are forgotten: what comes through so many helpdesks is ended by other limits.
inline constexpr std::size_t max_loop_marks = 8;

/// Whether nobody reads what is sent to the address: noreply@, bounces+x@, owner-list@.
bool takes_no_answers(std::string_view address);

}  // namespace postroom::mail
