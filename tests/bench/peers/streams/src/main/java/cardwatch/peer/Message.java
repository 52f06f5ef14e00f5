package cardwatch.peer;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;

/** The members of an exposure or a report that the matching needs, read in one pass. */
final class Message {
  private static final JsonFactory JSON = new JsonFactory();

  String card;
  String iin = "";
  String expiry = "";
  String issuer = "";
  String reportId = "";
  int revision = 1;
  String action = "";
  String attemptedAt = "";
  String fraudType = "";
  String channel = "";
  String sealed = "";
  String key = "";

  static Message parse(byte[] json) {
    Message message = new Message();
    try (JsonParser parser = JSON.createParser(json)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        throw new IllegalArgumentException("no object");
      }
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        String name = parser.currentName();
        if (parser.nextToken() == JsonToken.START_OBJECT) {
          message.readAttributes(parser, name);
        } else {
          message.take(name, parser);
        }
      }
    } catch (IOException broken) {
      throw new IllegalArgumentException("not JSON", broken);
    }
    return message;
  }

  private void readAttributes(JsonParser parser, String name) throws IOException {
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String attribute = parser.currentName();
      parser.nextToken();
      if (name.equals("attrs") && attribute.equals("channel")) {
        channel = parser.getText();
      }
    }
  }

  private void take(String name, JsonParser parser) throws IOException {
    switch (name) {
      case "card" -> card = parser.getText();
      case "iin" -> iin = parser.getText();
      case "expiry" -> expiry = parser.getText();
      case "issuer" -> issuer = parser.getText();
      case "report_id" -> reportId = parser.getText();
      case "revision" -> revision = parser.getIntValue();
      case "action" -> action = parser.getText();
      case "attempted_at" -> attemptedAt = parser.getText();
      case "fraud_type" -> fraudType = parser.getText();
      case "sealed" -> sealed = parser.getText();
      case "key" -> key = parser.getText();
      default -> { }
    }
  }

  boolean active() {
    return action.equals("NEWF") || action.equals("UPDT") || action.equals("REOP");
  }

  boolean fraudOfTheCard() {
    return switch (fraudType) {
      case "LOST", "STOLEN", "NOT_RECEIVED", "FALSE_APPLICATION", "FIRST_PARTY" -> false;
      default -> true;
    };
  }
}
