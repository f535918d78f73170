-- Alerts of a period by event time, of whatever topic: Firestore's record is of all of them.
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
    event_time >= @since
    and event_time < @until
    and coalesce(is_alert, is_velocity_fraud or is_high_risk)
order by event_time
