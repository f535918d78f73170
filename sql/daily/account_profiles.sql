insert into account_profiles (
    as_of,
    sender_account_id,
    payments,
    last_event_time,
    habit_usd,
    device_ids,
    merchant_ids,
    card_tokens
)
with usual as (
    select
        sender_account_id,
        event_time,
        amount_usd,
        device_id,
        merchant_id,
        card_token,
        row_number() over (partition by sender_account_id order by amount_usd) as place,
        count(*) over (partition by sender_account_id) as payments
    from payment_transactions_fraud
    where
        event_time >= timestamp_sub(@as_of, interval 400 day)
        and event_time < @as_of
        and not coalesce(is_alert, is_velocity_fraud or is_high_risk)
        and transaction_id not in (
            select payment_labels.transaction_id
            from payment_labels
            where payment_labels.is_fraud and payment_labels.observed_at < @as_of
        )
),

accounts as (
    select
        sender_account_id,
        max(payments) as payments,
        max(event_time) as last_event_time,
        max(if(payments >= 5 and place * 2 in (payments, payments + 1), amount_usd, null)) as habit_usd,
        array_agg(distinct card_token) as card_tokens
    from usual
    group by sender_account_id
),

uses as (
    select
        sender_account_id,
        device_id,
        max(event_time) as used_at
    from usual
    group by sender_account_id, device_id
),

visits as (
    select
        sender_account_id,
        merchant_id,
        max(event_time) as paid_at
    from usual
    group by sender_account_id, merchant_id
),

devices as (
    select
        sender_account_id,
        array_agg(device_id order by used_at desc limit 20) as device_ids
    from uses
    group by sender_account_id
),

merchants as (
    select
        sender_account_id,
        array_agg(merchant_id order by paid_at desc limit 200) as merchant_ids
    from visits
    group by sender_account_id
)

select
    @as_of as as_of,
    accounts.sender_account_id,
    accounts.payments,
    accounts.last_event_time,
    accounts.habit_usd,
    devices.device_ids,
    merchants.merchant_ids,
    accounts.card_tokens
from accounts
inner join devices on accounts.sender_account_id = devices.sender_account_id
inner join merchants on accounts.sender_account_id = merchants.sender_account_id
where not exists (
    select 1
    from account_profiles
    where account_profiles.as_of = @as_of
);

delete from account_profiles
where
    as_of < timestamp_sub(@as_of, interval 1 day)
    or exists (
        select 1
        from unnest(account_profiles.card_tokens) as card_token
        where
            card_token in (
                select pii_masking_audit.card_token
                from pii_masking_audit
                where
                    pii_masking_audit.erasure_requested
                    and pii_masking_audit.erasure_timestamp >= timestamp_sub(@as_of, interval 1 day)
            )
    );
