"""Where the job's status stands in Redis."""

STATUS = "fraud:stream:status"
