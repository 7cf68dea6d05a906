#pragma once

#include "tests/channels/contract/mail_place.hpp"

namespace postroom::channels::contract {

std::unique_ptr<mail_place> dovecot_imap();
std::unique_ptr<mail_place> dovecot_pop3();

}  // namespace postroom::channels::contract
