create table if not exists pii_masking_audit (
    transaction_id string options (description = 'Identifier given by the originator; null when rejected.'),
    pii_hash string options (description = 'HMAC-SHA-256 in hex of card number and expiry; null when rejected.'),
    card_token string options (description = 'HMAC-SHA-256 in hex of the card number; null when rejected.'),
    pii_key_version string options (
        description = 'Version of the key behind pii_hash and card_token; null when rejected.'
    ),
    masking_timestamp timestamp not null options (description = "When the event's card data was masked, UTC."),
    masking_reason string not null options (description = 'Why it was masked: PCI-DSS.'),
    user_email string options (
        description = 'Address of the cardholder, where the event carried one; null when rejected.'
    ),
    erasure_requested bool not null options (description = 'Whether the data subject has asked for erasure.'),
    erasure_timestamp timestamp options (description = "When the subject's rows were erased, UTC; null until then."),
    disposition string not null options (description = 'ACCEPTED, DUPLICATE, LATE or REJECTED.'),
    kafka_topic string not null options (description = 'Topic the event was read from.'),
    kafka_partition int64 not null options (description = 'Partition of kafka_topic.'),
    kafka_offset int64 not null options (description = 'Offset in kafka_partition.'),
    kafka_timestamp timestamp not null options (description = 'When Kafka appended the event, UTC.'),
    primary key (kafka_topic, kafka_partition, kafka_offset) not enforced
)
partition by date(masking_timestamp)
cluster by pii_hash, card_token, disposition
options (
    description = 'What became of every Kafka position, and what was masked and erased: one row per position.',
    labels = [('system', 'payment-fraud')]
);
