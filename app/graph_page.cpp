#include "app/graph_page.hpp"

#include <utility>

#include "channels/graph_notices.hpp"

namespace postroom::app {

namespace {

constexpr const char* notifications_path = "/graph/notifications";

api::http_response answer_notice(channels::graph_notices& notices, const api::http_request& in) {
  api::http_response out;
  out.headers = {{"Cache-Control", "no-store"}, {"X-Content-Type-Options", "nosniff"}};
  if (auto token = channels::graph_notices::validation_answer(in.query)) {
    out.status = token->empty() ? 400 : 200;
    out.content_type = "text/plain";
    out.body = std::move(*token);
    return out;
  }
  notices.take(in.body);
  out.status = 202;
  return out;
}

}  // namespace

void register_graph_page(api::connect_server& server,
                         std::shared_ptr<channels::graph_notices> notices) {
  server.add_page(notifications_path, {"POST", channels::graph_notices::max_body,
                                       [notices = std::move(notices)](const api::http_request& in) {
                                         return answer_notice(*notices, in);
                                       }});
}

}  // namespace postroom::app
