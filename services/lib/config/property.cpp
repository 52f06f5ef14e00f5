#include "lib/config/property.hpp"

namespace cw::config {

const std::string& Item::text(std::string_view name) const {
  static const std::string kNone;
  const auto& all = texts(name);
  return all.empty() ? kNone : all.front();
}

const std::vector<std::string>& Item::texts(std::string_view name) const {
  static const std::vector<std::string> kNone;
  const auto found = values.find(name);
  return found == values.end() ? kNone : found->second;
}

}  // namespace cw::config
