create or replace view reconciliation (
    kafka_topic options (description = 'Topic read.'),
    kafka_partition options (description = 'Partition of kafka_topic.'),
    first_offset options (description = 'Lowest offset with a disposition.'),
    last_offset options (description = 'Highest offset with a disposition.'),
    positions options (description = 'Dispositions recorded.'),
    distinct_positions options (description = 'Distinct offsets among them.'),
    missing_positions options (description = 'Offsets from first to last without a disposition.'),
    repeated_positions options (description = 'Dispositions beyond the first of an offset.'),
    accepted options (description = 'Positions accepted.'),
    duplicates options (description = 'Positions recognised as repeats.'),
    late options (description = 'Positions too late.'),
    rejected options (description = 'Positions dead-lettered.'),
    accepted_erased options (description = 'Accepted positions whose rows were erased since.'),
    late_erased options (description = 'Late positions whose rows were erased since.'),
    transaction_rows options (description = 'Rows in payment_transactions: accepted less accepted_erased if complete.'),
    fraud_rows options (description = 'Rows in payment_transactions_fraud: the same if complete.'),
    late_rows options (description = 'Rows in payment_late_events: late less late_erased if complete.'),
    dead_letter_rows options (description = 'Rows in payment_dead_letters: rejected if complete.'),
    is_complete options (description = 'Whether every offset has one disposition and the tables hold as many rows.')
)
options (description = 'Proof, by Kafka partition, that received = accepted + duplicate + late + rejected = stored.')
as
with positions as (
    select
        'pii_masking_audit' as held_in,
        kafka_topic,
        kafka_partition,
        kafka_offset,
        disposition,
        erasure_timestamp is not null as is_erased
    from pii_masking_audit
    union all
    select
        'payment_transactions' as held_in,
        kafka_topic,
        kafka_partition,
        kafka_offset,
        null as disposition,
        false as is_erased
    from payment_transactions
    union all
    select
        'payment_transactions_fraud' as held_in,
        kafka_topic,
        kafka_partition,
        kafka_offset,
        null as disposition,
        false as is_erased
    from payment_transactions_fraud
    union all
    select
        'payment_late_events' as held_in,
        kafka_topic,
        kafka_partition,
        kafka_offset,
        null as disposition,
        false as is_erased
    from payment_late_events
    union all
    select
        'payment_dead_letters' as held_in,
        kafka_topic,
        kafka_partition,
        kafka_offset,
        null as disposition,
        false as is_erased
    from payment_dead_letters
),

counted as (
    select
        kafka_topic,
        kafka_partition,
        min(if(held_in = 'pii_masking_audit', kafka_offset, null)) as first_offset,
        max(if(held_in = 'pii_masking_audit', kafka_offset, null)) as last_offset,
        countif(held_in = 'pii_masking_audit') as positions,
        count(distinct if(held_in = 'pii_masking_audit', kafka_offset, null)) as distinct_positions,
        countif(disposition = 'ACCEPTED') as accepted,
        countif(disposition = 'DUPLICATE') as duplicates,
        countif(disposition = 'LATE') as late,
        countif(disposition = 'REJECTED') as rejected,
        countif(disposition = 'ACCEPTED' and is_erased) as accepted_erased,
        countif(disposition = 'LATE' and is_erased) as late_erased,
        countif(held_in = 'payment_transactions') as transaction_rows,
        countif(held_in = 'payment_transactions_fraud') as fraud_rows,
        countif(held_in = 'payment_late_events') as late_rows,
        countif(held_in = 'payment_dead_letters') as dead_letter_rows
    from positions
    group by kafka_topic, kafka_partition
),

compared as (
    select
        *,
        coalesce(last_offset - first_offset + 1, 0) - distinct_positions as missing_positions,
        positions - distinct_positions as repeated_positions,
        positions = accepted + duplicates + late + rejected as every_disposition_is_known,
        transaction_rows = accepted - accepted_erased and fraud_rows = transaction_rows as accepted_are_stored,
        late_rows = late - late_erased and dead_letter_rows = rejected as others_are_stored
    from counted
)

select
    kafka_topic,
    kafka_partition,
    first_offset,
    last_offset,
    positions,
    distinct_positions,
    missing_positions,
    repeated_positions,
    accepted,
    duplicates,
    late,
    rejected,
    accepted_erased,
    late_erased,
    transaction_rows,
    fraud_rows,
    late_rows,
    dead_letter_rows,
    (
        missing_positions = 0
        and repeated_positions = 0
        and every_disposition_is_known
        and accepted_are_stored
        and others_are_stored
    ) as is_complete
from compared;
