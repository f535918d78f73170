create table if not exists payment_dead_letters (
    kafka_topic string not null options (description = 'Topic the event was read from.'),
    kafka_partition int64 not null options (description = 'Partition of kafka_topic.'),
    kafka_offset int64 not null options (description = 'Offset in kafka_partition.'),
    kafka_timestamp timestamp not null options (description = 'When Kafka appended the event, UTC.'),
    reason string not null options (description = 'Rule the event broke.'),
    field string options (description = 'Field that broke it; null when the event could not be read at all.'),
    length int64 not null options (
        description = 'Size of the Kafka value in bytes; the bytes are in the dead-letter topic only.'
    ),
    ingested_at timestamp not null options (description = 'When the streaming job handled the event, UTC.'),
    primary key (kafka_topic, kafka_partition, kafka_offset) not enforced
)
partition by date(kafka_timestamp)
cluster by reason
options (
    description = 'Rejected events: one row per rejected Kafka position, never the payload.',
    labels = [('system', 'payment-fraud')]
);
