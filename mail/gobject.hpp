#pragma once

#include <memory>

struct _GMimeParserOptions;

/// How the sources of this room hold what GLib hands out.
namespace postroom::mail {

/// Starts GMime when it has not been started. Any thread.
void start_gmime();

/// How GMime reads values; starts it. Encoded words in unknown charsets are tried as UTF-8 and
/// windows-1252.
_GMimeParserOptions* parser_options();

/// A char* that GLib allocated.
struct glib_free {
  void operator()(char* p) const noexcept;
};
using glib_string = std::unique_ptr<char, glib_free>;

/// A reference to a GObject.
struct object_unref {
  void operator()(void* p) const noexcept;
};
template <class T>
using object_ref = std::unique_ptr<T, object_unref>;

}  // namespace postroom::mail
