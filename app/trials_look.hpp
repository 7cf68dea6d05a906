#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/trials.hpp"
#include "channels/transcript.hpp"

namespace postroom::app {

/// A mail that was looked at.
struct seen_mail {
  channels::listed_mail listed;
  std::shared_ptr<const std::string> raw;
};

/// One look into a mailbox over a connection of its own. Nothing changes on the server. After a
/// failed call no other may follow; `step` says what was under way.
class trial_look {
 public:
  trial_look(const trials_backend& backend, channels::inbound_settings settings,
             trial_deadline until);

  result<channels::opened_mailbox> open();
  /// The mail asked for; nothing: there is none.
  result<std::optional<seen_mail>> find(const admin::v1::TestIncomingRequest& wanted,
                                        const channels::opened_mailbox& box);
  void close();
  [[nodiscard]] std::string step(ec code) const;
  [[nodiscard]] const channels::transcript& heard() const { return *heard_; }

 private:
  using listing = std::vector<channels::listed_mail>;
  enum class phase { open, list, fetch };

  result<listing> list(uint64_t after, std::size_t max);
  result<listing> newest(const channels::opened_mailbox& box, std::size_t wanted);
  result<std::vector<seen_mail>> fetch(listing mails);
  result<std::optional<seen_mail>> fetch_one(const channels::listed_mail& mail);
  result<std::optional<seen_mail>> search(const listing& among,
                                          const admin::v1::TestIncomingRequest& wanted);

  std::shared_ptr<trial_gate> gate_;
  trial_deadline until_;
  bool by_uid_;  ///< IMAP
  std::shared_ptr<channels::transcript> heard_ = std::make_shared<channels::transcript>();
  std::unique_ptr<channels::inbound_channel> channel_;
  phase phase_ = phase::open;
};

}  // namespace postroom::app
