-- How often each position of one block was audited.
select
    kafka_offset,
    count(*) as positions
from pii_masking_audit
where
    kafka_topic = @topic
    and kafka_partition = @partition
    and kafka_offset between @first and @last
group by kafka_offset
order by kafka_offset
