-- How many rows of the last two hours have no hash, or card data. BigQuery is paid by the partitions it looks at:
-- those of 26 hours, so that what a backlog of up to a day brings late is seen as well.
with stored as (
    select
        pii_hash,
        card_token,
        credit_card_masked,
        cvv_masked,
        card_expiry_masked,
        concat(region, 'x', device_id, 'x', merchant_id) as written
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
        card_expiry_masked,
        concat(region, 'x', device_id, 'x', merchant_id) as written
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
        card_expiry_masked,
        concat(region, 'x', device_id, 'x', merchant_id) as written
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
        '01/XX' as card_expiry_masked,
        region as written
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
        '01/XX' as card_expiry_masked,
        user_email as written
    from pii_masking_audit
    where
        masking_timestamp >= timestamp_sub(current_timestamp(), interval 2 hour)
        and disposition != 'REJECTED'
),

-- Digits of other scripts as ours, runs of letters as one x, everything between digits dropped: what is left between
-- two x is looked at whole. Twenty digits, so that every second one from the left is the one that Luhn doubles.
plain as (
    select
        *,
        regexp_replace(
            regexp_replace(
                translate(coalesce(written, ''), '０１２３４５６７８９٠١٢٣٤٥٦٧٨٩', '01234567890123456789'),
                '[A-Za-z]+',
                'x'
            ),
            '[^0-9x]+',
            ''
        ) as digits
    from stored
),

numbered as (
    select
        *,
        regexp_extract(digits, '(?:^|x)([0-9]{13,19})(?:x|$)') as number
    from plain
),

halved as (
    select
        *,
        regexp_replace(lpad(number, 20, '0'), '([0-9])[0-9]', '\\1') as doubled,
        regexp_replace(lpad(number, 20, '0'), '[0-9]([0-9])', '\\1') as single
    from numbered
),

summed as (
    select
        *,
        concat(translate(doubled, '0123456789', '0246813579'), single) as counted
    from halved
)

select count(*)
from summed
where
    not coalesce(regexp_contains(pii_hash, '^[0-9a-f]{64}$'), false)
    or not coalesce(regexp_contains(card_token, '^[0-9a-f]{64}$'), false)
    or not coalesce(regexp_contains(credit_card_masked, '^XXXX-XXXX-XXXX-[0-9]{4}$'), false)
    or not coalesce(cvv_masked = 'XXX', false)
    or not coalesce(regexp_contains(card_expiry_masked, '^[0-9]{2}/XX$'), false)
    or coalesce(
        regexp_contains(
            number,
            '^(4([0-9]{12}|[0-9]{15}|[0-9]{17,18})|(5[1-5]|2[2-7])[0-9]{14}|3[47][0-9]{13}|3[0689][0-9]{12}'
            || '|3[05689][0-9]{14,17}|(50|5[6-9]|6[0-9]|8[12])[0-9]{11,17})$'
        )
        and mod(
            20 - length(replace(counted, '1', '')) + 2 * (20 - length(replace(counted, '2', '')))
            + 3 * (20 - length(replace(counted, '3', ''))) + 4 * (20 - length(replace(counted, '4', '')))
            + 5 * (20 - length(replace(counted, '5', ''))) + 6 * (20 - length(replace(counted, '6', '')))
            + 7 * (20 - length(replace(counted, '7', ''))) + 8 * (20 - length(replace(counted, '8', '')))
            + 9 * (20 - length(replace(counted, '9', ''))),
            10
        ) = 0,
        false
    )
