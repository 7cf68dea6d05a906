#include "mail/fold.hpp"

#include <glib.h>

#include "mail/gobject.hpp"

namespace postroom::mail {

std::string fold_text(std::string_view text) {
  const glib_string valid(g_utf8_make_valid(text.data(), static_cast<gssize>(text.size())));
  const glib_string cased(g_utf8_casefold(valid.get(), -1));
  const glib_string folded(g_utf8_normalize(cased.get(), -1, G_NORMALIZE_ALL_COMPOSE));
  return folded.get();
}

}  // namespace postroom::mail
