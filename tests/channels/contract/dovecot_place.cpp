#include "tests/channels/contract/dovecot_place.hpp"

#include <filesystem>

#include "tests/support/mail_lab.hpp"

namespace postroom::channels::contract {

namespace {

using support::mail_lab;
using protocol = decltype(inbound_settings::protocol);

class dovecot_place final : public mail_place {
 public:
  explicit dovecot_place(protocol how) : how_(how), user_(mail_lab::shared().fresh_user()) {}

  inbound_settings settings(event_loop&) override {
    auto& lab = mail_lab::shared();
    inbound_settings s;
    s.protocol = how_;
    s.server.host = lab.host();
    s.server.port = lab.port(how_ == protocol::imap ? "imaps" : "pop3s");
    s.server.ca_file = lab.ca_file();
    s.server.login = user_;
    s.server.password = lab.password();
    return s;
  }
  void deliver(const std::vector<std::string>& raws) override {
    mail_lab::shared().deliver(user_, raws);
  }
  std::vector<mail> mails(const std::string& folder) override {
    std::vector<mail> out;
    for (const auto& m : mail_lab::shared().mails(user_, folder))
      out.push_back({mail_lab::read(m), m.flags.find('S') != std::string::npos});
    return out;
  }
  void remove_oldest() override {
    std::filesystem::remove(mail_lab::shared().mails(user_).front().path);
  }
  [[nodiscard]] bool can(after_commit action) const override {
    return how_ == protocol::imap || action == after_commit::leave ||
           action == after_commit::remove;
  }
  [[nodiscard]] bool lists_on() const override { return how_ == protocol::imap; }
  [[nodiscard]] bool has_folders() const override { return how_ == protocol::imap; }
  void spoil_sign_in(inbound_settings& s, event_loop&) const override {
    s.server.password = "wrong";
  }
  void spoil_port(inbound_settings& s) const override { s.server.port = 1; }

 private:
  protocol how_;
  std::string user_;
};

}  // namespace

std::unique_ptr<mail_place> dovecot_imap() {
  return std::make_unique<dovecot_place>(protocol::imap);
}

std::unique_ptr<mail_place> dovecot_pop3() {
  return std::make_unique<dovecot_place>(protocol::pop3);
}

}  // namespace postroom::channels::contract
