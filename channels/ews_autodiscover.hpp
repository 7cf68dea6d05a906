#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
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

/// Whether the host is that of the domain, or below it. Pure.
bool is_host_of(std::string_view host, std::string_view domain);

/// Finds the URL of the web services for an address. Only hosts of the domain of the address are
/// asked, each first without credentials, and only they can be what is found: whoever may write on
/// a web site of the domain could else lead the password to himself. Where the answers lead
/// elsewhere, and no other place tells more, the end is ec::config_invalid with the name of that
/// host: then a person has to say by `url` that it is the right one. Loop thread only.
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
  void ask(const std::string& url);
  void send(const std::string& url, bool signed_in);
  void on_answer(result<http_answer> got);
  void ask_next_after(error why);
  [[nodiscard]] bool is_trusted(const std::string& url) const;
  void leave_out(const std::string& url);
  void follow(const autodiscovered& found);
  void go_to(const std::string& url);
  [[nodiscard]] bool acceptable(std::string_view url) const;
  void finish(result<std::string> got);

  event_loop& loop_;
  endpoint server_;
  std::string address_;
  std::string home_;  ///< the domain that gets to see credentials: of the first address
  std::vector<std::string> candidates_;  ///< still to be tried, the last one first
  unsigned redirects_ = 0;
  error first_failure_;
  std::optional<error> elsewhere_;  ///< tells more than any failure
  std::unique_ptr<ews_http> http_;  ///< one per host, for each offers its own ways to sign in
  std::vector<std::unique_ptr<ews_http>> used_;
  done_fn done_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace postroom::channels
