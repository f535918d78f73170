create or replace view deduplication_effectiveness (
    masking_date options (description = 'UTC date of masking; filter on it to read few partitions.'),
    masking_hour options (description = 'Start of the UTC hour of masking.'),
    received options (description = 'Kafka positions handled: accepted + duplicates + late + rejected.'),
    accepted options (description = 'Positions accepted.'),
    duplicates options (description = 'Positions recognised as repeats of an accepted transaction.'),
    late options (description = 'Positions too late to be checked for repeats.'),
    rejected options (description = 'Positions dead-lettered.'),
    duplicate_rate options (description = 'Duplicates as a share of received, 0 to 1.'),
    late_rate options (description = 'Late as a share of received, 0 to 1.'),
    rejected_rate options (description = 'Rejected as a share of received, 0 to 1.'),
    accepted_again options (description = 'Accepted positions whose transaction_id was accepted before in this hour.')
)
options (description = 'How many repeats the stream received and recognised, by hour of masking.')
as
with positions as (
    select
        date(masking_timestamp) as masking_date,
        timestamp_trunc(masking_timestamp, hour) as masking_hour,
        disposition,
        if(disposition = 'ACCEPTED', transaction_id, null) as accepted_id
    from pii_masking_audit
),

counted as (
    select
        masking_date,
        masking_hour,
        count(*) as received,
        countif(disposition = 'ACCEPTED') as accepted,
        countif(disposition = 'DUPLICATE') as duplicates,
        countif(disposition = 'LATE') as late,
        countif(disposition = 'REJECTED') as rejected,
        count(accepted_id) - count(distinct accepted_id) as accepted_again
    from positions
    group by masking_date, masking_hour
)

select
    masking_date,
    masking_hour,
    received,
    accepted,
    duplicates,
    late,
    rejected,
    duplicates / received as duplicate_rate,
    late / received as late_rate,
    rejected / received as rejected_rate,
    accepted_again
from counted;
