// How a folder is found by what people call it.
#include <algorithm>
#include <utility>

#include "channels/folder_path.hpp"
#include "channels/graph_session.hpp"
#include "channels/graph_text.hpp"

namespace postroom::channels {
namespace {

constexpr std::size_t max_folder_depth = 32;

error missing(const std::string& name) {
  return fail(ec::mailbox_missing, "there is no folder \"" + name + "\"");
}

constexpr std::string_view wanted_properties = "$select=id,displayName,totalItemCount";

}  // namespace

struct graph_session::folder_walk {
  std::vector<std::string> names;
  std::size_t at = 0;
  graph_folder place;  ///< where the walk stands; without an id: at the top
  bool make = false;
  bool made = false;  ///< somebody else may have made it at the same time
  folder_fn found;

  [[nodiscard]] std::string children(const std::string& root) const {
    const auto top = root + "/mailFolders";
    return place.id.empty() ? top : top + "/" + url_escape(place.id) + "/childFolders";
  }
};

void graph_session::find_folder(const std::string& path, bool make, folder_fn found) {
  const auto at = std::make_shared<folder_walk>();
  at->names = folder_names(path);
  at->make = make;
  at->found = std::move(found);
  if (at->names.empty() || at->names.size() > max_folder_depth) return at->found(missing(path));
  walk(at);
}

void graph_session::walk(const std::shared_ptr<folder_walk>& at) {
  if (at->at == at->names.size()) return at->found(at->place);
  const auto known = at->at == 0 ? well_known_folder(at->names[0]) : std::nullopt;
  if (!known) return look_up(at);
  graph_request request;
  request.target = root_ + "/mailFolders/" + *known + "?" + std::string(wanted_properties);
  api_->start(std::move(request), held([this, at](result<http_answer> got) {
                if (!got) return at->found(got.error());
                if (got->status / 100 == 2) return take_step(at, read_graph_folder(got->body));
                const auto why = graph_error(*got);
                at->found(why.code == ec::not_found ? missing(at->names[0]) : why);
              }));
}

void graph_session::take_step(const std::shared_ptr<folder_walk>& at, result<graph_folder> got) {
  if (!got) return at->found(got.error());
  at->place = std::move(*got);
  at->at += 1;
  at->made = false;
  walk(at);
}

void graph_session::look_up(const std::shared_ptr<folder_walk>& at) {
  const auto& name = at->names[at->at];
  graph_request request;
  request.target = at->children(root_) + "?$filter=displayName%20eq%20" + filter_text(name) + "&" +
                   std::string(wanted_properties) + "&$top=100";
  api_->start(std::move(request), held([this, at, name](result<http_answer> got) {
                if (!got) return at->found(got.error());
                if (got->status / 100 != 2) {
                  const auto why = graph_error(*got);
                  return at->found(why.code == ec::not_found ? missing(name) : why);
                }
                auto folders = read_graph_folders(got->body);
                if (!folders) return at->found(folders.error());
                // The service compares without case: the very name goes before.
                auto match = std::ranges::find(*folders, name, &graph_folder::name);
                if (match == folders->end()) match = folders->begin();
                if (match != folders->end()) return take_step(at, std::move(*match));
                at->make && !at->made ? make_folder(at) : at->found(missing(name));
              }));
}

void graph_session::make_folder(const std::shared_ptr<folder_walk>& at) {
  graph_request request;
  request.method = "POST";
  request.target = at->children(root_);
  request.body =
      std::make_shared<const std::string>(write_graph_text("displayName", at->names[at->at]));
  api_->start(std::move(request), held([this, at](result<http_answer> got) {
                if (!got) return at->found(got.error());
                if (got->status / 100 == 2) return take_step(at, read_graph_folder(got->body));
                if (got->status != 409) return at->found(graph_error(*got));
                at->made = true;
                look_up(at);
              }));
}

}  // namespace postroom::channels
