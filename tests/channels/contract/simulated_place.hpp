#pragma once

#include "tests/channels/contract/mail_place.hpp"

namespace postroom::channels::contract {

std::unique_ptr<mail_place> simulated_graph();
std::unique_ptr<mail_place> simulated_exchange();

}  // namespace postroom::channels::contract
