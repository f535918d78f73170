with stored as (
    select
        pii_hash,
        card_token,
        credit_card_masked,
        cvv_masked,
        card_expiry_masked
    from payment_transactions
    where ingested_at >= timestamp_sub(current_timestamp(), interval 2 hour)
    union all
    select
        pii_hash,
        card_token,
        credit_card_masked,
        cvv_masked,
        card_expiry_masked
    from payment_transactions_fraud
    where ingested_at >= timestamp_sub(current_timestamp(), interval 2 hour)
)

select count(*)
from stored
where
    not regexp_contains(pii_hash, '^[0-9a-f]{64}$')
    or not regexp_contains(card_token, '^[0-9a-f]{64}$')
    or not regexp_contains(credit_card_masked, '^XXXX-XXXX-XXXX-[0-9]{4}$')
    or cvv_masked != 'XXX'
    or not regexp_contains(card_expiry_masked, '^[0-9]{2}/XX$')
