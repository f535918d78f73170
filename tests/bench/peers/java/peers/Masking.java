package peers;

import java.io.IOException;
import java.math.BigDecimal;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.security.GeneralSecurityException;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Parses, checks and masks one payment; an instance a thread. */
public final class Masking {
    private static final Pattern CARD = Pattern.compile("[0-9](?:[ -]?[0-9]){11,18}");
    private static final String OCTET = "(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])";
    private static final Pattern IPV4 = Pattern.compile("((?:" + OCTET + "\\.){3})" + OCTET);
    private static final Pattern IPV6 = Pattern.compile("[0-9a-fA-F:.]*:[0-9a-fA-F:.]*");
    private static final List<String> STORED = List.of(
            "transaction_id",
            "sender_account_id",
            "receiver_account_id",
            "region",
            "device_id",
            "merchant_id",
            "user_email");

    private final Rules rules;
    private final Hmac hmac;

    public Masking(Rules rules, String keysFile) throws IOException, GeneralSecurityException {
        this.rules = rules;
        this.hmac = new Hmac(keysFile);
    }

    /** What a record leaves after masking, or null where it is rejected or late. */
    public Charge mask(byte[] value, long appendedMs) {
        Event event = Event.parse(value);
        if (event == null || !isPayable(event)) {
            return null;
        }
        long at = Clock.parse(event.text("event_time"));
        String digits = digits(event);
        String network = network(event.text("ip_address"));
        boolean isValid = at != Clock.NONE && digits != null && network != null && Clock.isOnTime(at, appendedMs);
        return isValid && !isElsewhere(digits, event) ? masked(event, at, digits, network) : null;
    }

    private Charge masked(Event event, long at, String digits, String network) {
        String expiry = event.text("card_expiry");
        Charge.Masked masked = new Charge.Masked(
                "XXXX-XXXX-XXXX-" + digits.substring(digits.length() - 4),
                expiry.substring(0, 2) + "/XX",
                hmac.hex(digits + "|" + expiry),
                network);
        return new Charge(
                event.text("transaction_id"),
                event.text("sender_account_id"),
                at,
                event.text("region"),
                event.text("device_id"),
                rules.isHigh(event.amount(), event.text("currency")),
                hmac.hex(digits).substring(0, 16),
                masked);
    }

    private boolean isPayable(Event event) {
        Integer minor = rules.minorDigits.get(event.text("currency"));
        BigDecimal amount = event.amount();
        return minor != null
                && amount.signum() > 0
                && amount.precision() - amount.scale() <= 15
                && amount.stripTrailingZeros().scale() <= minor;
    }

    private static String digits(Event event) {
        String written = event.text("credit_card");
        if (written.length() > 37 || !CARD.matcher(written).matches()) {
            return null;
        }
        String digits = withoutSeparators(written);
        return isLuhnValid(digits) ? digits : null;
    }

    private static String withoutSeparators(String text) {
        return text.replace("-", "").replace(" ", "");
    }

    private static boolean isLuhnValid(String digits) {
        int sum = 0;
        for (int place = 0; place < digits.length(); place++) {
            int digit = digits.charAt(digits.length() - 1 - place) - '0';
            int doubled = place % 2 == 0 ? digit : 2 * digit;
            sum += doubled > 9 ? doubled - 9 : doubled;
        }
        return sum % 10 == 0;
    }

    private static boolean isElsewhere(String digits, Event event) {
        StringBuilder all = new StringBuilder();
        for (String field : STORED) {
            String text = event.text(field);
            all.append(text == null ? "" : text).append('\n');
        }
        return withoutSeparators(all.toString()).contains(digits);
    }

    private static String network(String address) {
        Matcher ipv4 = IPV4.matcher(address);
        if (ipv4.matches()) {
            return ipv4.group(1) + "0/24";
        }
        if (!IPV6.matcher(address).matches()) {
            return null;
        }
        try {
            return HexFormat.of().formatHex(InetAddress.getByName(address).getAddress(), 0, 6) + "/48";
        } catch (UnknownHostException | IndexOutOfBoundsException error) {
            return null;
        }
    }
}
