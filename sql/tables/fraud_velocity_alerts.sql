create table if not exists fraud_velocity_alerts (
    transaction_id string not null options (
        description = 'Identifier given by the originator; accepted once within an hour of event time.'
    ),
    event_time timestamp not null options (description = "When the payment was made, UTC, by the originator's clock."),
    sender_account_id string not null options (description = 'Account that pays; velocity is counted per sender.'),
    receiver_account_id string not null options (description = 'Account that is paid.'),
    amount numeric not null options (description = 'Exact amount in units of currency.'),
    currency string not null options (description = 'ISO 4217 code of the amount.'),
    region string not null options (description = 'Region the payment was made from.'),
    card_token string not null options (
        description = 'HMAC-SHA-256 in hex of the card number: one per card, whatever the CVV.'
    ),
    pii_hash string not null options (
        description = 'HMAC-SHA-256 in hex of card number and expiry, under old keys with the CVV; erasure looks it up.'
    ),
    pii_key_version string not null options (description = 'Version of the key behind pii_hash and card_token.'),
    velocity_60s int64 not null options (
        description = 'Distinct accepted payments of the sender in the 60 s up to and including this one.'
    ),
    velocity_5m int64 not null options (
        description = 'Distinct accepted payments of the sender in the 5 minutes up to and including this one.'
    ),
    severity string not null options (description = 'HIGH at 4 payments in 60 s, CRITICAL from 5.'),
    velocity_fraud_peers array<string> options (description = 'Transaction ids in the 60 s window, this one included.'),
    fraud_score int64 not null options (description = 'Sum of the points of the flags raised, at most 100.'),
    risk_flags array<string> options (
        description = 'Flags raised: HIGH_AMOUNT, VELOCITY_60S, VELOCITY_5M, GEO_CHANGE, DEVICE_CHANGE.'
    ),
    kafka_topic string not null options (description = 'Topic the event was read from.'),
    kafka_partition int64 not null options (description = 'Partition of kafka_topic.'),
    kafka_offset int64 not null options (description = 'Offset in kafka_partition.'),
    kafka_timestamp timestamp not null options (description = 'When Kafka appended the event, UTC.'),
    ingested_at timestamp not null options (description = 'When the streaming job handled the event, UTC.'),
    primary key (kafka_topic, kafka_partition, kafka_offset) not enforced
)
partition by date(event_time)
cluster by sender_account_id, receiver_account_id, currency
options (
    description = 'Velocity alerts: one row per accepted payment with more than 3 in 60 s.',
    labels = [('system', 'payment-fraud')]
);
