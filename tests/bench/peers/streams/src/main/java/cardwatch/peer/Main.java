package cardwatch.peer;

import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsConfig;

/**
 * Runs the topology until it is told to stop. Arguments: brokers=..., group=..., dir=...,
 * prefix=..., out=... and, all with a default, commit_ms, threads, store (memory or rocksdb),
 * cached (true or false), cache_mb.
 */
public final class Main {
  private Main() {}

  private static Map<String, String> options(String[] arguments) {
    Map<String, String> options = new HashMap<>(Map.of(
        "commit_ms", "100", "threads", "2", "store", "memory", "cached", "false",
        "cache_mb", "128"));
    for (String argument : arguments) {
      String[] parts = argument.split("=", 2);
      options.put(parts[0], parts[1]);
    }
    return options;
  }

  private static Properties settings(Map<String, String> options) {
    Properties settings = new Properties();
    settings.put(StreamsConfig.APPLICATION_ID_CONFIG, options.get("group"));
    settings.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, options.get("brokers"));
    settings.put(StreamsConfig.STATE_DIR_CONFIG, options.get("dir"));
    settings.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
    settings.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, options.get("commit_ms"));
    settings.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, options.get("threads"));
    settings.put(StreamsConfig.REPLICATION_FACTOR_CONFIG, 1);
    settings.put(StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG,
        Long.parseLong(options.get("cache_mb")) << 20);
    settings.put(StreamsConfig.BUFFERED_RECORDS_PER_PARTITION_CONFIG, 10_000);
    put(settings, StreamsConfig::consumerPrefix, Map.of(
        ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest",
        ConsumerConfig.MAX_POLL_RECORDS_CONFIG, 10_000,
        ConsumerConfig.FETCH_MAX_BYTES_CONFIG, 50 << 20,
        ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG, 8 << 20,
        ConsumerConfig.RECEIVE_BUFFER_CONFIG, 1 << 20));
    put(settings, StreamsConfig::producerPrefix, Map.of(
        ProducerConfig.COMPRESSION_TYPE_CONFIG, "lz4",
        ProducerConfig.LINGER_MS_CONFIG, 50,
        ProducerConfig.BATCH_SIZE_CONFIG, 512 << 10,
        ProducerConfig.BUFFER_MEMORY_CONFIG, 128L << 20));
    return settings;
  }

  private static void put(Properties settings, java.util.function.UnaryOperator<String> prefix,
      Map<String, Object> values) {
    values.forEach((key, value) -> settings.put(prefix.apply(key), value));
  }

  public static void main(String[] arguments) throws InterruptedException {
    Map<String, String> options = options(arguments);
    boolean inMemory = options.get("store").equals("memory");
    boolean cached = Boolean.parseBoolean(options.get("cached"));
    var topology = new MatchTopology(inMemory)
        .build(options.get("prefix"), options.get("out"), cached);
    KafkaStreams streams = new KafkaStreams(topology, settings(options));
    CountDownLatch stopped = new CountDownLatch(1);
    Runtime.getRuntime().addShutdownHook(new Thread(() -> {
      streams.close();
      stopped.countDown();
    }));
    streams.setStateListener((now, before) -> {
      // It stops by itself only when something failed: the process must show it.
      if (now == KafkaStreams.State.ERROR) {
        Runtime.getRuntime().halt(70);
      }
    });
    streams.start();
    stopped.await();
  }
}
