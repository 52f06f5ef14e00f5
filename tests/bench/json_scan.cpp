#include "bench/json_scan.hpp"

#include "lib/base/hex.hpp"

#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>

namespace cw::bench {
namespace {

class Handler : public rapidjson::BaseReaderHandler<rapidjson::UTF8<>, Handler> {
 public:
  explicit Handler(ScannedReport& out) : out_(out) {}

  bool Key(const char* text, rapidjson::SizeType size, bool /*copy*/) {
    ++out_.members;
    is_card_ = std::string_view{text, size} == "card";
    return true;
  }
  bool String(const char* text, rapidjson::SizeType size, bool /*copy*/) {
    return !is_card_ || from_hex({text, size}, out_.card.bytes);
  }

 private:
  ScannedReport& out_;
  bool is_card_ = false;
};

}  // namespace

ScannedReport scan_report(std::string_view json) {
  // Its stack grows once and is used again.
  thread_local rapidjson::Reader reader;
  ScannedReport found;
  Handler handler{found};
  rapidjson::MemoryStream stream{json.data(), json.size()};
  found.valid = !reader.Parse(stream, handler).IsError();
  return found;
}

}  // namespace cw::bench
