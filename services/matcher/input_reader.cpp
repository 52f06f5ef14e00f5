#include "matcher/input_reader.hpp"

#include "lib/base/hex.hpp"
#include "lib/codec/answer_codec.hpp"
#include "lib/codec/control_codec.hpp"
#include "lib/codec/exposure_codec.hpp"
#include "lib/codec/report_codec.hpp"

#include <algorithm>
#include <utility>

namespace cw::matcher {
namespace {

Error key_mismatch() {
  return {Errc::kKeyMismatch, "the key is not the card reference of the value"};
}

}  // namespace

std::optional<CardRef> InputReader::card(std::string_view key) noexcept {
  CardRef card;
  // The codec writes lower case, so upper case is another key.
  const bool upper =
      std::any_of(key.begin(), key.end(), [](char c) { return c >= 'A' && c <= 'F'; });
  return !upper && from_hex(key, card.bytes) ? std::optional{card} : std::nullopt;
}

Result<ReportView> InputReader::report(const std::optional<CardRef>& filed,
                                       std::string_view value) {
  ReportView view;
  if (!reports_.scan(value, view)) {
    auto decoded = codec::decode_report(value);
    if (!decoded) return std::move(decoded).error();
    unusual_report_ = std::move(decoded).value();
    view = view_of(*unusual_report_);
  }
  if (filed != view.home()) return key_mismatch();
  return view;
}

Result<ExposureView> InputReader::exposure(const std::optional<CardRef>& filed,
                                           std::string_view value) {
  ExposureView view;
  if (!exposures_.scan(value, view)) {
    auto decoded = codec::decode_exposure(value);
    if (!decoded) return std::move(decoded).error();
    unusual_exposure_ = std::move(decoded).value();
    view = view_of(*unusual_exposure_, attributes_);
  }
  if (filed != view.card) return key_mismatch();
  return view;
}

Result<IssuerAnswer> InputReader::answer(const std::optional<CardRef>& filed,
                                         std::string_view value) {
  auto answer = codec::decode_answer(value);
  if (answer && filed != answer.value().card) return key_mismatch();
  return answer;
}

Result<ControlRecord> InputReader::control(std::string_view value) {
  return codec::decode_control(value);
}

}  // namespace cw::matcher
