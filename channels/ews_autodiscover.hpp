#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "channels/event_loop.hpp"
#include "channels/ews_http.hpp"
#include "channels/factory.hpp"

namespace postroom::channels {

/// What a server answered to a request for settings (POX, MS-OXDSCLI). One of the fields is set.
struct autodiscovered {
  std::string url;       ///< of the web services
  std::string address;   ///< ask for this address instead
  std::string redirect;  ///< ask there instead
};
/// ec::mailbox_missing when the server knows no such address, ec::protocol_violation for what is no
/// such answer. Pure.
result<autodiscovered> read_autodiscovered(std::string_view body);

/// Finds the URL of the web services for an address. Loop thread only.
class ews_autodiscover {
 public:
  using done_fn = std::function<void(result<std::string>)>;

  /// Of the settings: user or login as the address, the sign-in, and for tests on this machine
  /// (security::none) the port.
  ews_autodiscover(event_loop& loop, const inbound_settings& settings);

  /// `done` runs once, never within this call, and not at all once this object is gone.
  void start(done_fn done);

 private:
  void begin_with(std::string address);
  void ask_next(error why);
  void ask(std::string url);
  void on_answer(result<http_answer> got);
  void follow(const autodiscovered& found);
  void go_to(const std::string& url);
  [[nodiscard]] bool acceptable(std::string_view url) const;
  void finish(result<std::string> got);

  event_loop& loop_;
  endpoint server_;
  std::string address_;
  std::vector<std::string> candidates_;  ///< still to be tried, the last one first
  unsigned redirects_ = 0;
  error first_failure_;
  std::unique_ptr<ews_http> http_;  ///< one per host, for each offers its own ways to sign in
  std::vector<std::unique_ptr<ews_http>> used_;
  done_fn done_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace postroom::channels
