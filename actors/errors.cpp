#include "actors/errors.hpp"

#include <caf/exit_reason.hpp>
#include <caf/message.hpp>
#include <caf/sec.hpp>

namespace postroom::actors {

caf::error to_caf(const error& e) {
  return caf::error{static_cast<uint8_t>(e.code), error_category, caf::make_message(e.detail)};
}

error from_caf(const caf::error& e) {
  if (e.category() == error_category) {
    std::string detail;
    if (e.context().match_elements<std::string>()) detail = e.context().get_as<std::string>(0);
    return fail(static_cast<ec>(e.code()), std::move(detail));
  }
  if (e.category() == caf::atom("exit")) return fail(ec::cancelled, "stopped");
  if (e == caf::sec::request_timeout) return fail(ec::timeout, "no answer from a sibling actor");
  if (e == caf::sec::request_receiver_down) return fail(ec::cancelled, "the sibling actor stopped");
  // sec::runtime_error: an exception escaped from a handler, a bug of ours.
  return fail(ec::internal, "caf error " + std::to_string(e.code()));
}

bool nothing_changed(const error& e) {
  return e.code == ec::not_found || e.code == ec::conflict || e.code == ec::corrupt_record ||
         e.code == ec::config_invalid;
}

}  // namespace postroom::actors
