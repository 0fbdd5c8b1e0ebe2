"""What an evaluation found, written for people (terminal, HTML) and for programs (JSON, CSV)."""

from replenish.report.tables import text_table
from replenish.report.write import write_report

__all__ = ["text_table", "write_report"]
