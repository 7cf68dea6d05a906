#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "channels/base64.hpp"

/// Our own mails made fit for Microsoft Graph. Pure.
namespace postroom::channels {

/// The header of a mail, up to and with the blank line, so that it names `to` as its only
/// recipient: Graph sends to whom To, Cc and Bcc name. Unchanged when it does so already.
std::string header_for_one(std::string_view header, std::string_view to);

/// Where the header ends: behind the blank line.
std::size_t header_size(std::string_view message);

/// A file in a mail, as views into it.
struct mime_file {
  std::string name;
  std::string type;
  std::string_view base64;
  uint64_t size = 0;  ///< decoded
};

struct mime_split {
  std::string rest;  ///< the body without the files
  std::vector<mime_file> files;
};

/// Takes the base64 attachments out of a multipart/mixed mail; without any for other mails.
mime_split take_files_out(std::string_view header, std::string_view body);

/// Decodes piece by piece, so that a large file is never in memory as a whole.
class file_reader {
 public:
  explicit file_reader(std::string_view base64) : text_(base64) {}
  /// The next `size` bytes; fewer at the end, and after something that is no base64.
  std::string next(std::size_t size);

 private:
  std::string_view text_;
  base64_decoder decoder_;
  std::string ready_;
};

}  // namespace postroom::channels
