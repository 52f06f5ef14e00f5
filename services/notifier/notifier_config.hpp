#pragma once

#include "lib/config/schema.hpp"
#include "lib/http/tls_context.hpp"
#include "notifier/pull/pull_config.hpp"

#include <chrono>
#include <cstdint>
#include <string>

namespace cw::notifier {

/// How batches are pushed.
struct PushConfig {
  std::uint32_t batch_entries_max = 500;
  std::uint64_t batch_bytes_max = 1U << 20U;

  std::chrono::milliseconds backoff_base = std::chrono::seconds{1};
  std::chrono::milliseconds backoff_max = std::chrono::minutes{5};
  std::chrono::milliseconds retry_after_max = std::chrono::hours{24};
  std::chrono::milliseconds recheck = std::chrono::seconds{30};
  std::uint32_t circuit_failures = 5;
  std::uint32_t refused_in_row_max = 5;
  bool verify_at_start = true;
  std::chrono::milliseconds save_interval = std::chrono::seconds{1};

  std::chrono::milliseconds resolve_timeout = std::chrono::seconds{5};
  std::chrono::milliseconds connect_timeout = std::chrono::seconds{5};
  std::chrono::milliseconds handshake_timeout = std::chrono::seconds{5};
  std::chrono::milliseconds write_timeout = std::chrono::seconds{30};
  std::chrono::milliseconds response_timeout = std::chrono::seconds{30};
  std::chrono::milliseconds idle_timeout = std::chrono::seconds{60};
  std::uint64_t response_bytes_max = 1U << 20U;

  std::chrono::milliseconds stop_grace = std::chrono::seconds{10};
};

/// Where the feeds are kept, and how notifiers share them.
struct StoreConfig {
  std::string folder = {};  ///< Empty: in memory.
  std::chrono::milliseconds save_interval = std::chrono::seconds{10};
  std::string group = "notifier";
  std::string instance = "0";
  std::chrono::milliseconds session_timeout = std::chrono::seconds{45};
};

struct NotifierConfig {
  std::uint32_t epoch = 1;
  StoreConfig store = {};
  std::string vault_key_file = {};
  std::string secrets_dir = {};
  http::TlsFiles tls = {};  ///< For pushing; all empty: the service's own certificate.
  PushConfig push = {};
  PullConfig pull = {};
  ReconcileConfig reconcile = {};
};

/// Declares the sections `feed`, `keys`, `push`, `pull` and `reconcile`; `config` must outlive the
/// schema.
void declare(config::Schema& schema, NotifierConfig& config);

}  // namespace cw::notifier
