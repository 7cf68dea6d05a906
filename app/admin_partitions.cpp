#include "app/admin_partitions.hpp"

#include <memory>
#include <optional>
#include <utility>

#include "actors/words.hpp"
#include "app/text_preview.hpp"
#include "app/words.hpp"
#include "postroom/admin/v1/partitions.pb.h"

namespace postroom::app {
namespace {

using namespace admin::v1;
using access::caller;

const std::string service = "postroom.admin.v1.PartitionsService/";

struct shared_state {
  explicit shared_state(setup_backend b) : backend(std::move(b)), stored(backend.settings) {}
  setup_backend backend;
  stored_settings stored;
};

ListPartitionsResponse::Item item_of(const config::v1::Partition& p) {
  ListPartitionsResponse::Item out;
  out.set_id(p.id());
  out.set_name(p.name());
  out.set_templates(static_cast<uint32_t>(p.templates_size()));
  out.set_incoming(static_cast<uint32_t>(p.incoming_size()));
  out.set_outgoing(static_cast<uint32_t>(p.outgoing_size()));
  out.set_people(static_cast<uint32_t>(p.people_size()));
  return out;
}

error no_partition(const std::string& id) {
  return fail(ec::not_found,
              "there is no partition " + id + "; `postroom partitions list` shows those there are");
}

result<ListPartitionsResponse> list(shared_state& s, const ListPartitionsRequest& r,
                                    const caller& who) {
  const auto now = s.stored.now();
  if (!now) return now.error();
  ListPartitionsResponse out;
  for (const auto& p : (*now)->settings.partitions())
    if ((r.partition().empty() || p.id() == r.partition()) && who.may(IPK_SETUP, p.id()))
      *out.add_partitions() = item_of(p);
  if (!r.partition().empty() && out.partitions().empty()) return no_partition(r.partition());
  return out;
}

result<GetPartitionResponse> get(shared_state& s, const GetPartitionRequest& r, const caller& who) {
  const auto now = s.stored.now();
  if (!now) return now.error();
  const auto* p = partitions::find_partition((*now)->settings, r.partition());
  if (!p) return no_partition(r.partition());
  GetPartitionResponse out;
  *out.mutable_rules() = partitions::rules_of(*p);
  const auto revision = [&](const partitions::edit& e) {
    return partitions::revision_of(e.object((*now)->settings));
  };
  out.set_revision(revision(partitions::set_rules(p->id(), {})));
  for (const auto& t : p->templates())
    (*out.mutable_template_revisions())[t.name()] =
        revision(partitions::remove_template(p->id(), t.name()));
  // Whoever may remove it may see it whole.
  if (who.may_everywhere(IPK_SETUP))
    out.set_whole_revision(revision(partitions::remove_partition(p->id())));
  return out;
}

/// Nobody gets the calls, people, secrets and roles of a partition that was removed unknowingly.
result<void> check_unused(shared_state& s, const AddPartitionRequest& r) {
  const auto now = s.stored.now();
  if (!now) return now.error();
  const auto& id = r.config().id();
  if (r.reuse() || partitions::find_partition((*now)->settings, id)) return {};
  const auto left = s.backend.left_behind(id);
  if (!left) return left.error();
  if (left->empty()) return {};
  return fail(ec::conflict, "config.id: a partition " + id + " was here and has left " +
                                joined(*left) +
                                ", which the new one would get; choose another id, or say that it "
                                "shall be so (`reuse`, --reuse)");
}

/// A partition may bring its servers and people along only for those who may add these alone.
result<SetupResponse> add(shared_state& s, const AddPartitionRequest& r, const caller& who) {
  const auto& p = r.config();
  if (p.incoming_size() + p.outgoing_size() + p.oauth_clients_size() > 0 &&
      !who.may_everywhere(SYSTEM_SETUP))
    return fail(
        ec::forbidden,
        "config: it holds servers or OAuth clients, which needs the right SYSTEM_SETUP for all "
        "partitions; "
        "leave them out");
  if (p.people_size() > 0 && !who.may_everywhere(PEOPLE_SETUP))
    return fail(ec::forbidden,
                "config: it holds people, which needs the right PEOPLE_SETUP for all partitions; "
                "leave them out");
  if (auto fresh = check_unused(s, r); !fresh) return fresh.error();
  return make_edit(s.backend, partitions::add_partition(p), words_of(r, who), {});
}

result<SetupResponse> remove(shared_state& s, const DeletePartitionRequest& r, const caller& who) {
  if (auto given = check_revision(r.revision()); !given) return given.error();
  if (actors::is_blank(r.reason()))
    return fail(ec::config_invalid, "reason: it is blank; say why the partition goes");
  return make_edit(s.backend, partitions::remove_partition(r.partition()), words_of(r, who), {});
}

result<SetupResponse> update(shared_state& s, const UpdatePartitionRequest& r, const caller& who) {
  if (auto given = check_revision(r.revision()); !given) return given.error();
  return make_edit(s.backend, partitions::set_rules(r.partition(), r.rules()), words_of(r, who),
                   r.partition());
}

std::optional<partitions::name_kind> kind_of(RenameRequest::Kind kind) {
  using partitions::name_kind;
  static const std::pair<RenameRequest::Kind, name_kind> rows[] = {
      {RenameRequest::IMPACT, name_kind::impact},
      {RenameRequest::URGENCY, name_kind::urgency},
      {RenameRequest::PRIORITY, name_kind::priority},
      {RenameRequest::STATUS, name_kind::status},
      {RenameRequest::STREAM, name_kind::stream},
      {RenameRequest::OFFICE, name_kind::office},
      {RenameRequest::GROUP, name_kind::group},
      {RenameRequest::SCREEN_SET, name_kind::screen_set},
      {RenameRequest::TEMPLATE, name_kind::call_template},
  };
  for (const auto& [asked, found] : rows)
    if (asked == kind) return found;
  return {};
}

result<SetupResponse> rename(shared_state& s, const RenameRequest& r, const caller& who) {
  const auto kind = kind_of(r.kind());
  if (!kind) return fail(ec::config_invalid, "kind: it is missing; say what shall be renamed");
  return make_edit(s.backend, partitions::rename(r.partition(), *kind, r.from(), r.to()),
                   words_of(r, who), r.partition());
}

result<SetupResponse> put_template(shared_state& s, const PutTemplateRequest& r,
                                   const caller& who) {
  const bool replace = r.revision() != 0;
  return make_edit(s.backend, partitions::put_template(r.partition(), r.template_(), replace),
                   words_of(r, who), r.partition());
}

result<SetupResponse> remove_template(shared_state& s, const RemoveTemplateRequest& r,
                                      const caller& who) {
  if (auto given = check_revision(r.revision()); !given) return given.error();
  return make_edit(s.backend, partitions::remove_template(r.partition(), r.name()),
                   words_of(r, who), r.partition());
}

result<PreviewTextResponse> preview(shared_state& s, const PreviewTextRequest& r,
                                    const caller& who) {
  const auto now = s.stored.now();
  if (!now) return now.error();
  const auto& settings = (*now)->settings;
  const auto* p = partitions::find_partition(settings, r.partition());
  if (!p) return no_partition(r.partition());
  return preview_text(*p, settings.general(), s.backend.units, r, who);
}

}  // namespace

void register_partitions(guarded_server& server, const setup_backend& backend) {
  const auto s = std::make_shared<shared_state>(backend);
  server.add<ListPartitionsRequest, ListPartitionsResponse>(
      service + "List", [s](const auto& r, const caller& who) { return list(*s, r, who); });
  server.add<GetPartitionRequest, GetPartitionResponse>(
      service + "Get", [s](const auto& r, const caller& who) { return get(*s, r, who); });
  server.add<AddPartitionRequest, SetupResponse>(
      service + "Add", [s](const auto& r, const caller& who) { return add(*s, r, who); });
  server.add<DeletePartitionRequest, SetupResponse>(
      service + "Delete", [s](const auto& r, const caller& who) { return remove(*s, r, who); });
  server.add<UpdatePartitionRequest, SetupResponse>(
      service + "Update", [s](const auto& r, const caller& who) { return update(*s, r, who); });
  server.add<RenameRequest, SetupResponse>(
      service + "Rename", [s](const auto& r, const caller& who) { return rename(*s, r, who); });
  server.add<PutTemplateRequest, SetupResponse>(
      service + "PutTemplate",
      [s](const auto& r, const caller& who) { return put_template(*s, r, who); });
  server.add<RemoveTemplateRequest, SetupResponse>(
      service + "RemoveTemplate",
      [s](const auto& r, const caller& who) { return remove_template(*s, r, who); });
  server.add<PreviewTextRequest, PreviewTextResponse>(
      service + "PreviewText",
      [s](const auto& r, const caller& who) { return preview(*s, r, who); });
}

}  // namespace postroom::app
