package cardwatch.peer;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;

/**
 * Ignores repeated reports, finds each report's outcome, counts the standing ones, and raises a
 * card's watch level with its first attributable report.
 */
final class ReportProcessor implements Processor<String, byte[], String, byte[]> {
  private static final int REPORTED = Rules.OUTCOMES;
  private static final Duration EMIT_EVERY = Duration.ofMillis(100);

  private ProcessorContext<String, byte[]> context;
  private KeyValueStore<String, byte[]> exposures;
  private KeyValueStore<String, byte[]> reports;
  private KeyValueStore<String, Integer> reported;
  private KeyValueStore<Integer, Long> counts;
  private boolean changed;

  /** What is kept of a report. */
  private record Standing(int revision, int outcome, boolean active, boolean attributable) {
    byte[] bytes() {
      int flags = (active ? 1 : 0) | (attributable ? 2 : 0);
      return ByteBuffer.allocate(6).putInt(revision).put((byte) outcome).put((byte) flags).array();
    }

    static Standing of(byte[] bytes) {
      ByteBuffer in = ByteBuffer.wrap(bytes);
      int revision = in.getInt();
      int outcome = in.get();
      int flags = in.get();
      return new Standing(revision, outcome, (flags & 1) != 0, (flags & 2) != 0);
    }
  }

  @Override
  public void init(ProcessorContext<String, byte[]> context) {
    this.context = context;
    exposures = context.getStateStore(MatchTopology.EXPOSURES);
    reports = context.getStateStore(MatchTopology.REPORTS);
    reported = context.getStateStore(MatchTopology.REPORTED);
    counts = context.getStateStore(MatchTopology.COUNTS);
    context.schedule(EMIT_EVERY, PunctuationType.WALL_CLOCK_TIME, this::emitCounts);
  }

  @Override
  public void process(Record<String, byte[]> record) {
    Message report = Message.parse(record.value());
    String id = report.issuer + "/" + report.reportId;
    byte[] held = reports.get(id);
    Standing before = held == null ? null : Standing.of(held);
    if (before != null && before.revision() >= report.revision) {
      return;
    }
    byte[] found = exposures.get(report.card);
    Exposure exposure = found == null ? null : Exposure.of(found);
    int outcome = Rules.outcome(report, exposure);
    boolean attributable =
        report.active() && report.fraudOfTheCard() && outcome <= Rules.IN_FILE;
    reports.put(id,
        new Standing(report.revision, outcome, report.active(), attributable).bytes());
    if (before != null && before.active()) {
      add(before.outcome(), -1);
    }
    if (report.active()) {
      add(outcome, 1);
    }
    boolean was = before != null && before.attributable();
    if (exposure != null && was != attributable) {
      move(report.card, exposure, attributable ? 1 : -1, record.timestamp());
    }
  }

  /** One attributable report more or fewer stands for the card. */
  private void move(String card, Exposure exposure, int by, long timestamp) {
    Integer held = reported.get(card);
    int before = held == null ? 0 : held;
    reported.put(card, before + by);
    if (before != 0 && before + by != 0) {
      return;
    }
    add(REPORTED, by);
    String level = by > 0 ? "fraud_reported" : exposure.level();
    context.forward(
        new Record<>(Rules.issuerOf(exposure.iin()) + "/" + card,
            exposure.entry(card, "UPDT", level), timestamp),
        MatchTopology.WATCH_SINK);
  }

  private void add(int which, int by) {
    counts.put(which, count(which) + by);
    changed = true;
  }

  private long count(int which) {
    Long held = counts.get(which);
    return held == null ? 0 : held;
  }

  private void emitCounts(long now) {
    if (!changed) {
      return;
    }
    changed = false;
    long[] outcomes = new long[Rules.OUTCOMES];
    for (int i = 0; i < outcomes.length; ++i) {
      outcomes[i] = count(i);
    }
    String json = "{\"outcomes\":" + Arrays.toString(outcomes)
        + ",\"reported\":" + count(REPORTED) + "}";
    context.forward(
        new Record<>(String.valueOf(context.taskId().partition()),
            json.getBytes(StandardCharsets.US_ASCII), now),
        MatchTopology.COUNT_SINK);
  }
}
