#include "cli/topic_dump.hpp"

#include "lib/kafka/tail_reader.hpp"

#include <fstream>
#include <mutex>
#include <optional>

namespace cw::cli {
namespace {

/// Where the reader's thread writes to.
class Sink {
 public:
  explicit Sink(const std::filesystem::path& file) : out_(file, std::ios::binary) {}

  void write(std::span<const kafka::RecordView> batch) {
    const std::lock_guard lock(mutex_);
    for (const auto& record : batch) {
      out_ << record.partition << '\t' << record.offset << '\t' << record.key << '\t'
           << record.value << '\n';
    }
    records_ += batch.size();
  }

  void fail(Error error) {
    const std::lock_guard lock(mutex_);
    failure_ = std::move(error);
  }

  [[nodiscard]] Result<std::uint64_t> finish() {
    const std::lock_guard lock(mutex_);
    if (failure_) return *failure_;
    out_.flush();
    if (!out_) return Error{Errc::kFileWrite, "the file could not be written"};
    return records_;
  }

 private:
  std::mutex mutex_;
  std::ofstream out_;
  std::uint64_t records_ = 0;
  std::optional<Error> failure_;
};

}  // namespace

Result<std::uint64_t> dump_topic(const kafka::ClientOptions& client,
                                 const std::string& topic,
                                 const std::filesystem::path& file,
                                 std::chrono::milliseconds wait) {
  Sink sink(file);
  kafka::TailOptions options;
  options.topics = {topic};
  options.on_batch = [&sink](std::span<const kafka::RecordView> batch) { sink.write(batch); };
  options.on_failed = [&sink](Error error) { sink.fail(std::move(error)); };
  auto reader = kafka::TailReader::start(client, std::move(options));
  if (!reader) return std::move(reader).error();
  auto caught_up = reader.value()->wait_caught_up(wait);
  reader.value()->stop();
  auto written = sink.finish();
  if (written && !caught_up)
    return Error{caught_up.error().code, topic + ": " + caught_up.error().detail};
  return written;
}

}  // namespace cw::cli
