"""Files and tables of feedback, whatever their form, as Arrow tables; see `read`."""

from balm.collect.columns import ColumnMap, guess_columns
from balm.collect.open import open_source
from balm.collect.read import plan, read, read_source
from balm.collect.reject import Reason, Reject

__all__ = ["ColumnMap", "Reason", "Reject", "guess_columns", "open_source", "plan", "read", "read_source"]
