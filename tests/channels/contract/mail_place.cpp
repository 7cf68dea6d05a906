#include "tests/channels/contract/mail_place.hpp"

#include "tests/channels/contract/dovecot_place.hpp"
#include "tests/channels/contract/simulated_place.hpp"

namespace postroom::channels::contract {

std::vector<kind> all_kinds() {
  return {{"imap", dovecot_imap},
          {"pop3", dovecot_pop3},
          {"graph", simulated_graph},
          {"ews", simulated_exchange}};
}

}  // namespace postroom::channels::contract
