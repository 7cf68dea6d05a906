#include "mail/gobject.hpp"

#include <gmime/gmime.h>

namespace postroom::mail {

void start_gmime() {
  static const bool started = [] {
    g_mime_init();
    return true;
  }();
  static_cast<void>(started);
}

_GMimeParserOptions* parser_options() {
  static GMimeParserOptions* made = [] {
    start_gmime();
    auto* fresh = g_mime_parser_options_new();
    static const char* charsets[] = {"utf-8", "windows-1252", nullptr};
    g_mime_parser_options_set_fallback_charsets(fresh, charsets);
    return fresh;
  }();
  return made;
}

void glib_free::operator()(char* p) const noexcept {
  g_free(p);
}
void object_unref::operator()(void* p) const noexcept {
  g_object_unref(p);
}

}  // namespace postroom::mail
