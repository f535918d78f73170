-- Positions that a table holds and by the audit should not, or the reverse, or under another transaction id.
with expected as (
    select
        held_in,
        kafka_topic,
        kafka_partition,
        kafka_offset,
        if(disposition = 'REJECTED', null, transaction_id) as transaction_id
    from pii_masking_audit
    cross join
        unnest(
            case disposition
                when 'ACCEPTED' then ['payment_transactions', 'payment_transactions_fraud']
                when 'LATE' then ['payment_late_events']
                when 'REJECTED' then ['payment_dead_letters']
            end
        ) as held_in
    where disposition = 'REJECTED' or erasure_timestamp is null
    union all
    select
        'fraud_velocity_alerts' as held_in,
        kafka_topic,
        kafka_partition,
        kafka_offset,
        transaction_id
    from payment_transactions_fraud
    where is_velocity_fraud and coalesce(is_alert, true)
),

stored as (
    select
        'payment_transactions' as held_in,
        kafka_topic,
        kafka_partition,
        kafka_offset,
        transaction_id
    from payment_transactions
    union all
    select
        'payment_transactions_fraud' as held_in,
        kafka_topic,
        kafka_partition,
        kafka_offset,
        transaction_id
    from payment_transactions_fraud
    union all
    select
        'payment_late_events' as held_in,
        kafka_topic,
        kafka_partition,
        kafka_offset,
        transaction_id
    from payment_late_events
    union all
    select
        'payment_dead_letters' as held_in,
        kafka_topic,
        kafka_partition,
        kafka_offset,
        null as transaction_id
    from payment_dead_letters
    union all
    select
        'fraud_velocity_alerts' as held_in,
        kafka_topic,
        kafka_partition,
        kafka_offset,
        transaction_id
    from fraud_velocity_alerts
),

counted as (
    select
        held_in,
        kafka_partition,
        kafka_offset,
        1 as expected_rows,
        0 as stored_rows,
        transaction_id
    from expected
    where
        kafka_topic = @topic
        and exists (
            select 1
            from unnest(@ends) as end_offset with offset as finished_partition
            where finished_partition = kafka_partition and kafka_offset < end_offset
        )
    union all
    select
        held_in,
        kafka_partition,
        kafka_offset,
        0 as expected_rows,
        1 as stored_rows,
        transaction_id
    from stored
    where
        kafka_topic = @topic
        and exists (
            select 1
            from unnest(@ends) as end_offset with offset as finished_partition
            where finished_partition = kafka_partition and kafka_offset < end_offset
        )
)

select
    held_in,
    kafka_partition,
    kafka_offset,
    sum(expected_rows) as expected_rows,
    sum(stored_rows) as stored_rows,
    count(distinct transaction_id) as transaction_ids
from counted
group by held_in, kafka_partition, kafka_offset
having
    sum(expected_rows) != sum(stored_rows)
    or sum(stored_rows) != 1
    or count(distinct transaction_id) > 1
order by held_in, kafka_partition, kafka_offset
limit @most
