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

}  // namespace postroom::app
