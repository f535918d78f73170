package peers;

/** A masked payment that is on time; {@code at} in microseconds since 1970, {@code card} begins the card's token. */
public record Charge(
        String identity,
        String sender,
        long at,
        String region,
        String device,
        boolean isHigh,
        String card,
        Masked masked) {

    /** What else is left of card and address. */
    public record Masked(String creditCard, String expiry, String piiHash, String network) {}
}
