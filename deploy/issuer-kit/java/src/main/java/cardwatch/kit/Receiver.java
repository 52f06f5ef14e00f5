package cardwatch.kit;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.nimbusds.jose.*;
import com.nimbusds.jose.crypto.*;
import com.nimbusds.jose.jwk.*;
import com.nimbusds.jose.util.JSONObjectUtils;
import com.sun.net.httpserver.*;
import java.io.*;
import java.math.BigInteger;
import java.net.InetSocketAddress;
import java.nio.file.*;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.*;
import java.util.concurrent.Executors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import javax.net.ssl.*;

/** A receiver for the cardwatch feed, to start from; README.md says how. Usage: Receiver CONFIG */
public final class Receiver implements HttpHandler {
  private static final long TOLERANCE_SECONDS = 300;
  private static final BigInteger MODULUS = BigInteger.ONE.shiftLeft(256);

  private final Properties config = new Properties();
  private final JWKSet keys;
  private final List<SecretKeySpec> secrets = new ArrayList<>();
  private final FileOutputStream journal;
  /** Hashes of entries by hash of the number; in memory only, as either would tell the number. */
  private final NavigableMap<String, BigInteger> cards = new TreeMap<>();
  private long epoch, through;

  Receiver(Path file) throws Exception {
    config.load(new StringReader(Files.readString(file)));
    keys = JWKSet.load(new File(config.getProperty("encryption_keys")));
    for (String name : list("signing_secrets")) {
      String secret = Files.readString(Path.of(name)).strip().replaceFirst("^whsec_", "");
      secrets.add(new SecretKeySpec(Base64.getDecoder().decode(secret), "HmacSHA256"));
    }
    journal = new FileOutputStream(config.getProperty("journal"), true);
    for (String body : Files.readAllLines(Path.of(config.getProperty("journal")))) {
      Map<String, Object> batch = decrypt(body);
      if (batch != null) take(batch);  // Otherwise half a line of a push that was not answered.
    }
    journal.write('\n');
  }

  private List<String> list(String name) {
    return List.of(config.getProperty(name).split(";"));
  }

  @Override
  public void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      byte[] body = exchange.getRequestBody().readNBytes(16 << 20);  // The most that is sent.
      Map<String, Object> answer = receive((HttpsExchange) exchange, body);
      byte[] content = JSONObjectUtils.toJSONString(answer).getBytes(UTF_8);
      exchange.getResponseHeaders().set("Content-Type", "application/json");
      exchange.sendResponseHeaders((int) answer.getOrDefault("status", 200), content.length);
      exchange.getResponseBody().write(content);
    } catch (Exception e) {
      throw new IOException("a push was not answered", e);
    }
  }

  private synchronized Map<String, Object> receive(HttpsExchange io, byte[] body) throws Exception {
    String sender = io.getSSLSession().getPeerPrincipal().getName();
    if (!list("senders").contains(sender)) return refused(403, "FORBIDDEN");
    if (!isGenuine(io.getRequestHeaders(), body)) return refused(401, "SIGNATURE_INVALID");
    Map<String, Object> batch = decrypt(new String(body, UTF_8));
    if (batch == null) return refused(403, "DECRYPT_FAILED");
    if (!config.get("issuer").equals(batch.get("issuer"))) return refused(403, "KEY_MISMATCH");
    if (!batch.containsKey("verification")) {
      if (!take(batch)) return refused(409, "CONFLICT");
      journal.write((new String(body, UTF_8) + "\n").getBytes(UTF_8));
      journal.getFD().sync();
    }
    return answer(batch);
  }

  private Map<String, Object> refused(int status, String code) {
    return Map.of("status", status, "code", code, "epoch", epoch, "accepted_through", through);
  }

  private boolean isGenuine(Headers headers, byte[] body) throws Exception {
    String id = String.valueOf(headers.getFirst("webhook-id"));
    String time = String.valueOf(headers.getFirst("webhook-timestamp"));
    boolean genuine = false;
    for (SecretKeySpec secret : secrets) {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(secret);
      mac.update((id + "." + time + ".").getBytes(UTF_8));
      String wanted = "v1," + Base64.getEncoder().encodeToString(mac.doFinal(body));
      for (String given : String.valueOf(headers.getFirst("webhook-signature")).split(" "))
        genuine |= MessageDigest.isEqual(wanted.getBytes(UTF_8), given.getBytes(UTF_8));
    }
    return genuine && !id.contains(".") && time.matches("[0-9]{1,12}")
        && Math.abs(Instant.now().getEpochSecond() - Long.parseLong(time)) <= TOLERANCE_SECONDS;
  }

  private Map<String, Object> decrypt(String body) {
    try {
      JWEObject jwe = JWEObject.parse(body);
      JWK key = keys.getKeyByKeyId(jwe.getHeader().getKeyID());
      boolean rsa = jwe.getHeader().getAlgorithm().equals(JWEAlgorithm.RSA_OAEP_256);
      jwe.decrypt(rsa ? new RSADecrypter(key.toRSAKey()) : new ECDHDecrypter(key.toECKey()));
      return JSONObjectUtils.parse(jwe.getPayload().toString());
    } catch (Exception e) {
      return null;  // No key of ours opens it, or it is not a JWE.
    }
  }

  /** False, and nothing changed, if the batch does not follow what is held. */
  private boolean take(Map<String, Object> batch) throws Exception {
    Map<?, ?> replaces = (Map<?, ?>) batch.get("replaces");
    boolean snapshot = Boolean.TRUE.equals(batch.get("snapshot"));
    long its = number(batch, "epoch");
    boolean begins = snapshot ? replaces.get("from").equals("0".repeat(16))
        : replaces == null && number(batch, "after") == 0;
    boolean follows = snapshot || (replaces == null ? number(batch, "after") <= through
        : number(batch, "through") == through);
    if (its > epoch ? !begins : its < epoch || !follows) return false;
    if (its != epoch) cards.clear();
    if (its != epoch) through = 0;
    epoch = its;
    if (replaces != null)
      cards.subMap((String) replaces.get("from"), replaces.get("through") + "g").clear();
    for (Map<String, Object> entry : JSONObjectUtils.getJSONObjectArray(batch, "entries")) {
      if (replaces == null && number(entry, "seq") <= through) continue;
      String card = sha256((String) entry.get("pan"));  // Here your own systems would be told.
      if (entry.get("op").equals("DELT")) cards.remove(card);
      else cards.put(card, new BigInteger(sha256(JSONObjectUtils.toJSONString(sorted(entry))), 16));
    }
    if (replaces == null) through = Math.max(through, number(batch, "through"));
    else if (snapshot && batch.get("more").equals(false)) through = number(batch, "through");
    return true;
  }

  private Map<String, Object> answer(Map<String, Object> batch) {
    Map<String, Object> answer = new TreeMap<>(
        Map.of("accepted_through", through, "applied_through", through, "epoch", epoch));
    if (batch.get("verification") instanceof Map<?, ?> verification)
      answer.put("verification", verification.get("state"));
    if (batch.get("digest") instanceof Map<?, ?> digest && number(batch, "epoch") == epoch
        && number(digest, "through") == through) {
      Map<?, ?> theirs = (Map<?, ?>) digest.get("buckets");
      List<String> differing = new ArrayList<>();
      for (int i = 0; i < 256; ++i) {
        String bucket = String.format("%02x", i);
        Collection<BigInteger> hashes = cards.subMap(bucket, bucket + "g").values();
        BigInteger sum = hashes.stream().reduce(BigInteger.ZERO, BigInteger::add).mod(MODULUS);
        Object ours = hashes.isEmpty() ? null
            : Map.of("count", (long) hashes.size(), "sum", String.format("%064x", sum));
        if (!Objects.equals(ours, theirs.get(bucket))) differing.add(bucket);
      }
      answer.put("differing_buckets", differing);
    }
    return answer;
  }

  private static long number(Map<?, ?> object, String name) {
    return ((Number) object.get(name)).longValue();
  }

  private static String sha256(String text) throws Exception {
    byte[] bytes = text.getBytes(UTF_8);
    return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
  }

  /** RFC 8785 for what entries hold: text, whole numbers, lists, true, false, null. */
  @SuppressWarnings("unchecked")
  private static <T> T sorted(T value) {
    if (value instanceof Map<?, ?> map) {
      Map<Object, Object> ordered = new TreeMap<>(map);
      ordered.replaceAll((name, member) -> sorted(member));
      return (T) ordered;
    }
    return value instanceof List<?> list ? (T) list.stream().map(Receiver::sorted).toList() : value;
  }

  public static void main(String[] arguments) throws Exception {
    System.setProperty("sun.net.httpserver.nodelay", "true");  // Or each answer waits for an ACK.
    Receiver receiver = new Receiver(Path.of(arguments[0]));
    int port = Integer.parseInt(receiver.config.getProperty("port"));
    HttpsServer server = HttpsServer.create(new InetSocketAddress(port), 0);
    server.setHttpsConfigurator(new HttpsConfigurator(SSLContext.getDefault()) {
      @Override public void configure(HttpsParameters parameters) {
        SSLParameters chosen = getSSLContext().getDefaultSSLParameters();
        chosen.setNeedClientAuth(true);
        parameters.setSSLParameters(chosen);
      }
    });
    server.createContext(receiver.config.getProperty("path"), receiver);
    server.setExecutor(Executors.newFixedThreadPool(4));
    server.start();
    System.out.println("listening on port " + server.getAddress().getPort());
  }
}
