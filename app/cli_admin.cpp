#include "app/cli_admin.hpp"

#include <google/protobuf/util/json_util.h>

#include <filesystem>

#include "app/cli_files.hpp"
#include "app/cli_private.hpp"
#include "app/cli_text.hpp"
#include "app/words.hpp"
#include "postroom/admin/v1/admin.pb.h"

namespace postroom::app {

std::string admin_socket_of(const config::v1::Node& node) {
  if (!node.admin_socket().empty()) return node.admin_socket();
  const std::filesystem::path data = node.data_dir().empty() ? "./postroom-data" : node.data_dir();
  return data / "admin.sock";
}

std::string partition_of(const invocation& in) {
  return upper(in.get("partition"));
}

void print_error(terminal& term, const error& e) {
  const auto& row = describe(e.code);
  auto line = e.detail.empty() ? std::string{row.remedy} : e.detail;
  // What our own client and reads say names the remedy already.
  const bool complete = e.code == ec::unreachable || e.code == ec::not_found ||
                        e.code == ec::config_invalid || e.code == ec::conflict ||
                        e.code == ec::outdated || e.code == ec::tls_failed ||
                        e.code == ec::unauthenticated;
  if (!complete && !e.detail.empty())
    line += " (" + std::string{row.name} + ": " + std::string{row.remedy} + ")";
  term.err << "postroom: " << printable(line) << "\n";
}

namespace {

/// A mail is private: so is its file.
int save_raw(const std::string& path, const std::string& raw, terminal& term) {
  if (const auto written = write_private(path, raw); !written) {
    print_error(term, written.error());
    return exit_failed;
  }
  term.err << raw.size() << " bytes in " << printable(path) << "\n";
  return exit_done;
}

int write_mail(const invocation& in, terminal& term, const google::protobuf::Message& answer,
               const std::string& bytes) {
  if (in.has("output")) return save_raw(in.get("output"), bytes, term);
  if (in.has("json"))
    print_json(term, answer);
  else if (term.tty)
    term.out << printable_lines(bytes);
  else
    term.out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  return exit_done;
}

}  // namespace

int print_raw(const invocation& in, terminal& term, const std::string& partition, uint64_t mail) {
  admin::v1::GetRawRequest request;
  request.set_partition(partition);
  request.set_mail(mail);
  const auto raw = ask<admin::v1::GetRawResponse>(in, term, "CallsService/GetRaw", request);
  return raw ? write_mail(in, term, *raw, raw->raw()) : exit_failed;
}

int print_html(const invocation& in, terminal& term, const std::string& partition, uint64_t mail) {
  admin::v1::GetHtmlRequest request;
  request.set_partition(partition);
  request.set_mail(mail);
  const auto got = ask<admin::v1::GetHtmlResponse>(in, term, "CallsService/GetHtml", request);
  return got ? write_mail(in, term, *got, got->html()) : exit_failed;
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

int finish_with(const invocation& in, terminal& term, const google::protobuf::Message& answer,
                const std::string& line) {
  if (in.has("json"))
    print_json(term, answer);
  else
    term.out << printable(line) << "\n";
  return exit_done;
}

}  // namespace postroom::app
