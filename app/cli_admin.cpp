#include "app/cli_admin.hpp"

#include <google/protobuf/util/json_util.h>

#include <filesystem>

#include "app/cli_files.hpp"
#include "app/cli_text.hpp"
#include "config/reader.hpp"
#include "postroom/admin/v1/admin.pb.h"

namespace postroom::app {

std::string admin_socket_of(const config::v1::Node& node) {
  if (!node.admin_socket().empty()) return node.admin_socket();
  const std::filesystem::path data = node.data_dir().empty() ? "./postroom-data" : node.data_dir();
  return data / "admin.sock";
}

result<std::string> find_socket(const invocation& in, const terminal& term) {
  if (in.has("socket")) return in.get("socket");
  if (in.has("config")) {
    const auto file = in.get("config");
    const auto yaml = read_file(file);
    if (!yaml) return yaml.error();
    std::vector<config::file_problem> problems;
    const auto node = config::read_node(*yaml, file, problems);
    if (problems.empty()) return admin_socket_of(node);
    return fail(ec::config_invalid, render_problem(problems.front()));
  }
  if (const auto path = term.environment("POSTROOM_SOCKET"); path && !path->empty()) return *path;
  return admin_socket_of({});
}

std::string partition_of(const invocation& in) {
  auto id = in.get("partition");
  for (char& c : id) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return id;
}

void print_error(terminal& term, const error& e) {
  const auto& row = describe(e.code);
  auto line = e.detail.empty() ? std::string{row.remedy} : e.detail;
  // What our own client and reads say names the remedy already.
  const bool complete = e.code == ec::unreachable || e.code == ec::not_found ||
                        e.code == ec::config_invalid || e.code == ec::conflict ||
                        e.code == ec::outdated;
  if (!complete && !e.detail.empty())
    line += " (" + std::string{row.name} + ": " + std::string{row.remedy} + ")";
  term.err << "postroom: " << printable(line) << "\n";
}

int print_raw(const invocation& in, terminal& term, const std::string& partition, uint64_t mail) {
  admin::v1::GetRawRequest request;
  request.set_partition(partition);
  request.set_mail(mail);
  const auto raw = ask<admin::v1::GetRawResponse>(in, term, "CallsService/GetRaw", request);
  if (!raw) return exit_failed;
  if (in.has("json"))
    print_json(term, *raw);
  else if (term.tty)
    term.out << printable_lines(raw->raw());
  else
    term.out.write(raw->raw().data(), static_cast<std::streamsize>(raw->raw().size()));
  return exit_done;
}

void print_json(terminal& term, const google::protobuf::Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.add_whitespace = true;
  options.preserve_proto_field_names = true;
  options.always_print_primitive_fields = true;
  std::string json;
  if (google::protobuf::util::MessageToJsonString(message, &json, options).ok())
    term.out << json;
  else
    print_error(term, fail(ec::internal, "the answer cannot be written as JSON"));
}

}  // namespace postroom::app
