#pragma once

#include <gtest/gtest.h>

#include <string_view>

#include "mail/mail.hpp"

namespace postroom::mail {

/// A mail that must be readable.
inline parsed_mail parsed(std::string_view raw, const parse_limits& limits = {}) {
  auto mail = parse(raw, limits);
  EXPECT_TRUE(mail.ok()) << (mail.ok() ? "" : mail.error().text());
  return mail.ok() ? *mail : parsed_mail{};
}

}  // namespace postroom::mail
