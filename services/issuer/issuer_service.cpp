#include "issuer/issuer_service.hpp"

#include "issuer/keys.hpp"

#include <filesystem>
#include <string>
#include <system_error>
#include <utility>

namespace cw::issuer {

Status IssuerService::start(runtime::Context& context) {
  const auto issuers = config_.issuers();
  if (!issuers) return issuers.error();
  std::error_code failed;
  std::filesystem::create_directories(config_.journal_dir, failed);
  if (failed) {
    return Error{Errc::kFileWrite, "journal.dir " + config_.journal_dir + ": " + failed.message()};
  }
  for (const IssuerFiles& files : issuers.value()) {
    const auto opened = open_inbox(files);
    if (!opened) return opened;
  }
  probe_.emplace(context.metrics);
  workers_ = std::make_unique<boost::asio::thread_pool>(config_.workers);
  routes_.emplace(inboxes_, *probe_, *workers_);
  routes_->add_to(context.router, config_.body_bytes_max);
  add_checks(context);
  return Ok{};
}

Status IssuerService::open_inbox(const IssuerFiles& files) {
  auto keys = read_keys(files);
  if (!keys) return keys.error();
  Inbox::Options options{
      .journal = {.path = config_.journal_dir + "/" + files.id + ".journal",
                  .bytes_max = config_.journal_bytes_max},
      .tolerance = std::chrono::duration_cast<std::chrono::seconds>(config_.tolerance)};
  auto inbox = Inbox::open(IssuerId{files.id}, std::move(keys).value(), std::move(options));
  if (!inbox) return inbox.error();
  const InboxFigures figures = inbox.value()->figures();
  log_.info("journal_read",
            "An issuer's journal was read back",
            {{"issuer", files.id},
             {"entries", figures.entries},
             {"through", figures.through},
             {"bytes", figures.journal_bytes}});
  if (const auto cut = inbox.value()->cut_bytes(); cut > 0) {
    log_.warn("journal_cut",
              "A half written record at the journal's end was cut off",
              {{"issuer", files.id}, {"bytes", cut}});
  }
  inboxes_.emplace(files.id, std::move(inbox).value());
  return Ok{};
}

void IssuerService::add_checks(runtime::Context& context) {
  context.health.add_readiness("journals", [this]() -> Status {
    for (const auto& [id, inbox] : inboxes_) {
      auto status = inbox->ready();
      if (!status) return status;
    }
    return Ok{};
  });
  context.metrics.on_collect([this] {
    for (const auto& [id, inbox] : inboxes_) {
      const InboxFigures figures = inbox->figures();
      probe_->held(inbox->issuer(),
                   {.entries = figures.entries,
                    .through = figures.through,
                    .journal_bytes = figures.journal_bytes});
    }
  });
}

void IssuerService::stop() {
  if (workers_) workers_->join();
}

void IssuerService::reload() {
  const auto issuers = config_.issuers();
  if (!issuers) return;
  for (const IssuerFiles& files : issuers.value()) {
    auto keys = read_keys(files);
    const auto inbox = inboxes_.find(files.id);
    if (keys && inbox != inboxes_.end()) {
      inbox->second->replace_keys(std::move(keys).value());
    } else if (!keys) {
      log_.alarm(
          "keys_reload_failed",
          "Key files are unusable; the old keys stay in use",
          {{"issuer", files.id}, {"code", keys.error().code}, {"detail", keys.error().detail}});
    }
  }
}

}  // namespace cw::issuer
