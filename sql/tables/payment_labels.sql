create table if not exists payment_labels (
    transaction_id string not null options (description = 'The payment.'),
    is_fraud bool not null options (description = 'Whether it was fraud.'),
    source string not null options (description = 'Who says so: REVIEW, CHARGEBACK or SIMULATOR.'),
    observed_at timestamp not null options (
        description = 'When that became known, UTC: of a chargeback 30 to 120 days after the payment.'
    ),
    event_time timestamp not null options (description = "When the payment was made, UTC, by the originator's clock."),
    card_token string not null options (
        description = 'HMAC-SHA-256 in hex of the card number: one per card, whatever the CVV.'
    ),
    pii_hash string not null options (
        description = 'HMAC-SHA-256 in hex of card number and expiry, under old keys with the CVV; erasure looks it up.'
    ),
    pii_key_version string not null options (description = 'Version of the key behind pii_hash and card_token.'),
    kafka_topic string not null options (description = 'Topic the payment was read from.'),
    kafka_partition int64 not null options (description = 'Partition of kafka_topic.'),
    kafka_offset int64 not null options (description = 'Offset in kafka_partition.'),
    kafka_timestamp timestamp not null options (description = 'When Kafka appended the payment, UTC.'),
    recorded_at timestamp not null options (description = 'When the label was written, UTC.')
)
partition by date(event_time)
cluster by transaction_id, source
options (
    description = 'What is known of payments afterwards; several sources, or one that changes its mind, may tell.',
    labels = [('system', 'payment-fraud')]
);
