#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "channels/connection.hpp"
#include "channels/event_loop.hpp"
#include "channels/factory.hpp"
#include "channels/outbound.hpp"
#include "channels/smtp_body.hpp"
#include "channels/smtp_reply.hpp"

namespace postroom::channels {

/// A mail that waits for its turn or has it.
struct smtp_job {
  envelope mail;
  std::function<void(send_report)> done;
  bool repeated =
      false;  ///< a kept connection died before it could be offered, and this is the second try
};

/// One connection to an SMTP server (RFC 5321) on the loop thread: signs in, then carries one mail
/// after the other. For channels/smtp*.cpp. libcurl connects and signs in; its own upload is not
/// used: docs/adr/0005-smtp-spoken-by-us.md.
class smtp_session final : public connection::user,
                           public std::enable_shared_from_this<smtp_session> {
 public:
  /// How far the mail in hand had come when the connection was lost.
  enum class progress {
    connecting,  ///< not signed in: no mail was begun
    untouched,   ///< a kept connection failed before the server accepted anything of this mail
    begun,
  };

  class owner {
   public:
    /// The mail has its report, and the session takes the next one.
    virtual void on_sent(smtp_session& session, smtp_job job, send_report report) = 0;
    /// The session is over; `job` is what it had in hand.
    virtual void on_over(smtp_session& session, progress how_far, std::optional<smtp_job> job,
                         send_report why) = 0;

   protected:
    ~owner() = default;
  };

  smtp_session(event_loop& loop, const outbound_settings& settings, owner& who);

  /// Connects and sends `first`.
  void open(smtp_job first);
  /// Only while `idle`.
  void send(smtp_job job);
  [[nodiscard]] bool idle() const { return stage_ == stage::idle; }
  /// Nothing can be taken back any more: the end of the mail is with the server.
  [[nodiscard]] bool past_the_end() const { return stage_ == stage::final_reply; }
  /// Closes at once, with QUIT when idle; tells nobody. Returns what was in hand.
  std::optional<smtp_job> close();

 private:
  enum class stage {
    connecting,
    hello,
    idle,
    mail_from,
    rcpt_to,
    data,
    content,
    final_reply,
    reset,
    over
  };

  void on_ready() override;
  void on_bytes(std::string_view bytes) override;
  void on_sent() override;
  void on_broken(error why) override;

  void say(stage next, const std::string& line);
  void handle(const smtp_reply& reply);
  void on_hello(const smtp_reply& reply);
  void begin();
  void on_accepted(const smtp_reply& reply);
  void on_refused(const smtp_reply& reply);
  void out_of_step(const smtp_reply& reply);
  [[nodiscard]] send_report sign_in_report(const error& why) const;
  void feed();
  void finish(send_report report);
  void end(progress how_far, send_report why);
  void rest();
  void arm_final_timer();
  void cancel_timer();

  event_loop& loop_;
  std::string hello_;
  duration request_timeout_;
  owner& owner_;
  connection wire_;
  stage stage_ = stage::connecting;
  smtp_reply_parser parser_;
  smtp_extensions offers_;
  std::optional<smtp_job> job_;
  std::optional<smtp_body> body_;
  std::optional<send_report> verdict_;  ///< of the mail in hand, while RSET is answered
  bool kept_ = false;                   ///< a mail went over this connection before
  uint64_t timer_ = 0;
};

}  // namespace postroom::channels
