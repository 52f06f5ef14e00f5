#include "cli/verify/partition_inputs.hpp"

#include "lib/codec/answer_codec.hpp"
#include "lib/codec/control_codec.hpp"
#include "lib/codec/exposure_codec.hpp"
#include "lib/codec/report_codec.hpp"

#include <utility>

namespace cw::cli {

template <class Item>
void PartitionInputs::add(Result<Item> decoded,
                          const CardRef& home,
                          const kafka::RecordView& record) {
  if (record.key != home.hex() || !cards_[home].add(std::move(decoded).value())) {
    ++counts_.unusable;
  }
}

void PartitionInputs::exposure(const kafka::RecordView& record) {
  ++counts_.exposures;
  auto decoded = codec::decode_exposure(record.value);
  if (!decoded) {
    ++counts_.unusable;
    return;
  }
  const CardRef home = decoded.value().card;
  add(std::move(decoded), home, record);
}

void PartitionInputs::report(const kafka::RecordView& record) {
  ++counts_.reports;
  auto decoded = codec::decode_report(record.value);
  if (!decoded) {
    ++counts_.unusable;
    return;
  }
  const CardRef home = decoded.value().home();
  add(std::move(decoded), home, record);
}

void PartitionInputs::answer(const kafka::RecordView& record) {
  ++counts_.answers;
  auto decoded = codec::decode_answer(record.value);
  if (!decoded) {
    ++counts_.unusable;
    return;
  }
  const CardRef home = decoded.value().card;
  add(std::move(decoded), home, record);
}

void PartitionInputs::control(const kafka::RecordView& record) {
  ++counts_.control;
  const auto decoded = codec::decode_control(record.value);
  if (decoded) {
    control_.apply(decoded.value());
  } else {
    ++counts_.unusable;
  }
}

}  // namespace cw::cli
