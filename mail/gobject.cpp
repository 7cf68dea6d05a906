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

void glib_free::operator()(char* p) const noexcept {
  g_free(p);
}
void object_unref::operator()(void* p) const noexcept {
  g_object_unref(p);
}

}  // namespace postroom::mail
