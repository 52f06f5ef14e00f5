#include "matcher/input_reader.hpp"

#include "lib/base/hex.hpp"
#include "lib/codec/control_codec.hpp"
#include "lib/codec/exposure_codec.hpp"
#include "lib/codec/report_codec.hpp"

#include <array>
#include <utility>

namespace cw::matcher {
namespace {

bool names(std::string_view key, const CardRef& card) {
  std::array<char, 2 * sizeof(CardRef::bytes)> hex{};
  write_hex(hex.data(), card.bytes);
  return key == std::string_view{hex.data(), hex.size()};
}

Error key_mismatch() {
  return {Errc::kKeyMismatch, "the key is not the card reference of the value"};
}

}  // namespace

Result<ReportView> InputReader::report(std::string_view key, std::string_view value) {
  ReportView view;
  if (!reports_.scan(value, view)) {
    auto decoded = codec::decode_report(value);
    if (!decoded) return std::move(decoded).error();
    unusual_report_ = std::move(decoded).value();
    view = view_of(*unusual_report_);
  }
  if (!names(key, view.home())) return key_mismatch();
  return view;
}

Result<ExposureView> InputReader::exposure(std::string_view key, std::string_view value) {
  ExposureView view;
  if (!exposures_.scan(value, view)) {
    auto decoded = codec::decode_exposure(value);
    if (!decoded) return std::move(decoded).error();
    unusual_exposure_ = std::move(decoded).value();
    view = view_of(*unusual_exposure_, attributes_);
  }
  if (!names(key, view.card)) return key_mismatch();
  return view;
}

Result<ControlRecord> InputReader::control(std::string_view value) {
  return codec::decode_control(value);
}

}  // namespace cw::matcher
