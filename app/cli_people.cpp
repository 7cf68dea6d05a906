#include <optional>
#include <utility>

#include "app/cli_admin.hpp"
#include "app/cli_commands.hpp"
#include "app/cli_setup.hpp"
#include "app/cli_table.hpp"
#include "app/cli_text.hpp"
#include "app/cli_view.hpp"
#include "app/words.hpp"
#include "partitions/address_marks.hpp"
#include "partitions/model.hpp"
#include "postroom/admin/v1/directory.pb.h"

/// `postroom people ...`
namespace postroom::app {
namespace {

using namespace admin::v1;

/// "IT/12" or "IT/ann@example.org"; says what is wrong.
std::optional<GetPersonRequest> parse_who(const invocation& in, terminal& term) {
  const auto text = in.positional();
  const auto slash = text.find('/');
  GetPersonRequest out;
  if (slash != std::string::npos && slash > 0 && slash + 1 < text.size()) {
    out.set_partition(upper(text.substr(0, slash)));
    const auto who = text.substr(slash + 1);
    if (const auto id = to_number(who); id && *id > 0)
      out.set_id(*id);
    else if (who.find('@') != std::string::npos)
      out.set_address(who);
    if (out.id() != 0 || !out.address().empty()) return out;
  }
  wrong_usage(in, term,
              "PARTITION/ID: \"" + text +
                  "\" is nobody; write IT/12 or IT/ann@example.org; `postroom people "
                  "list` shows everybody");
  return {};
}

std::optional<DirectoryPerson> ask_person(const invocation& in, terminal& term, int& status) {
  status = exit_usage;
  const auto request = parse_who(in, term);
  if (!request) return {};
  status = exit_failed;
  auto got = ask<GetPersonResponse>(in, term, "DirectoryService/Get", *request);
  if (!got) return {};
  return std::move(*got->mutable_person());
}

int finish(const invocation& in, terminal& term, const std::string& method,
           const google::protobuf::Message& request) {
  const auto done = ask<SetupResponse>(in, term, "DirectoryService/" + method, request);
  return done ? print_setup(in, term, *done) : exit_failed;
}

std::string flags_of(const config::v1::Person& p) {
  std::string out;
  const auto add = [&](bool on, const char* word) {
    if (on) out += (out.empty() ? "" : ", ") + std::string{word};
  };
  add(p.analyst(), "analyst");
  add(p.user(), "user");
  add(p.template_(), "template");
  return out;
}

/// "una@example.org cannot be reached (5.1.1 no such user), 3 reports, the last one 2026-...".
std::string told(const MarkedAddress& marked) {
  const auto& m = marked.mark();
  const bool complained = partitions::is_complaint(m);
  const auto said =
      (complained ? "" : m.status() + (m.diagnostic().empty() ? "" : " ")) + m.diagnostic();
  return m.address() +
         (complained             ? " complained of our mails"
          : marked.unreachable() ? " cannot be reached"
                                 : " did not get a mail") +
         (said.empty() ? "" : " (" + said + ")") + ", " + std::to_string(m.reports()) +
         (m.reports() == 1 ? " report" : " reports, the last one") + " " + show_time(m.at());
}

/// One cell of a list.
cell marks_of(const DirectoryPerson& p) {
  std::string out;
  bool unreachable = false;
  for (const auto& marked : p.marks()) {
    out += (out.empty() ? "" : ", ") + marked.mark().address() + " " +
           (partitions::is_complaint(marked.mark()) ? "complained"
            : marked.unreachable()                  ? "unreachable"
                                                    : "bounced");
    unreachable |= marked.unreachable();
  }
  return {out, unreachable ? style::bad : style::warn};
}

ListPeopleRequest list_request(const invocation& in) {
  ListPeopleRequest out;
  out.set_partition(partition_of(in));
  out.set_text(in.get("text"));
  if (in.has("users")) out.set_user(true);
  if (in.has("analysts")) out.set_analyst(true);
  if (in.has("templates")) out.set_template_(true);
  if (in.has("inactive")) out.set_active(false);
  return out;
}

}  // namespace

int run_people_list(const invocation& in, terminal& term) {
  const auto list =
      ask_pages<ListPeopleResponse>(in, term, "DirectoryService/List", list_request(in),
                                    [](const ListPeopleResponse& r) { return r.people_size(); });
  if (!list) return exit_failed;
  if (in.has("json")) {
    print_json(term, *list);
    return exit_done;
  }
  table t{{{"ID"},
           {"NAME", false, true},
           {"ADDRESSES", false, true},
           {"IS"},
           {"ACTIVE"},
           {"KEPT IN"},
           {"CAME BACK", false, true}}};
  for (const auto& p : list->people())
    t.add({show_id(p.partition(), p.id()), p.person().name(), joined(p.person().addresses()),
           flags_of(p.person()),
           partitions::is_active(p.person()) ? cell{"yes"} : cell{"no", style::dim},
           p.from_mail() ? "directory" : "configuration", marks_of(p)});
  term.out << (t.empty() ? "nobody\n" : t.render(term.width, term.colour));
  if (!list->next_page_token().empty()) term.out << "there are more: --limit N\n";
  return exit_done;
}

int run_people_show(const invocation& in, terminal& term) {
  int status = exit_done;
  const auto p = ask_person(in, term, status);
  if (!p) return status;
  if (in.has("json")) {
    print_json(term, *p);
    return exit_done;
  }
  auto what = "person " + show_id(p->partition(), p->id()) +
              (p->from_mail() ? ", not in the configuration" : ", in the configuration");
  if (p->created_at() != 0) what += ", known since " + show_time(p->created_at());
  if (p->user_by_mail()) what += "; a mail switched the User flag on";
  print_object(term, what, p->revision(), p->person());
  for (const auto& marked : p->marks()) term.out << "# " << printable(told(marked)) << "\n";
  return exit_done;
}

int run_people_add(const invocation& in, terminal& term) {
  AddPersonRequest request;
  uint64_t revision = 0;
  if (!read_object(in, term, *request.mutable_person(), revision)) return exit_usage;
  request.set_partition(partition_of(in));
  add_who_and_why(request, in, term);
  return finish(in, term, "Add", request);
}

int run_people_update(const invocation& in, terminal& term) {
  int status = exit_done;
  auto p = ask_person(in, term, status);
  if (!p) return status;
  UpdatePersonRequest request;
  auto revision = p->revision();
  *request.mutable_person() = std::move(*p->mutable_person());
  if (!read_object(in, term, *request.mutable_person(), revision)) return exit_usage;
  request.set_partition(p->partition());
  request.set_id(p->id());
  request.set_revision(revision);
  add_who_and_why(request, in, term);
  return finish(in, term, "Update", request);
}

int run_people_remove(const invocation& in, terminal& term) {
  int status = exit_done;
  const auto p = ask_person(in, term, status);
  if (!p) return status;
  RemovePersonRequest request;
  request.set_partition(p->partition());
  request.set_id(p->id());
  request.set_revision(in.number("revision", p->revision()));
  add_who_and_why(request, in, term);
  return finish(in, term, "Remove", request);
}

}  // namespace postroom::app
