"""The life of a job: states, records, the durable engine; no pixels."""
