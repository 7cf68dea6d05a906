#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "mail/html_safe.hpp"
#include "mail/outline.hpp"

namespace postroom::mail {

/// Which parts are what a reader sees as the message; indexes into the outline, in its order.
struct body_choice {
  std::vector<std::size_t> texts;
  std::vector<std::size_t> attachments;
  std::optional<std::size_t> invitation;  ///< of the attachments, the calendar that is shown too
  std::vector<std::size_t> htmls;         ///< what is shown of the mail as HTML
  bool has_html = false;
};

/// The plain text is taken where there is a choice (RFC 2046 section 5.1.4), unless it is blank.
body_choice choose_body(const std::vector<part>& parts);

struct body_text {
  std::string text;
  bool truncated = false;
};

/// The chosen texts one below the other, and what the invitation says, as plain text of at most
/// `max` bytes.
body_text read_body(const std::vector<part>& parts, const body_choice& choice, std::size_t max);

/// The HTML of the mail one below the other, safe to show (`make_safe_html`).
safe_html read_html(const std::vector<part>& parts, const body_choice& choice, std::size_t max);

}  // namespace postroom::mail
