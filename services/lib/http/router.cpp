#include "lib/http/router.hpp"

#include "lib/base/assert.hpp"
#include "lib/http/percent.hpp"

#include <algorithm>
#include <optional>

namespace cw::http {
namespace {

std::vector<std::string_view> segments_of(std::string_view path) {
  std::vector<std::string_view> out;
  if (path.starts_with('/')) path.remove_prefix(1);
  while (true) {
    const std::size_t end = path.find('/');
    out.push_back(path.substr(0, end));
    if (end == std::string_view::npos) return out;
    path.remove_prefix(end + 1);
  }
}

bool is_parameter(std::string_view segment) {
  return segment.size() > 2 && segment.starts_with('{') && segment.ends_with('}');
}

struct Fit {
  std::size_t literals = 0;
  Params params = {};
};

std::optional<Fit> fit(std::string_view path_template, const std::vector<std::string_view>& path) {
  const auto wanted = segments_of(path_template);
  if (wanted.size() != path.size()) return std::nullopt;
  Fit out;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    auto segment = percent_decode(path[i], PlusIs::kPlus);
    if (!segment) return std::nullopt;
    if (is_parameter(wanted[i])) {
      if (segment->empty()) return std::nullopt;
      out.params.add(std::string{wanted[i].substr(1, wanted[i].size() - 2)}, std::move(*segment));
    } else if (wanted[i] == *segment) {
      ++out.literals;
    } else {
      return std::nullopt;
    }
  }
  return out;
}

}  // namespace

void Router::add(std::string method,
                 std::string path_template,
                 RouteOptions options,
                 Handler handler) {
  CW_ASSERT(path_template.starts_with('/'));
  CW_ASSERT(handler != nullptr);
  routes_.push_back(
      {std::move(method), std::move(path_template), std::move(options), std::move(handler)});
}

Result<Router::Match> Router::find(std::string_view method, std::string_view path) const {
  const auto segments = segments_of(path);
  Match best;
  std::size_t best_literals = 0;
  std::string allowed;
  for (const Route& route : routes_) {
    auto found = fit(route.path_template, segments);
    if (!found) continue;
    if (route.method != method) {
      if (allowed.find(route.method) == std::string::npos) {
        allowed += (allowed.empty() ? "" : ", ") + route.method;
      }
    } else if (best.route == nullptr || found->literals > best_literals) {
      best_literals = found->literals;
      best = {&route, std::move(found->params)};
    }
  }
  if (best.route != nullptr) return best;
  if (!allowed.empty()) return Error{Errc::kMethodNotAllowed, std::move(allowed)};
  return Error{Errc::kRouteUnknown, "no such route"};
}

Result<const Route*> Router::resolve(Request& request) const {
  auto match = find(request.method, request.path);
  if (!match) return std::move(match).error();
  const Route* route = match.value().route;
  request.path_params = std::move(match.value().params);
  if (principals_) {
    const auto principal = principals_->require(request.peer, route->options.role);
    if (!principal) return principal.error();
    request.principal = principal.value();
  }
  return route;
}

}  // namespace cw::http
