#pragma once

#include <concepts>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/scripted_dialog.hpp"

namespace postroom::support {

/// A TCP server on 127.0.0.1 and a free port that plays one dialog per connection, in the order in
/// which clients connect; connections may be open side by side. It notes the first thing that is
/// not in the script and then closes that connection. After its last step a dialog counts as
/// played; the connection stays open, and the client may say QUIT, LOGOUT or nothing. Everything
/// ends with the deadline (20 s) or the destructor, whichever comes first.
///
///   scripted_server server(dialog{pop3_sign_in(), C("STAT"), S("+OK 0 0")});
///   ...                                    // the client under test talks to server.port()
///   EXPECT_EQ(server.verdict(), "");
class scripted_server {
 public:
  template <std::same_as<dialog>... More>
  explicit scripted_server(dialog first, More... more)
      : scripted_server(std::vector<dialog>{std::move(first), std::move(more)...}) {}
  explicit scripted_server(std::vector<dialog> connections);
  ~scripted_server();
  scripted_server(const scripted_server&) = delete;
  scripted_server& operator=(const scripted_server&) = delete;

  [[nodiscard]] uint16_t port() const;
  /// Waits until every dialog was played (or the deadline) and tells what went wrong; empty when
  /// nothing did.
  [[nodiscard]] std::string verdict();
  /// The mails that C_data took in, in order.
  [[nodiscard]] std::vector<std::string> received() const;
  /// How many clients connected until now.
  [[nodiscard]] std::size_t connections() const;

  /// Waits until some connection stands at this gate (or the deadline; then false).
  [[nodiscard]] bool await(std::string_view gate);
  /// Opens the gate for good, also before anybody came there.
  void release(std::string_view gate);

 private:
  struct impl;
  std::unique_ptr<impl> x_;
};

}  // namespace postroom::support
