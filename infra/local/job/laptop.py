"""Spark on one machine: what differs from a cluster, whoever starts it."""

MASTER = "local[2]"

PROPERTIES = {
    # the first compiler alone: the other takes a quarter of the CPU of a first minute, and wins little of it back;
    # room for the classes at once, instead of a full collection each time it grows
    "spark.driver.extraJavaOptions": "-XX:+UseParallelGC -XX:TieredStopAtLevel=1 -XX:MetaspaceSize=192m",
    # the default one asks `readlink` and `chmod`, a process each time, eighteen of them with every batch
    "spark.sql.streaming.checkpointFileManagerClass": (
        "org.apache.spark.sql.execution.streaming.FileSystemBasedCheckpointFileManager"
    ),
}
"""Of Spark, over those that laptop and Dataproc share (dataproc_jobs/spark.properties)."""
