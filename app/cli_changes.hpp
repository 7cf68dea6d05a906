#pragma once

#include <cstdint>

#include "app/cli.hpp"
#include "app/cli_table.hpp"
#include "app/cli_text.hpp"
#include "partitions/changes.hpp"
#include "postroom/admin/v1/admin.pb.h"

/// How changes of the configuration look to a person.
namespace postroom::app {

/// One line a change, and how many were left out.
template <class Response>
void print_changes(terminal& term, const Response& response) {
  using admin::v1::Change;
  for (const auto& c : response.changes()) {
    const auto colour = c.kind() == Change::ADDED     ? style::good
                        : c.kind() == Change::REMOVED ? style::bad
                                                      : style::none;
    term.out << paint(printable(partitions::render_change(c)), colour, term.colour) << "\n";
  }
  const auto shown = static_cast<uint64_t>(response.changes_size());
  if (response.changes_total() > shown)
    term.out << "and " << response.changes_total() - shown << " more\n";
}

/// What came of an apply or a roll-back: its problems, or the changes and the version; gives the
/// exit status.
int print_applied(const invocation& in, terminal& term, const admin::v1::ApplyResponse& response);

}  // namespace postroom::app
