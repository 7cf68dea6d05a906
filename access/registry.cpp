#include "access/registry.hpp"

#include <algorithm>
#include <utility>

#include "access/registry_slot.hpp"
#include "base/log.hpp"
#include "postroom/record/v1/record.pb.h"
#include "storage/audit_trail.hpp"
#include "storage/unit_names.hpp"

namespace postroom::access {

namespace {

/// A digest that no password has, at the cost of a real one.
record::v1::AccessPassword unmatched(const scrypt_cost& cost, const random_fn& random) {
  record::v1::AccessPassword out;
  out.set_salt(digest_of(make_secret({}, random)).substr(0, 16));
  out.set_hash(digest_of(make_secret({}, random)));
  out.set_n(cost.n);
  out.set_r(cost.r);
  out.set_p(cost.p);
  return out;
}

}  // namespace

record::v1::AuditEntry audit_of(time_point at, const author& who, const std::string& what,
                                const std::string& detail) {
  record::v1::AuditEntry out;
  out.set_at(to_millis(at));
  out.set_who(who.name());
  out.set_from(who.from());
  out.set_reason(who.reason());
  out.set_what(what);
  out.set_detail(detail);
  return out;
}

registry::registry(std::shared_ptr<storage::unit_store> store, epoch owner, state first,
                   registry_options o)
    : store_(std::move(store)),
      owner_(owner),
      options_(std::move(o)),
      nobodys_(unmatched(options_.cost, options_.random)),
      free_slots_(options_.computations),
      state_(std::make_shared<const state>(std::move(first))) {}

result<std::unique_ptr<registry>> registry::open(storage::engine& engine, registry_options o) {
  auto store = engine.open(storage::access_unit);
  if (!store) return store.error();
  const auto owner = (*store)->claim();
  if (!owner) return owner.error();
  auto first = load_state(**store);
  if (!first) return first.error();
  return std::unique_ptr<registry>{new registry{*store, *owner, std::move(*first), std::move(o)}};
}

std::shared_ptr<const state> registry::now() const {
  std::lock_guard lock{state_mutex_};
  return state_;
}

result<void> registry::change(const author& who, const std::string& what, const std::string& detail,
                              const editing& how) {
  std::lock_guard lock{change_mutex_};
  const auto before = now();
  state next = *before;
  storage::write_batch batch;
  edit e{next, batch};
  if (auto done = how(e); !done) return done;
  if (has_administrator(*before) && !has_administrator(next))
    return fail(ec::conflict,
                "this would leave nobody who can sign in and set up security everywhere; give "
                "another principal a role with SECURITY_SETUP everywhere first");
  auto entry = audit_of(options_.clock(), who, what, detail);
  entry.set_before(e.told().before());
  entry.set_after(e.told().after());
  auto done = commit(std::move(next), std::move(batch), std::move(entry));
  if (done) log::info("access_changed", {{"what", what}});
  return done;
}

result<void> registry::commit(state next, storage::write_batch batch,
                              std::optional<record::v1::AuditEntry> told) {
  auto done = told ? storage::audit::commit(storage::access_unit, *store_, owner_, std::move(batch),
                                            std::move(*told))
                   : store_->commit(owner_, std::move(batch));
  if (!done) {  // nobody knows whether it happened: what the disk holds decides
    auto read = load_state(*store_);
    if (!read) return done;
    next = std::move(*read);
  }
  std::lock_guard lock{state_mutex_};
  state_ = std::make_shared<const state>(std::move(next));
  return done;
}

result<record::v1::AccessPassword> registry::hashed(const std::string& password,
                                                    const std::string& name) {
  if (auto fine = check_password(password, name); !fine) return fine.error();
  const slot place{free_slots_};
  if (!place.taken()) return slot::none();
  auto out = hash_password(password, options_.cost, options_.random);
  if (out) out->set_changed_at(to_millis(options_.clock()));
  return out;
}

result<void> check_may_grant(const caller& who, const rights_map& wanted, const std::string& what) {
  if (who.may_all(wanted)) return {};
  for (const auto& [held, where] : wanted) {
    if (who.may_all({{held, where}})) continue;
    return fail(ec::forbidden, what + " holds " + admin::v1::Right_Name(held) +
                                   (where.everywhere ? " everywhere" : " in partitions") +
                                   ", which you do not hold yourself");
  }
  return {};
}

}  // namespace postroom::access
