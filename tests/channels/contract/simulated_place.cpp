#include "tests/channels/contract/simulated_place.hpp"

#include "tests/channels/fixed_token.hpp"
#include "tests/support/simulator.hpp"

namespace postroom::channels::contract {

namespace {

using support::simulator;

class simulated_place : public mail_place {
 public:
  explicit simulated_place(simulator& service) : service_(service), user_(service.fresh_user()) {}

  void deliver(const std::vector<std::string>& raws) override {
    for (const auto& raw : raws) service_.deliver(user_, raw);
  }
  std::vector<mail> mails(const std::string& folder) override {
    std::vector<mail> out;
    for (const auto& m : service_.mails(user_, folder)) out.push_back({m.at("raw"), m.at("seen")});
    return out;
  }
  void remove_oldest() override {
    const auto id = service_.mails(user_).at(0).at("id");
    service_.control({{"do", "remove"}, {"user", user_}, {"id", id}});
  }
  [[nodiscard]] bool can(after_commit) const override { return true; }
  [[nodiscard]] bool has_positions() const override { return true; }
  void spoil_port(inbound_settings& s) const override { s.url = "http://127.0.0.1:1/x"; }

 protected:
  simulator& service_;
  std::string user_;
};

class graph_place final : public simulated_place {
 public:
  graph_place() : simulated_place(running()) {
    service_.control({{"do", "token"}, {"token", "token-" + user_}, {"user", user_}});
  }
  inbound_settings settings(event_loop& loop) override {
    inbound_settings s;
    s.protocol = inbound_settings::protocol::graph;
    s.url = service_.url();
    s.server.tokens = std::make_shared<fixed_token>(loop, "token-" + user_);
    return s;
  }
  void spoil_sign_in(inbound_settings& s, event_loop& loop) const override {
    s.server.tokens = std::make_shared<fixed_token>(loop, "wrong");
  }

 private:
  static simulator& running() {
    static simulator one("graph");
    return one;
  }
};

class exchange_place final : public simulated_place {
 public:
  exchange_place() : simulated_place(running()) {
    service_.control({{"do", "password"}, {"user", user_}, {"password", "secret"}});
  }
  inbound_settings settings(event_loop&) override {
    inbound_settings s;
    s.protocol = inbound_settings::protocol::ews;
    s.url = service_.url();
    s.server.login = user_;
    s.server.password = "secret";
    return s;
  }
  void spoil_sign_in(inbound_settings& s, event_loop&) const override {
    s.server.password = "wrong";
  }

 private:
  static simulator& running() {
    static simulator one("ews");
    return one;
  }
};

}  // namespace

std::unique_ptr<mail_place> simulated_graph() {
  return std::make_unique<graph_place>();
}

std::unique_ptr<mail_place> simulated_exchange() {
  return std::make_unique<exchange_place>();
}

}  // namespace postroom::channels::contract
