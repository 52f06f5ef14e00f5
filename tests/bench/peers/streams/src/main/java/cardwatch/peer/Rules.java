package cardwatch.peer;

/**
 * The rules of one incident, fixed in the program: the peer need not look them up, which is to its
 * advantage.
 */
final class Rules {
  static final int IDENTIFIED = 0;
  static final int IN_FILE = 1;
  static final int EXPIRY_MISMATCH = 2;
  static final int PREDATES_EXPOSURE = 3;
  static final int NOT_EXPOSED = 4;
  static final int OUTCOMES = 5;

  /** Start of the first day at risk, in the incident's time zone. */
  static final String AT_RISK_FROM = "2025-11-19T15:00:00.000Z";

  private static final String[] RANGES = {
    "35699900", "35699901", "35699902", "35699903", "40000000", "40000001",
    "40000002", "40000003", "55555500", "55555501", "55555502", "55555503"
  };
  private static final String[] ISSUERS = new String[RANGES.length];

  static {
    for (int i = 0; i < ISSUERS.length; ++i) {
      ISSUERS[i] = String.format("issuer-%02d", i);
    }
  }

  private Rules() {}

  static boolean selects(String channel) {
    return channel.equals("internet");
  }

  static String issuerOf(String iin) {
    for (int i = 0; i < RANGES.length; ++i) {
      if (RANGES[i].equals(iin)) {
        return ISSUERS[i];
      }
    }
    return "unassigned";
  }

  static int outcome(Message report, Exposure exposure) {
    if (exposure == null) {
      return NOT_EXPOSED;
    }
    if (!report.attemptedAt.isEmpty() && report.attemptedAt.compareTo(AT_RISK_FROM) < 0) {
      return PREDATES_EXPOSURE;
    }
    if (!report.expiry.isEmpty() && !report.expiry.equals(exposure.expiry())) {
      return EXPIRY_MISMATCH;
    }
    return exposure.selected() ? IDENTIFIED : IN_FILE;
  }
}
