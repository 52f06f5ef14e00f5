#include "lib/runtime/expiry_watch.hpp"

#include <algorithm>
#include <chrono>

namespace cw::runtime {

std::int64_t days_left(Instant ends, Instant now) {
  return std::chrono::floor<std::chrono::days>(ends - now).count();
}

std::vector<ExpiryWatch::Notice> ExpiryWatch::look(std::span<const Expiring> all, Instant now) {
  std::vector<Notice> notices;
  std::map<std::pair<std::string, std::string>, Told> still;
  for (const Expiring& each : all) {
    const std::pair key{each.kind, each.issuer};
    const auto before = told_.find(key);
    Told told{.ends = each.ends};
    if (before != told_.end() && before->second.ends == each.ends) told = before->second;
    const std::int64_t days = days_left(each.ends, now);
    const auto passed = static_cast<std::size_t>(
        std::count_if(kDays.begin(), kDays.end(), [days](auto mark) { return days <= mark; }));
    if (passed > told.marks) notices.push_back({each, days});
    told.marks = std::max(told.marks, passed);
    still[key] = told;
  }
  told_ = std::move(still);
  return notices;
}

}  // namespace cw::runtime
