#pragma once

#include <string>

#include "postroom/record/v1/record.pb.h"

namespace postroom::app {

/// What came to a call, for a list: "reply", "mail command" ...; by hand as the audit calls it.
inline std::string update_words(record::v1::CallUpdate::Kind kind) {
  using record::v1::CallUpdate;
  switch (kind) {
    case CallUpdate::REPLY:
      return "reply";
    case CallUpdate::COMMAND:
      return "mail command";
    case CallUpdate::REPORT:
      return "delivery report";
    case CallUpdate::AUTO_REPLY:
      return "automatic answer";
    case CallUpdate::FLOOD:
      return "mail of a flood";
    case CallUpdate::CHANGE:
      return "call changed";
    default:
      return "updated";
  }
}

/// Whether its sender is who the mail says, with what shows it; empty: it was not by mail.
inline std::string trust_words(record::v1::SenderTrust trust, const std::string& evidence) {
  const auto with = [&](const char* words) {
    return evidence.empty() ? std::string(words) : words + (" (" + evidence + ")");
  };
  switch (trust) {
    case record::v1::ALIGNED:
      return with("proved");
    case record::v1::UNALIGNED:
      return with("not proved, may be forged");
    case record::v1::UNCHECKED:
      return with("not checked");
    default:
      return {};
  }
}

}  // namespace postroom::app
