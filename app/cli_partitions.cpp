#include <optional>
#include <utility>

#include "app/cli_admin.hpp"
#include "app/cli_commands.hpp"
#include "app/cli_setup.hpp"
#include "app/cli_table.hpp"
#include "app/cli_text.hpp"
#include "app/words.hpp"
#include "postroom/admin/v1/partitions.pb.h"

/// `postroom partitions ...`
namespace postroom::app {
namespace {

using namespace admin::v1;

std::optional<GetPartitionResponse> ask_rules(const invocation& in, terminal& term) {
  GetPartitionRequest request;
  request.set_partition(upper(in.positional()));
  return ask<GetPartitionResponse>(in, term, "PartitionsService/Get", request);
}

/// Of a template that is not there: one that the server answers with what there is.
uint64_t template_revision(const GetPartitionResponse& got, const std::string& name) {
  const auto found = got.template_revisions().find(name);
  return found == got.template_revisions().end() ? got.revision() : found->second;
}

int finish(const invocation& in, terminal& term, const std::string& method,
           const google::protobuf::Message& request) {
  const auto done = ask<SetupResponse>(in, term, "PartitionsService/" + method, request);
  return done ? print_setup(in, term, *done) : exit_failed;
}

/// "impact", "screen-set" ...: the schema's names in small letters.
std::optional<RenameRequest::Kind> kind_of(const std::string& word) {
  auto name = upper(word);
  for (auto& c : name)
    if (c == '-') c = '_';
  RenameRequest::Kind kind{};
  if (RenameRequest::Kind_Parse(name, &kind) && kind != RenameRequest::KIND_UNSPECIFIED)
    return kind;
  return {};
}

}  // namespace

int run_partitions_list(const invocation& in, terminal& term) {
  const auto list =
      ask<ListPartitionsResponse>(in, term, "PartitionsService/List", ListPartitionsRequest{});
  if (!list) return exit_failed;
  if (in.has("json")) {
    print_json(term, *list);
    return exit_done;
  }
  table t{{{"PARTITION"},
           {"NAME", false, true},
           {"TEMPLATES", true},
           {"INCOMING", true},
           {"OUTGOING", true},
           {"PEOPLE", true}}};
  for (const auto& p : list->partitions())
    t.add({p.id(), p.name(), uint64_t{p.templates()}, uint64_t{p.incoming()},
           uint64_t{p.outgoing()}, uint64_t{p.people()}});
  term.out << (t.empty() ? "no partitions: `postroom partitions add` adds one\n"
                         : t.render(term.width, term.colour));
  return exit_done;
}

int run_partitions_show(const invocation& in, terminal& term) {
  const auto got = ask_rules(in, term);
  if (!got) return exit_failed;
  if (in.has("json"))
    print_json(term, *got);
  else
    print_object(term, "partition " + got->rules().id() + " without its servers and people",
                 got->revision(), got->rules());
  return exit_done;
}

int run_partitions_add(const invocation& in, terminal& term) {
  AddPartitionRequest request;
  uint64_t revision = 0;
  if (!read_object(in, term, *request.mutable_config(), revision)) return exit_usage;
  request.set_reuse(in.has("reuse"));
  add_who_and_why(request, in, term);
  return finish(in, term, "Add", request);
}

int run_partitions_update(const invocation& in, terminal& term) {
  auto got = ask_rules(in, term);
  if (!got) return exit_failed;
  UpdatePartitionRequest request;
  auto revision = got->revision();
  *request.mutable_rules() = std::move(*got->mutable_rules());
  if (!read_object(in, term, *request.mutable_rules(), revision)) return exit_usage;
  request.set_partition(upper(in.positional()));
  request.set_revision(revision);
  add_who_and_why(request, in, term);
  return finish(in, term, "Update", request);
}

int run_partitions_remove(const invocation& in, terminal& term) {
  const auto got = ask_rules(in, term);
  if (!got) return exit_failed;
  DeletePartitionRequest request;
  request.set_partition(upper(in.positional()));
  request.set_revision(in.number("revision", got->whole_revision()));
  add_who_and_why(request, in, term);
  return finish(in, term, "Delete", request);
}

int run_partitions_rename(const invocation& in, terminal& term) {
  const auto kind = kind_of(in.positional(1));
  if (!kind)
    return wrong_usage(in, term,
                       "KIND: \"" + in.positional(1) +
                           "\" is none; use impact, urgency, priority, status, stream, office, "
                           "group, screen-set or template");
  RenameRequest request;
  request.set_partition(upper(in.positional()));
  request.set_kind(*kind);
  request.set_from(in.positional(2));
  request.set_to(in.positional(3));
  add_who_and_why(request, in, term);
  return finish(in, term, "Rename", request);
}

int run_partitions_put_template(const invocation& in, terminal& term) {
  const auto got = ask_rules(in, term);
  if (!got) return exit_failed;
  PutTemplateRequest request;
  uint64_t there = 0;
  for (const auto& t : got->rules().templates())
    if (t.name() == in.positional(1)) {
      *request.mutable_template_() = t;
      there = template_revision(*got, t.name());
    }
  auto revision = there;
  if (!read_object(in, term, *request.mutable_template_(), revision)) return exit_usage;
  request.set_partition(upper(in.positional()));
  request.mutable_template_()->set_name(in.positional(1));
  // A file written by hand names no revision: it is meant for what is there now.
  request.set_revision(revision == 0 ? there : revision);
  add_who_and_why(request, in, term);
  return finish(in, term, "PutTemplate", request);
}

int run_partitions_remove_template(const invocation& in, terminal& term) {
  const auto got = ask_rules(in, term);
  if (!got) return exit_failed;
  RemoveTemplateRequest request;
  request.set_partition(upper(in.positional()));
  request.set_name(in.positional(1));
  request.set_revision(in.number("revision", template_revision(*got, request.name())));
  add_who_and_why(request, in, term);
  return finish(in, term, "RemoveTemplate", request);
}

}  // namespace postroom::app
