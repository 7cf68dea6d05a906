#pragma once

#include <string_view>

namespace postroom::mail {

/// What the header of a mail tells of whether it is a report, before anything else is looked at.
/// Raw values, views into the header; the first of each name.
struct report_facts {
  std::string_view to, subject, failed, in_reply_to, references;
  bool by_daemon = false;  ///< the name or address is one of a mail system
  bool by_postmaster = false;
  bool by_machine = false;   ///< an address that takes no answers
  bool by_ses = false;       ///< Amazon's notifications
  bool by_fml = false;       ///< the list manager fml turns a mail down
  bool complains = false;    ///< put as Hotmail's complaints (JMRP)
  bool null_path = false;    ///< RFC 5321 section 4.5.5
  bool is_declared = false;  ///< report-type=delivery-status (RFC 6522)
  [[nodiscard]] bool is_candidate() const {
    return by_daemon || by_postmaster || by_machine || by_ses || by_fml || complains || null_path ||
           is_declared || failed.data();
  }
};

report_facts read_report_facts(std::string_view header);

}  // namespace postroom::mail
