package peers;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.math.BigDecimal;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/** The payment event's JSON, every field checked by itself as functions/fraud/payments/event.py does. */
final class Event {
    private static final int MOST_BYTES = 16_384;
    private static final JsonFactory JSON = new JsonFactory();
    private static final List<String> NAMES = List.of(
            "transaction_id", "sender_account_id", "receiver_account_id", "region", "device_id", "merchant_id");
    private static final List<String> STRINGS = List.of(
            "event_time", "currency", "credit_card", "cvv", "card_expiry", "ip_address", "merchant_category");
    private static final Set<String> STATUSES = Set.of("PENDING", "APPROVED", "DECLINED");
    private static final Pattern CVV = Pattern.compile("[0-9]{3,4}");
    private static final Pattern EXPIRY = Pattern.compile("(?:0[1-9]|1[0-2])/[0-9]{2}");
    private static final Pattern CATEGORY = Pattern.compile("[0-9]{4}");

    private final Map<String, String> texts = new HashMap<>(32);
    private BigDecimal amount;

    private Event() {}

    /** The event that a Kafka value holds, or null where it holds none. */
    static Event parse(byte[] value) {
        if (value == null || value.length > MOST_BYTES) {
            return null;
        }
        Event event = new Event();
        try (JsonParser parser = JSON.createParser(value)) {
            return event.read(parser) && event.isValid() ? event : null;
        } catch (IOException | NumberFormatException error) {
            return null;
        }
    }

    String text(String field) {
        return texts.get(field);
    }

    BigDecimal amount() {
        return amount;
    }

    private boolean read(JsonParser parser) throws IOException {
        if (parser.nextToken() != JsonToken.START_OBJECT) {
            return false;
        }
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String field = parser.currentName();
            if (!take(field, parser.nextToken(), parser)) {
                return false;
            }
        }
        return parser.nextToken() == null;
    }

    private boolean take(String field, JsonToken token, JsonParser parser) throws IOException {
        if (field.equals("amount")) {
            return takeAmount(token, parser);
        }
        boolean isOurs = NAMES.contains(field) || STRINGS.contains(field);
        if (isOurs || field.equals("status") || field.equals("user_email") && token != JsonToken.VALUE_NULL) {
            texts.put(field, token == JsonToken.VALUE_STRING ? parser.getText() : null);
            return token == JsonToken.VALUE_STRING;
        }
        parser.skipChildren();
        return true;
    }

    private boolean takeAmount(JsonToken token, JsonParser parser) throws IOException {
        boolean isNumber = token == JsonToken.VALUE_NUMBER_INT || token == JsonToken.VALUE_NUMBER_FLOAT;
        if (isNumber && parser.getTextLength() <= 40) {
            amount = new BigDecimal(parser.getText());
        }
        return isNumber && amount != null;
    }

    private boolean isValid() {
        return amount != null
                && STRINGS.stream().allMatch(texts::containsKey)
                && NAMES.stream().allMatch(name -> hasLength(texts.get(name), 1, 64))
                && CVV.matcher(text("cvv")).matches()
                && EXPIRY.matcher(text("card_expiry")).matches()
                && CATEGORY.matcher(text("merchant_category")).matches()
                && hasLength(texts.getOrDefault("user_email", ""), 0, 254)
                && STATUSES.contains(texts.getOrDefault("status", "PENDING"));
    }

    private static boolean hasLength(String text, int least, int most) {
        if (text == null) {
            return false;
        }
        int length = text.codePointCount(0, text.length());
        return length >= least && length <= most;
    }
}
