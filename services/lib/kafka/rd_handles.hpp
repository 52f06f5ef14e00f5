#pragma once

#include <librdkafka/rdkafka.h>

#include <memory>

namespace cw::kafka {

// The library's own holders of librdkafka objects; no other code calls a *_destroy.

template <auto kDestroy>
struct RdDeleter {
  template <class T>
  void operator()(T* object) const noexcept {
    kDestroy(object);
  }
};

inline void destroy_client(rd_kafka_t* client) noexcept {
  // Closing a consumer can block for good when a partition is gone (librdkafka 2.0.2), and a
  // static member must not leave its group anyway.
  rd_kafka_destroy_flags(client, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
}

using ClientPtr = std::unique_ptr<rd_kafka_t, RdDeleter<destroy_client>>;
using ConfPtr = std::unique_ptr<rd_kafka_conf_t, RdDeleter<rd_kafka_conf_destroy>>;
using QueuePtr = std::unique_ptr<rd_kafka_queue_t, RdDeleter<rd_kafka_queue_destroy>>;
using TopicPtr = std::unique_ptr<rd_kafka_topic_t, RdDeleter<rd_kafka_topic_destroy>>;
using ErrorPtr = std::unique_ptr<rd_kafka_error_t, RdDeleter<rd_kafka_error_destroy>>;
using HeadersPtr = std::unique_ptr<rd_kafka_headers_t, RdDeleter<rd_kafka_headers_destroy>>;
using EventPtr = std::unique_ptr<rd_kafka_event_t, RdDeleter<rd_kafka_event_destroy>>;
using PartitionListPtr = std::unique_ptr<rd_kafka_topic_partition_list_t,
                                         RdDeleter<rd_kafka_topic_partition_list_destroy>>;
using GroupMetadataPtr = std::unique_ptr<rd_kafka_consumer_group_metadata_t,
                                         RdDeleter<rd_kafka_consumer_group_metadata_destroy>>;
using MetadataPtr =
    std::unique_ptr<const rd_kafka_metadata_t, RdDeleter<rd_kafka_metadata_destroy>>;
using NewTopicPtr = std::unique_ptr<rd_kafka_NewTopic_t, RdDeleter<rd_kafka_NewTopic_destroy>>;
using AdminOptionsPtr =
    std::unique_ptr<rd_kafka_AdminOptions_t, RdDeleter<rd_kafka_AdminOptions_destroy>>;
using GroupOffsetsRequestPtr =
    std::unique_ptr<rd_kafka_ListConsumerGroupOffsets_t,
                    RdDeleter<rd_kafka_ListConsumerGroupOffsets_destroy>>;
using ConfigResourcePtr =
    std::unique_ptr<rd_kafka_ConfigResource_t, RdDeleter<rd_kafka_ConfigResource_destroy>>;

}  // namespace cw::kafka
