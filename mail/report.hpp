#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace postroom::mail {

struct part;  // outline.hpp

enum class report_kind : uint8_t {
  failure,      ///< at least one recipient will not get the mail
  delay,        ///< not yet; the server goes on trying
  success,      ///< delivered, relayed or expanded: asked for by the sender
  feedback,     ///< RFC 5965: somebody complains, or DMARC failed
  read_receipt  ///< RFC 8098
};

enum class reported_action : uint8_t { none, failed, delayed, delivered, relayed, expanded };

struct reported_recipient {
  std::string address;        ///< as the mail was sent to it, where the report says so
  std::string final_address;  ///< where it went from there; empty: nowhere else
  reported_action action = reported_action::none;
  std::string status;      ///< RFC 3463, "5.1.1"; the class alone is "5.0.0"; empty: unknown
  std::string diagnostic;  ///< what the server said, on one line
  bool operator==(const reported_recipient&) const = default;
};

/// What a mail reports about another one. All strings are valid UTF-8.
struct report {
  report_kind kind = report_kind::failure;
  std::vector<reported_recipient> recipients;  ///< may be empty
  std::string original_message_id;             ///< without <>; empty: the report does not tell
  std::string original_headers;                ///< what came back of them; may be empty
  /// Of a feedback report its type ("abuse"), of a read receipt what became of the mail
  /// ("displayed", "deleted"); else empty.
  std::string detail;
};

/// More is left out. Text is looked at up to `text` bytes.
struct report_bounds {
  static constexpr std::size_t recipients = 1000;
  static constexpr std::size_t text = 64u << 10;
  static constexpr std::size_t fields = 512u << 10;
  static constexpr std::size_t diagnostic = 1000;
};

/// Reads delivery reports (RFC 3464, 6522, 6533), delay notices, feedback reports (RFC 5965) and
/// read receipts (RFC 8098), and those that mail servers word in their own way. None: the mail is
/// no report. A mail that a person forwards a report with is none.
///
/// Anybody can write a report about any mail. What may follow from one, a reference of ours must
/// prove (`reply_tag.hpp`): the Message-ID that it names.
///
/// `parts` is the outline of the mail. Ordinary mails cost one look at their header.
std::optional<report> read_report(std::string_view header, const std::vector<part>& parts);

/// The same for the bytes of a whole mail.
std::optional<report> read_report(std::string_view raw);

}  // namespace postroom::mail
