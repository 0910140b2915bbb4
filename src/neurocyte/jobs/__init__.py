"""The folder job behind `neurocyte segment`: many images in, a folder of results out."""

from neurocyte.jobs.job import JobResult, Listener, run_job
from neurocyte.jobs.options import JobOptions
from neurocyte.jobs.records import Done, Failure, Outcome, Record

__all__ = ["Done", "Failure", "JobOptions", "JobResult", "Listener", "Outcome", "Record", "run_job"]
