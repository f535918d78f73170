-- How many rows of the last two hours have no hash, or card data. BigQuery is paid by the partitions it looks at:
-- those of 26 hours, so that what a backlog of up to a day brings late is seen as well.
with stored as (
    select
        pii_hash,
        card_token,
        credit_card_masked,
        cvv_masked,
        card_expiry_masked
    from payment_transactions
    where
        ingested_at >= timestamp_sub(current_timestamp(), interval 2 hour)
        and event_time >= timestamp_sub(current_timestamp(), interval 26 hour)
    union all
    select
        pii_hash,
        card_token,
        credit_card_masked,
        cvv_masked,
        card_expiry_masked
    from payment_transactions_fraud
    where
        ingested_at >= timestamp_sub(current_timestamp(), interval 2 hour)
        and event_time >= timestamp_sub(current_timestamp(), interval 26 hour)
    union all
    select
        pii_hash,
        card_token,
        credit_card_masked,
        cvv_masked,
        card_expiry_masked
    from payment_late_events
    where
        ingested_at >= timestamp_sub(current_timestamp(), interval 2 hour)
        and kafka_timestamp >= timestamp_sub(current_timestamp(), interval 26 hour)
    union all
    select
        pii_hash,
        card_token,
        'XXXX-XXXX-XXXX-0000' as credit_card_masked,
        'XXX' as cvv_masked,
        '01/XX' as card_expiry_masked
    from fraud_velocity_alerts
    where
        ingested_at >= timestamp_sub(current_timestamp(), interval 2 hour)
        and event_time >= timestamp_sub(current_timestamp(), interval 26 hour)
    union all
    select
        pii_hash,
        card_token,
        'XXXX-XXXX-XXXX-0000' as credit_card_masked,
        'XXX' as cvv_masked,
        '01/XX' as card_expiry_masked
    from pii_masking_audit
    where
        masking_timestamp >= timestamp_sub(current_timestamp(), interval 2 hour)
        and disposition != 'REJECTED'
)

select count(*)
from stored
where
    not coalesce(regexp_contains(pii_hash, '^[0-9a-f]{64}$'), false)
    or not coalesce(regexp_contains(card_token, '^[0-9a-f]{64}$'), false)
    or not coalesce(regexp_contains(credit_card_masked, '^XXXX-XXXX-XXXX-[0-9]{4}$'), false)
    or not coalesce(cvv_masked = 'XXX', false)
    or not coalesce(regexp_contains(card_expiry_masked, '^[0-9]{2}/XX$'), false)
