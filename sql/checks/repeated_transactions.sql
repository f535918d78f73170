-- Transactions accepted again within an hour of event time, which the contract calls duplicates.
with accepted as (
    select
        transaction_id,
        kafka_partition,
        kafka_offset,
        event_time,
        lag(event_time) over (partition by transaction_id order by event_time) as previous_event_time
    from payment_transactions
    where
        kafka_topic = @topic
        and exists (
            select 1
            from unnest(@ends) as end_offset with offset as finished_partition
            where finished_partition = kafka_partition and kafka_offset < end_offset
        )
)

select
    kafka_partition,
    kafka_offset
from accepted
where previous_event_time >= timestamp_sub(event_time, interval 1 hour)
order by kafka_partition, kafka_offset
limit @most
