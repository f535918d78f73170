-- Audited positions by block of offsets, so that a gap or a repeat shows without reading every position.
with audited as (
    select
        kafka_partition,
        kafka_offset,
        disposition,
        div(kafka_offset, @width) as offset_block
    from pii_masking_audit
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
    offset_block,
    count(*) as positions,
    count(distinct kafka_offset) as distinct_positions,
    countif(disposition = 'ACCEPTED') as accepted,
    countif(disposition = 'DUPLICATE') as duplicates,
    countif(disposition = 'LATE') as late,
    countif(disposition = 'REJECTED') as rejected
from audited
group by kafka_partition, offset_block
order by kafka_partition, offset_block
