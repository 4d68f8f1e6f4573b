"""The six stages of a job, one file each, named as in the REST contract."""
