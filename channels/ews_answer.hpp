#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"

/// What an Exchange server answers, as values. Pure.
namespace postroom::channels {

struct ews_item {
  std::string id;
  bool mail_like = false;        ///< an element that carries MIME: no contact, task or appointment
  std::optional<uint64_t> size;  ///< item:Size, which is not that of the MIME text
  std::optional<time_point> received;
  std::optional<std::size_t> mime;  ///< which MimeContent of the answer belongs to it
};

struct ews_found_folder {
  std::string id, name;
  uint64_t total = 0;
};

struct ews_event {
  std::string kind;                ///< "NewMail", "Created", "Moved", …
  std::string parent, old_parent;  ///< folder ids
};

/// One response message; of a SOAP fault the only one.
struct ews_message {
  std::string code;  ///< "NoError", or what went wrong
  bool fault = false;
  bool busy = false;  ///< the server asks for a pause, in whichever form
  std::optional<duration> back_off;
  std::vector<ews_item> items;       ///< of Items; created, of Changes
  std::vector<std::string> deleted;  ///< of Changes
  std::vector<ews_found_folder> folders;
  std::string sync_state;
  bool last = true;  ///< IncludesLastItemInRange
  std::string subscription;
  std::vector<ews_event> events;
  bool closed = false;  ///< ConnectionStatus

  [[nodiscard]] bool ok() const { return code == "NoError"; }
};

/// Reads an envelope whose MimeContent texts were taken out (ews_scanner), or a SOAP fault. Illegal
/// characters are filtered. ec::protocol_violation for what is neither; never an empty list.
result<std::vector<ews_message>> read_ews_answer(std::string_view text);

/// What a code that is not NoError means for a whole call. The detail holds the code and, where a
/// person must do something, what is missing; nothing else of the server's text.
error ews_error(const ews_message& message);

/// "2026-11-30T12:00:00Z", with fractions or an offset, as xs:dateTime has it.
std::optional<time_point> read_ews_time(std::string_view text);

}  // namespace postroom::channels
