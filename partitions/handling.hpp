#pragma once

#include <string>
#include <vector>

namespace postroom::partitions {

/// What a partition's sender lists, spam score, attachment policy and routing rules make of a mail.
struct handling {
  enum class kind { call, suppress, quarantine };
  kind what = kind::call;
  std::string reason;  ///< of suppress and quarantine: the part after the colon in the ledger
  std::string detail;  ///< likewise: one sentence for a person

  /// A value in place of the template's or the server's, and the rule that says so.
  struct choice {
    std::string value;  ///< blank: no rule chose one
    std::string rule;
  };
  choice call_template, impact, urgency, group;
  std::vector<std::string> tags;
  std::vector<std::string>
      withheld;  ///< per attachment of the mail: why; blank: it is kept. Empty: all are
  bool withheld_elsewhere = false;  ///< something else of the mail is not to leave the store either
  std::vector<std::string> forward;  ///< addresses, each once
  std::vector<std::string> rules;    ///< the names of those that fitted, in order
  std::string stopped_by;            ///< the rule after which no other was asked; blank: none
  std::vector<std::string> notes;    ///< one sentence each, for the decision record
};

}  // namespace postroom::partitions
