#include "desk/control_writer.hpp"

#include "desk/waiting_turn.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>

namespace cw::desk {
namespace {

struct Holds {
  const Control& control;

  bool operator()(const Incident& record) const {
    const auto* held = control.incident(record.id);
    return held != nullptr && held->version >= record.version;
  }
  bool operator()(const Issuer& record) const {
    const auto* held = control.issuer(record.id);
    return held != nullptr && held->version >= record.version;
  }
  bool operator()(const ScopeRevision& record) const {
    const auto scopes = control.scopes(record.incident);
    return std::any_of(scopes.begin(), scopes.end(), [&](const ScopeRevision* held) {
      return held->revision == record.revision && held->state == record.state;
    });
  }
  bool operator()(const FileLoad& record) const {
    const auto loads = control.file_loads();
    return std::any_of(loads.begin(), loads.end(), [&](const FileLoad* held) {
      return held->key == record.key && held->state == record.state;
    });
  }
  bool operator()(const Figure& record) const {
    return control.figure(record.definition.incident, record.number) != nullptr;
  }
  bool operator()(const NilReturn& record) const {
    const auto* held = control.nil_returns().last(record.issuer);
    return held != nullptr && held->until >= record.until;
  }
};

}  // namespace

bool holds(const Control& control, const ControlRecord& record) {
  return std::visit(Holds{control}, record);
}

ControlWriter::~ControlWriter() {
  worker_.join();
}

http::Task<Result<Decision>> ControlWriter::submit(const Rule& rule) {
  const WaitingTurn turn{waiting_};
  if (turn.number() > options_.waiting_max) {
    co_return Error{Errc::kUnavailable, "too many changes of control are waiting"};
  }
  auto result =
      co_await boost::asio::co_spawn(worker_, apply_on_worker(rule), boost::asio::use_awaitable);
  co_return std::move(*result);
}

http::Task<std::optional<Result<Decision>>> ControlWriter::apply_on_worker(const Rule& rule) {
  co_return apply(rule);
}

Result<Decision> ControlWriter::apply(const Rule& rule) {
  auto decision = rule(*view_.snapshot());
  if (!decision || !decision.value().record) return decision;
  const auto& record = *decision.value().record;
  if (auto written = sink_.write(record); !written) return written.error();
  const bool seen = view_.wait_until([&](const Control& control) { return holds(control, record); },
                                     options_.seen_wait);
  if (seen) return decision;
  return Error{Errc::kUnavailable,
               "the change is committed, but this desk has not read it back yet; ask again what "
               "stands before you repeat it"};
}

}  // namespace cw::desk
