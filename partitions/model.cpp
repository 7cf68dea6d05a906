#include "partitions/model.hpp"

#include <memory>
#include <utility>

#include "mail/reply_tag.hpp"
#include "partitions/attachment_policy.hpp"
#include "partitions/routing.hpp"
#include "partitions/texts.hpp"

namespace postroom::partitions {

namespace {

template <class List>
auto find_by_name(const List& list, std::string_view name) -> decltype(&*list.begin()) {
  for (const auto& item : list) {
    if (item.name() == name) return &item;
  }
  return nullptr;
}

own_check own_of(const config::v1::Partition& p) {
  return [own = std::make_shared<const own_addresses>(p)](const std::string& folded) {
    return own->contains(folded);
  };
}

std::shared_ptr<const routing_tables> tables_of(const config::v1::Partition& p) {
  auto out = std::make_shared<routing_tables>(routing_tables{
      rule_set{p.rules()}, sender_list{p.senders().allow()}, sender_list{p.senders().deny()}});
  out->looks_at_files = has_limits(p.attachments()) || out->rules.looks_at_files();
  return out;
}

}  // namespace

own_addresses::own_addresses(const config::v1::Partition& partition) {
  for (const auto& s : partition.incoming()) add_login(s.login());
  for (const auto& s : partition.outgoing()) {
    add_login(s.login());
    const auto from = fold_address(s.from());
    if (const auto at = from.rfind('@'); at != std::string::npos) domains_.insert(from.substr(at));
    for (const auto& address : {from, fold_address(s.reply_to())})
      if (!address.empty()) whole_.insert(address);
  }
}

void own_addresses::add_login(const std::string& login) {
  auto folded = fold_address(login);
  if (folded.empty()) return;
  auto& to = folded.find('@') == std::string::npos ? logins_ : whole_;
  to.insert(std::move(folded));
}

bool own_addresses::contains(const std::string& folded) const {
  const auto plus = folded.find('+');
  const auto at = folded.rfind('@');
  if (plus == std::string::npos || at == std::string::npos || plus == 0 || plus > at)
    return holds(folded);
  // What follows upon a + leads to the same mailbox (RFC 5233); an own address may have one itself.
  return holds(folded) || holds(mail::untagged_address(folded)) ||
         holds(folded.substr(0, plus) + folded.substr(at));
}

bool own_addresses::holds(const std::string& folded) const {
  if (whole_.contains(folded)) return true;
  const auto at = folded.rfind('@');
  return at != std::string::npos && logins_.contains(folded.substr(0, at)) &&
         domains_.contains(folded.substr(at));
}

partition_model::partition_model(config::v1::Partition config, config::v1::General general,
                                 uint64_t version, own_check own, partition_check known)
    : id_(config.id()),
      config_(std::move(config)),
      general_(std::move(general)),
      version_(version),
      own_(own ? std::move(own) : own_of(config_)),
      known_(std::move(known)),
      routing_(tables_of(config_)),
      templates_(std::make_shared<const parsed_templates>(templates_in(config_.texts()))) {}

const config::v1::IncomingServer* partition_model::incoming(std::string_view name) const {
  return find_by_name(config_.incoming(), name);
}

const config::v1::CallTemplate* partition_model::call_template(std::string_view name) const {
  return find_by_name(config_.templates(), name);
}

std::string_view partition_model::priority(std::string_view impact,
                                           std::string_view urgency) const {
  for (const auto& row : config_.matrix()) {
    if (row.impact() != impact) continue;
    const auto cell = row.priority().find(std::string(urgency));
    if (cell != row.priority().end()) return cell->second;
  }
  return {};
}

std::string_view partition_model::screen_set(const config::v1::CallTemplate& t) const {
  if (!t.screen_set().empty()) return t.screen_set();
  for (const auto& set : config_.screen_sets()) {
    if (set.status() == t.status() && set.stream() == t.stream()) return set.name();
  }
  return {};
}

const config::v1::OutgoingServer* partition_model::outgoing() const {
  for (const auto& server : config_.outgoing()) {
    if (is_active(server)) return &server;
  }
  return nullptr;
}

}  // namespace postroom::partitions
