#include <utility>

#include "channels/curl_endpoint.hpp"
#include "channels/imap_jobs.hpp"
#include "channels/imap_scanner.hpp"
#include "channels/imap_session.hpp"
#include "channels/imap_text.hpp"

namespace postroom::channels {

namespace {

uint64_t number_in(std::string_view args) {
  return imap_scanner(args).number().value_or(0);
}

/// CAPABILITY, sign-in by LOGIN where libcurl did none, ENABLE, SELECT.
class open_job final : public imap_job {
 public:
  explicit open_job(done_fn<opened_mailbox> done) : imap_job(kind::open), done_(std::move(done)) {}

  void start(imap_session& s) override {
    session_ = &s;
    s.connect();
  }

  /// The session calls this when libcurl has handed the connection over, and after each answer.
  void pump() override {
    if (std::exchange(asked_, true)) return;
    session_->command_ok(*this, "CAPABILITY", [this] { on_capabilities(); });
  }

  void on_untagged(const imap_response& r) override {
    if (r.what != imap_response::kind::status || r.status != imap_status::ok) return;
    if (r.code == "UIDVALIDITY") mailbox_.uid_validity = number_in(r.code_args);
    if (r.code == "UIDNEXT") mailbox_.uid_next = number_in(r.code_args);
    if (r.code == "HIGHESTMODSEQ") mailbox_.highest_modseq = number_in(r.code_args);
    if (r.code == "UIDNOTSTICKY") sticky_ = false;
  }

 private:
  void on_capabilities() {
    const auto& server = session_->settings().server;
    const bool in = session_->wire().greeting().starts_with("* PREAUTH");
    if (in) return select();
    if (!signs_in(server)) return finish(fail(ec::auth_refused, "the server wants a sign-in"));
    if (server.auth_methods == std::vector<std::string>{"+LOGIN"}) return say_login(server);
    select();
  }

  void say_login(const endpoint& server) {
    if (session_->offers("LOGINDISABLED")) return finish(fail(ec::auth_refused, "LOGINDISABLED"));
    const auto login = quote_ascii(server.login);
    if (!login) return finish(login.error());
    const auto password = quote_ascii(server.password);
    if (!password) return finish(password.error());
    session_->command(*this, "LOGIN " + *login + " " + *password, [this](const imap_response& r) {
      if (r.status == imap_status::ok) {
        return session_->command_ok(*this, "CAPABILITY", [this] { select(); });
      }
      auto why = session_->refusal(r);
      const bool busy =
          why.code == ec::throttled || (why.code == ec::server_busy && !r.code.empty());
      finish(busy ? std::move(why) : fail(ec::auth_refused, why.detail));
    });
  }

  void select() {
    const auto name = quote_mailbox(session_->settings().mailbox);
    if (!name) return finish(name.error());
    enable();
    const std::string verb = session_->settings().read_only ? "EXAMINE " : "SELECT ";
    session_->command(*this, verb + *name, [this](const imap_response& r) { on_selected(r); });
  }

  /// VANISHED instead of EXPUNGE, and HIGHESTMODSEQ (RFC 7162). A server that refuses is used
  /// without.
  void enable() {
    if (!session_->offers("ENABLE")) return;
    const bool qresync = session_->offers("QRESYNC");
    if (!qresync && !session_->offers("CONDSTORE")) return;
    session_->command(*this, qresync ? "ENABLE QRESYNC" : "ENABLE CONDSTORE",
                      [](const imap_response&) {});
  }

  void on_selected(const imap_response& r) {
    if (r.status != imap_status::ok) {
      auto why = session_->refusal(r);
      // A NO without a reason we know is about the mailbox: the server itself is fine.
      const bool plain =
          r.status == imap_status::no && why.code == ec::server_busy && r.code.empty();
      return finish(plain ? fail(ec::mailbox_missing, "SELECT: NO") : std::move(why));
    }
    if (mailbox_.uid_validity == 0)
      return finish(fail(ec::protocol_violation, "SELECT without UIDVALIDITY"));
    if (!sticky_) return finish(fail(ec::unsupported, "the mailbox has no lasting UIDs"));
    mailbox_.messages = session_->exists;
    mailbox_.can_wait = session_->offers("IDLE");
    session_->uid_next = mailbox_.uid_next;
    session_->news = false;
    finish();
  }

  void on_report(const error* why) override {
    if (why) return done_(*why);
    done_(mailbox_);
  }

  done_fn<opened_mailbox> done_;
  imap_session* session_ = nullptr;
  opened_mailbox mailbox_;
  bool asked_ = false;
  bool sticky_ = true;
};

}  // namespace

std::unique_ptr<imap_job> make_imap_open(done_fn<opened_mailbox> done) {
  return std::make_unique<open_job>(std::move(done));
}

}  // namespace postroom::channels
