#pragma once

#include <string>

#include "actors/words.hpp"
#include "app/admin_register.hpp"
#include "base/result.hpp"

/// What every change says of itself: where, who, why. Blanks around the words are taken away.
/// Errors: config_invalid names the field, the problem and the remedy.
namespace postroom::app {

std::string trimmed(const std::string& text);
/// Whether a change must say why.
result<bool> reason_demanded(const admin_backend& backend);

template <class Request>
result<void> check_who(Request& request) {
  request.set_who(trimmed(request.who()));
  if (request.who().empty())
    return fail(ec::config_invalid, "who: is blank; name the person who asks");
  return actors::check_words(request.who(), {});
}

template <class Request>
result<void> check_partition_and_who(Request& request) {
  if (request.partition().empty())
    return fail(ec::config_invalid, "partition: is blank; name one, such as IT");
  return check_who(request);
}

template <class Request>
result<void> check_reason(Request& request) {
  request.set_reason(trimmed(request.reason()));
  if (request.reason().empty())
    return fail(ec::config_invalid, "reason: is blank; say in a few words why (--reason TEXT)");
  return actors::check_words({}, request.reason());
}

/// A reason that need not be given, unless the server demands one.
template <class Request>
result<void> check_reason_if_demanded(const admin_backend& backend, Request& request) {
  request.set_reason(trimmed(request.reason()));
  if (request.reason().empty()) {
    const auto demanded = reason_demanded(backend);
    if (!demanded) return demanded.error();
    if (!*demanded) return {};
  }
  return check_reason(request);
}

}  // namespace postroom::app
