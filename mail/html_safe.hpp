#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace postroom::mail {

struct safe_html {
  std::string html;
  bool truncated = false;
};

/// HTML that is safe to show: everything is written anew from a list of elements, attributes and
/// styles that are allowed. No script, no form, nothing that is loaded from elsewhere: pictures of
/// the mail itself (`cid:`) stay, others become their alternative text. Links go to http, https,
/// mailto and tel only. Any tag soup in UTF-8; one pass, no recursion; at most `max` bytes, every
/// element closed.
safe_html make_safe_html(std::string_view html, std::size_t max);

}  // namespace postroom::mail
