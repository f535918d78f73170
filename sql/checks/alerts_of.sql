-- Alerts of some transactions, at most a day older than the period that is looked at.
select
    transaction_id,
    event_time,
    kafka_partition,
    kafka_offset,
    velocity_60s,
    kafka_topic = @topic
    and exists (
        select 1
        from unnest(@ends) as end_offset with offset as finished_partition
        where finished_partition = kafka_partition and kafka_offset < end_offset
    ) as is_finished
from payment_transactions_fraud
where
    transaction_id in unnest(@transactions)
    and event_time >= timestamp_sub(@since, interval 1 day)
    and coalesce(is_alert, is_velocity_fraud or is_high_risk)
