"""The domain of payment fraud: contracts and pure rules, free of Spark, cloud and I/O."""
