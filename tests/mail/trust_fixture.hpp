#pragma once

#include <gtest/gtest.h>

#include <string>

#include "mail/trust.hpp"
#include "parsed.hpp"

/// Mails as the border of example.org hands them on.
namespace postroom::mail {

inline const std::string received =
    "Received: from out.example.com (out.example.com [192.0.2.7])\r\n\tby mx.example.org (Postfix) "
    "with ESMTPS id 1\r\n\tfor <it@example.org>; Mon, 2 Mar 2026 10:00:00 +0000\r\n";
inline const std::string from = "From: Ann <ann@example.com>\r\nSubject: x\r\n";
inline const std::string pass =
    "Authentication-Results: mx.example.org; dmarc=pass header.from=example.com\r\n";

inline trust_settings ours() {
  return {.ids = {"mx.example.org"}};
}

inline trust_verdict verdict(const std::string& header, const trust_settings& settings = ours()) {
  return judge_sender(header, parsed(header + "\r\n"), settings);
}

inline trust_verdict judged(const std::string& results, const std::string& author = from) {
  return verdict("Authentication-Results: mx.example.org; " + results + "\r\n" + received + author);
}

inline trust kind(const std::string& header, const trust_settings& settings = ours()) {
  return verdict(header, settings).kind;
}

}  // namespace postroom::mail
