#include <optional>

#include "app/cli_admin.hpp"
#include "app/cli_commands.hpp"
#include "app/cli_files.hpp"
#include "app/cli_table.hpp"
#include "app/cli_text.hpp"
#include "app/cli_view.hpp"
#include "app/words.hpp"
#include "postroom/admin/v1/secrets.pb.h"
#include "secrets/secure_bytes.hpp"

/// Stored secrets. A value never stands on a command line, where others of this machine could see
/// it.
namespace postroom::app {
namespace {

struct secret_place {
  std::string partition;
  std::string name;
};

/// "IT/imap", the partition in any case; else says what is wrong.
std::optional<secret_place> parse_place(const invocation& in, terminal& term) {
  const auto& text = in.positional();
  const auto slash = text.find('/');
  if (slash != std::string::npos && slash > 0 && slash + 1 < text.size())
    return secret_place{upper(text.substr(0, slash)), text.substr(slash + 1)};
  term.err << "postroom: PARTITION/NAME: \"" << printable(text)
           << "\" is not a secret such as IT/imap-password\n";
  return {};
}

/// From the file, or from whoever types or pipes it, without its last line end.
result<std::string> read_value(const invocation& in, terminal& term, const std::string& name) {
  auto value = in.has("from-file") ? read_file(in.get("from-file"))
                                   : term.read_secret("value of " + name + ": ");
  if (!value) return value;
  while (!value->empty() && (value->back() == '\n' || value->back() == '\r')) value->pop_back();
  return value;
}

void print_secrets(terminal& term, const admin::v1::ListSecretsResponse& answer) {
  table t{{{"NAME"}, {"CHANGED"}, {"BY"}, {"USED BY", false, true}, {"KEY"}}};
  for (const auto& s : answer.secrets())
    t.add({s.name(), show_time(s.changed_at()), s.changed_by(),
           s.used_by().empty() ? "-" : joined(s.used_by()),
           s.key_known()
               ? cell{s.key_newest() ? "newest" : "old"}
               : cell{"unknown" + (s.key_id().empty() ? "" : ": " + s.key_id()), style::bad}});
  term.out << (t.empty() ? "there are no secrets\n" : t.render(term.width, term.colour));
  if (!answer.has_key())
    term.err << "postroom: the server has no secrets_key, so none can be stored; `openssl rand "
                "-hex 32` makes one\n";
}

}  // namespace

int run_secrets_list(const invocation& in, terminal& term) {
  admin::v1::ListSecretsRequest request;
  request.set_partition(partition_of(in));
  const auto answer = ask<admin::v1::ListSecretsResponse>(in, term, "SecretsService/List", request);
  if (!answer) return exit_failed;
  if (in.has("json"))
    print_json(term, *answer);
  else
    print_secrets(term, *answer);
  return exit_done;
}

int run_secrets_put(const invocation& in, terminal& term) {
  const auto where = parse_place(in, term);
  if (!where) return exit_usage;
  const auto name = where->partition + "/" + where->name;
  auto value = read_value(in, term, name);
  if (!value) {
    print_error(term, value.error());
    return exit_failed;
  }
  const secrets::wiped at_the_end{*value};
  admin::v1::PutSecretRequest request;
  const secrets::wiped too{*request.mutable_value()};
  request.set_partition(where->partition);
  request.set_name(where->name);
  request.set_value(*value);
  add_who_and_why(request, in, term);
  const auto done = ask<admin::v1::PutSecretResponse>(in, term, "SecretsService/Put", request);
  if (!done) return exit_failed;
  auto line = name + (done->replaced() ? " has a new value" : " is stored");
  if (!done->secret().used_by().empty())
    line += "; starting anew with it: " + joined(done->secret().used_by());
  return finish_with(in, term, *done, line);
}

int run_secrets_remove(const invocation& in, terminal& term) {
  const auto where = parse_place(in, term);
  if (!where) return exit_usage;
  admin::v1::RemoveSecretRequest request;
  request.set_partition(where->partition);
  request.set_name(where->name);
  add_who_and_why(request, in, term);
  const auto done =
      ask<admin::v1::RemoveSecretResponse>(in, term, "SecretsService/Remove", request);
  if (!done) return exit_failed;
  return finish_with(in, term, *done, where->partition + "/" + where->name + " is removed");
}

int run_secrets_rotate(const invocation& in, terminal& term) {
  admin::v1::RotateSecretsRequest request;
  add_who_and_why(request, in, term);
  const auto done =
      ask<admin::v1::RotateSecretsResponse>(in, term, "SecretsService/Rotate", request);
  if (!done) return exit_failed;
  if (in.has("json")) {
    print_json(term, *done);
  } else {
    term.out << done->rewrapped() << " now under key " << printable(done->key_id()) << ", "
             << done->untouched() << " were already\n";
    for (const auto& why : done->failed()) term.err << "postroom: " << printable(why) << "\n";
  }
  return done->failed().empty() ? exit_done : exit_failed;
}

}  // namespace postroom::app
