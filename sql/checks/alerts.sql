-- Alerts of some accounts, as Redis counts them: by transaction, with the event time in milliseconds.
select
    sender_account_id,
    transaction_id,
    kafka_partition,
    kafka_offset,
    unix_millis(event_time) as event_time_ms,
    exists(
        select 1
        from unnest(@ends) as end_offset with offset as finished_partition
        where finished_partition = kafka_partition and kafka_offset < end_offset
    ) as is_finished
from payment_transactions_fraud
where
    kafka_topic = @topic
    and sender_account_id in unnest(@accounts)
    and coalesce(is_alert, is_velocity_fraud or is_high_risk)
