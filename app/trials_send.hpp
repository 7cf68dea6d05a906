#pragma once

#include <memory>
#include <string>

#include "app/trials.hpp"
#include "channels/transcript.hpp"
#include "mail/mail.hpp"

namespace postroom::app {

/// The saved server of this name; blank: the active one. Errors: not_found.
result<config::v1::OutgoingServer> saved_outgoing(const config::v1::Partition& saved,
                                                  const std::string& name);

/// A mail ready to go.
struct trial_mail {
  std::string message_id;
  std::shared_ptr<const std::string> message;
};

/// One connection to an outgoing server that sends mails of trials, one recipient after the other,
/// and notes the dialog. What is under way at its end is cancelled.
class trial_sending {
 public:
  /// Errors: config_invalid (the server cannot be used).
  static result<trial_sending> start(const trials_backend& backend, const partition_id& partition,
                                     const config::v1::OutgoingServer& server,
                                     trial_deadline until);

  /// Fills in what the server says: From, Reply-To; date and Message-ID.
  [[nodiscard]] trial_mail render(mail::outgoing_mail mail, const trials_backend& backend) const;
  /// Waits for the server's answer.
  admin::v1::TestOutgoingResponse::Recipient send(const trial_mail& mail, const std::string& to);
  [[nodiscard]] const channels::transcript& heard() const { return *heard_; }

 private:
  trial_sending() = default;
  [[nodiscard]] admin::v1::FailedStep failure(const channels::send_report& report) const;

  config::v1::OutgoingServer server_;
  trial_deadline until_;
  std::shared_ptr<trial_gate> gate_;
  std::shared_ptr<channels::transcript> heard_;
  std::unique_ptr<channels::outbound_channel> channel_;
  bool lost_ = false;  ///< the server cannot be used: nobody further is tried
  admin::v1::FailedStep why_lost_;
};

}  // namespace postroom::app
