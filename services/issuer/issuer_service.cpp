#include "issuer/issuer_service.hpp"

#include "issuer/keys.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

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
    const auto added = add_puller(files, context);
    if (!added) return added;
  }
  probe_.emplace(context.metrics);
  workers_ = std::make_unique<boost::asio::thread_pool>(config_.workers);
  routes_.emplace(inboxes_, *probe_, *workers_);
  routes_->add_to(context.router, config_.body_bytes_max);
  add_checks(context);
  start_pulling();
  keeper_.emplace(inboxes_);
  return Ok{};
}

Status IssuerService::add_puller(const IssuerFiles& files, const runtime::Context& context) {
  const IssuerFiles::Pull& pull = files.pull;
  if (pull.url.empty()) return Ok{};
  auto tls = context.client_tls;
  if (!pull.certificate.empty()) {
    auto own = http::TlsContext::load(
        http::TlsContext::Role::kClient,
        {.certificate = pull.certificate, .key = pull.key, .ca = context.config.tls.ca});
    if (!own) return own.error();
    tls = std::move(own).value();
    pull_tls_.push_back(tls);
  }
  pullers_.push_back(std::make_unique<PullClient>(
      *inboxes_.at(files.id),
      pull_io_.get_executor(),
      std::move(tls),
      PullClient::Options{.url = pull.url,
                          .plan = {.entries = pull.entries,
                                   .wait = pull.wait,
                                   .interval = pull.interval,
                                   .digest_interval = pull.digest_interval}}));
  return Ok{};
}

void IssuerService::start_pulling() {
  if (pullers_.empty()) return;
  for (const auto& puller : pullers_) {
    boost::asio::co_spawn(pull_io_, puller->run(), boost::asio::detached);
  }
  pull_thread_ = std::thread([this] { pull_io_.run(); });
}

Status IssuerService::open_inbox(const IssuerFiles& files) {
  auto keys = read_keys(files);
  if (!keys) return keys.error();
  Inbox::Options options{
      .journal = {.path = config_.journal_dir + "/" + files.id + ".journal",
                  .bytes_max = config_.journal_bytes_max},
      .superseded_max = config_.journal_superseded_max,
      .tolerance = std::chrono::duration_cast<std::chrono::seconds>(config_.tolerance),
      .apply_delay = config_.apply_delay,
      .url = files.url};
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
  keeper_.reset();
  // A poll that waits is left off; a body that is being stored is stored.
  pull_io_.stop();
  if (pull_thread_.joinable()) pull_thread_.join();
  if (workers_) workers_->join();
}

void IssuerService::reload() {
  for (const auto& tls : pull_tls_) {
    if (const auto status = tls->reload(); !status) {
      log_.alarm("tls_reload_failed",
                 "The TLS files of a pull are unusable; the old ones stay in use",
                 {{"code", status.error().code}, {"detail", status.error().detail}});
    }
  }
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
