#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "app/cli_admin.hpp"
#include "app/cli_commands.hpp"
#include "app/cli_table.hpp"
#include "app/cli_text.hpp"
#include "config/writer.hpp"
#include "postroom/admin/v1/email_settings.pb.h"

/// `postroom servers discover`: offers to read, and one of them as a file for `servers add`.
namespace postroom::app {
namespace {

using admin::v1::DiscoverRequest;
using admin::v1::DiscoverResponse;
using admin::v1::ServerOffer;

template <class Server>
void add_row(table& t, int number, const char* direction, const Server& s,
             const std::string& source) {
  t.add({std::to_string(number), direction, s.protocol(), s.host(),
         s.port() == 0 ? std::string{} : std::to_string(s.port()), s.security(), source});
}

/// Each note once, after the numbers of the offers it is about.
void print_notes(terminal& term, const DiscoverResponse& found) {
  std::vector<std::pair<std::string, std::string>> notes;
  for (int i = 0; i < found.offers_size(); ++i) {
    const auto& note = found.offers(i).note();
    if (note.empty()) continue;
    const auto it =
        std::find_if(notes.begin(), notes.end(), [&](const auto& n) { return n.second == note; });
    if (it == notes.end())
      notes.emplace_back(std::to_string(i + 1), note);
    else
      it->first += ", " + std::to_string(i + 1);
  }
  for (const auto& [numbers, note] : notes) term.out << numbers << ": " << printable(note) << "\n";
  for (const auto& note : found.notes()) term.out << printable(note) << "\n";
}

void print_offers(terminal& term, const DiscoverResponse& found) {
  table t{{{"N", true},
           {"DIRECTION"},
           {"PROTOCOL"},
           {"HOST", false, true},
           {"PORT", true},
           {"SECURITY"},
           {"SOURCE", false, true}}};
  for (int i = 0; i < found.offers_size(); ++i) {
    const auto& o = found.offers(i);
    if (o.has_incoming())
      add_row(t, i + 1, "incoming", o.incoming(), o.source());
    else
      add_row(t, i + 1, "outgoing", o.outgoing(), o.source());
  }
  if (t.empty())
    term.out << "nothing is known of its servers: ask whoever runs them\n";
  else
    term.out << t.render(term.width, term.colour);
  print_notes(term, found);
  if (!t.empty())
    term.out << "none of them was tried; --yaml N prints one as a file for `postroom servers add "
                "-f`\n";
}

/// Comments tell what the file is for and what to know before.
void print_draft(terminal& term, const ServerOffer& offer) {
  const auto yaml = offer.has_incoming() ? config::write_yaml(offer.incoming())
                                         : config::write_yaml(offer.outgoing());
  term.out << "# " << (offer.has_incoming() ? "incoming" : "outgoing") << " server, by "
           << printable(offer.source()) << "\n";
  if (!offer.note().empty()) term.out << "# " << printable(offer.note()) << "\n";
  term.out << (term.tty ? printable_lines(yaml) : yaml);
}

}  // namespace

int run_servers_discover(const invocation& in, terminal& term) {
  DiscoverRequest request;
  request.set_partition(partition_of(in));
  request.set_address(in.positional());
  const auto found = ask<DiscoverResponse>(in, term, "EmailSettingsService/Discover", request);
  if (!found) return exit_failed;
  if (in.has("json")) {
    print_json(term, *found);
    return exit_done;
  }
  if (!in.has("yaml")) {
    print_offers(term, *found);
    return exit_done;
  }
  const auto wanted = in.number("yaml", 0);
  if (wanted < 1 || wanted > static_cast<uint64_t>(found->offers_size())) {
    print_error(term, fail(ec::not_found, "there is no offer " + std::to_string(wanted) +
                                              "; without --yaml all are listed"));
    return exit_failed;
  }
  print_draft(term, found->offers(static_cast<int>(wanted) - 1));
  return exit_done;
}

}  // namespace postroom::app
