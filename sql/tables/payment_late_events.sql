create table if not exists payment_late_events (
    transaction_id string not null options (
        description = 'Identifier given by the originator; a late event is not checked for repeats.'
    ),
    event_time timestamp not null options (description = "When the payment was made, UTC, by the originator's clock."),
    amount numeric not null options (description = 'Exact amount in units of currency.'),
    currency string not null options (description = 'ISO 4217 code of the amount.'),
    sender_account_id string not null options (description = 'Account that pays; velocity is counted per sender.'),
    receiver_account_id string not null options (description = 'Account that is paid.'),
    region string not null options (description = 'Region the payment was made from.'),
    device_id string not null options (description = 'Device the payment was made on.'),
    ip_address string options (description = 'Network the payment came from: the address cut to /24 or /48.'),
    merchant_id string not null options (description = 'Merchant that took the payment.'),
    merchant_category string not null options (description = 'Merchant category code, four digits.'),
    status string not null options (description = 'PENDING, APPROVED or DECLINED, as the event said.'),
    credit_card_masked string not null options (
        description = 'Card number with only its last four digits: XXXX-XXXX-XXXX-1234.'
    ),
    cvv_masked string not null options (description = 'Always XXX: a CVV is never stored.'),
    card_expiry_masked string not null options (description = 'Month of expiry without its year: MM/XX.'),
    pii_hash string not null options (
        description = 'HMAC-SHA-256 in hex of card number and expiry, under old keys with the CVV; erasure looks it up.'
    ),
    card_token string not null options (
        description = 'HMAC-SHA-256 in hex of the card number: one per card, whatever the CVV.'
    ),
    pii_key_version string not null options (description = 'Version of the key behind pii_hash and card_token.'),
    late_reason string not null options (
        description = 'APPEND_TIME: over an hour behind kafka_timestamp.'
    ),
    kafka_topic string not null options (description = 'Topic the event was read from.'),
    kafka_partition int64 not null options (description = 'Partition of kafka_topic.'),
    kafka_offset int64 not null options (description = 'Offset in kafka_partition.'),
    kafka_timestamp timestamp not null options (description = 'When Kafka appended the event, UTC.'),
    ingested_at timestamp not null options (description = 'When the streaming job handled the event, UTC.'),
    primary key (kafka_topic, kafka_partition, kafka_offset) not enforced
)
partition by date(kafka_timestamp)
cluster by sender_account_id, receiver_account_id, currency
options (
    description = 'Events too late for velocity and de-duplication: one row per late Kafka position.',
    labels = [('system', 'payment-fraud')]
);
