#include "mail/org_domain.hpp"

#include <libpsl.h>

#include "mail/fold.hpp"

namespace postroom::mail {

namespace {

constexpr std::size_t max_domain = 255;  // RFC 1035 section 2.3.4

}  // namespace

std::string org_domain(std::string_view domain) {
  if (!domain.empty() && domain.back() == '.') domain.remove_suffix(1);
  if (domain.size() > max_domain) return {};
  // fold_address takes addresses: only behind an '@' is a domain in another script made ASCII.
  auto folded = fold_address('@' + std::string(domain)).substr(1);
  const auto* list = psl_builtin();
  const char* found = list ? psl_registrable_domain(list, folded.c_str()) : nullptr;
  return found ? std::string(found) : folded;
}

std::string_view domain_of(std::string_view address) noexcept {
  if (const auto at = address.rfind('@'); at != std::string_view::npos)
    address.remove_prefix(at + 1);
  return address.substr(0, address.find('>'));
}

}  // namespace postroom::mail
