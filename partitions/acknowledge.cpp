#include <utility>

#include "partitions/decide.hpp"
#include "partitions/notify.hpp"

namespace postroom::partitions {

std::optional<record::v1::OutboxEntry> acknowledge(const partition_model& model,
                                                   const record::v1::Call& call,
                                                   const mail::parsed_mail& mail,
                                                   const record::v1::Person& user,
                                                   const mail::trust_verdict& trust,
                                                   const std::string& id_token, time_point now) {
  notice n{model, call_event::logged, call, nullptr, user, nullptr, &mail};
  n.trust = trust.kind;
  n.id_token = id_token;
  n.now = now;
  for (auto& entry : notify(n))
    if (entry.kind() == "acknowledgement") return std::move(entry);
  return {};
}

}  // namespace postroom::partitions
