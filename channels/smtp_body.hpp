#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace postroom::channels {

/// A mail on its way through DATA: in slices, dots at line starts doubled, ended by CR LF . CR LF
/// (RFC 5321, 4.5.2). A dot behind a bare LF is doubled too, lest a server that takes it for a line
/// end be fooled into ending the mail.
class smtp_body {
 public:
  explicit smtp_body(std::shared_ptr<const std::string> message) : message_(std::move(message)) {}

  /// The next bytes to send, some `size` of them; empty after the end.
  std::string next(std::size_t size);

 private:
  std::shared_ptr<const std::string> message_;
  std::size_t at_ = 0;
  bool ended_ = false;
};

}  // namespace postroom::channels
