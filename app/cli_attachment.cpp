#include <filesystem>

#include "app/cli_admin.hpp"
#include "app/cli_commands.hpp"
#include "app/cli_private.hpp"
#include "app/cli_setup.hpp"
#include "app/cli_text.hpp"
#include "mail/names.hpp"
#include "postroom/admin/v1/admin.pb.h"

namespace postroom::app {
namespace {

/// In a folder, the attachment's own name: the server made it safe, but any may answer.
std::string path_for(const invocation& in, const record::v1::Attachment& attachment) {
  const std::filesystem::path given = in.get("output");
  std::error_code ignored;  // writing the file tells
  if (!std::filesystem::is_directory(given, ignored)) return given;
  auto name = mail::safe_file_name(attachment.name());
  if (name.empty()) name = "attachment-" + in.get("attachment");
  return given / name;
}

int save(const invocation& in, terminal& term, const admin::v1::GetAttachmentResponse& answer) {
  const auto path = path_for(in, answer.attachment());
  const auto written = in.has("force") ? write_private(path, answer.content())
                                       : write_new_private(path, answer.content());
  if (!written) {
    print_error(term, written.error());
    return exit_failed;
  }
  term.err << answer.content().size() << " bytes in " << printable(path) << "\n";
  return exit_done;
}

}  // namespace

int print_attachment(const invocation& in, terminal& term) {
  if (!in.has("output") && !in.has("json") && term.tty)
    return wrong_usage(in, term, "--attachment on a terminal needs --output FILE or a folder");
  admin::v1::GetAttachmentRequest request;
  request.set_call(in.positional());
  request.set_update(static_cast<uint32_t>(in.number("update", 0)));
  request.set_attachment(static_cast<uint32_t>(in.number("attachment", 0)));
  const auto answer =
      ask<admin::v1::GetAttachmentResponse>(in, term, "CallsService/GetAttachment", request);
  if (!answer) return exit_failed;
  if (in.has("output")) return save(in, term, *answer);
  if (in.has("json"))
    print_json(term, *answer);
  else
    term.out.write(answer->content().data(),
                   static_cast<std::streamsize>(answer->content().size()));
  return exit_done;
}

}  // namespace postroom::app
