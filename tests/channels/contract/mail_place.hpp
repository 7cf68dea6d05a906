#pragma once

#include <memory>
#include <string>
#include <vector>

#include "channels/event_loop.hpp"
#include "channels/factory.hpp"

namespace postroom::channels::contract {

/// A mailbox on some mail system, as its owner sees it: what an inbound channel is tried against.
/// Each one is fresh and empty.
class mail_place {
 public:
  struct mail {
    std::string raw;  ///< lines end with CR LF; the server may have put header fields before it
    bool seen = false;
  };

  virtual ~mail_place() = default;
  /// `loop`: where the channel will run; it outlives what is given back.
  virtual inbound_settings settings(event_loop& loop) = 0;
  virtual void deliver(const std::vector<std::string>& raws) = 0;
  /// What lies in a folder, in order of arrival.
  virtual std::vector<mail> mails(const std::string& folder = "INBOX") = 0;
  /// Somebody else deletes the oldest mail of the INBOX.
  virtual void remove_oldest() = 0;
  /// Whether the protocol can do this after the commit.
  [[nodiscard]] virtual bool can(after_commit action) const = 0;
  /// The mails that are new are found by `list` in the same session.
  [[nodiscard]] virtual bool lists_on() const { return true; }
  /// Listings bear a position.
  [[nodiscard]] virtual bool has_positions() const { return false; }
  [[nodiscard]] virtual bool has_folders() const { return true; }
  /// Makes these settings such that the sign-in is refused.
  virtual void spoil_sign_in(inbound_settings& s, event_loop& loop) const = 0;
  /// Makes these settings lead to a port where nobody listens.
  virtual void spoil_port(inbound_settings& s) const = 0;
};

/// A kind of mail system that the contract is tried with.
struct kind {
  const char* name;
  std::unique_ptr<mail_place> (*make)();
};

/// All of them: a real Dovecot by IMAP and POP3; simulated Microsoft Graph and Exchange.
std::vector<kind> all_kinds();

}  // namespace postroom::channels::contract
