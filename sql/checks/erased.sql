-- Transactions whose rows an erasure has taken out, or that its drill has planted and will take out.
select distinct transaction_id
from pii_masking_audit
where
    transaction_id in unnest(@transactions)
    and masking_timestamp >= timestamp_sub(@since, interval 1 hour)
    and (erasure_requested or erasure_timestamp is not null or masking_reason = 'DRILL')
