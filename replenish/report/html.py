"""The report for people: one HTML file that needs nothing but a browser, not even a network."""

from typing import Any

from replenish.judging.evaluation import Evaluation
from replenish.report.details import (
    against_table,
    class_tables,
    equal_service_table,
    interval_words,
    sensitivity_table,
    starts_table,
)
from replenish.report.frontier_plot import frontier_plot
from replenish.report.measures import BESIDE, COLUMNS, minus
from replenish.report.page import item_table, nested_tables, policy_rows, verdict
from replenish.report.plots import policy_plots
from replenish.report.stress import stress_section
from replenish.report.tables import looks_warning
from replenish.report.traces import trace_plots
from replenish.scorecard import MEASURES


def report_html(evaluation: Evaluation) -> str:
    """Return the page; every text that comes from users' files is escaped.

    Args:
        evaluation: What was found.
    """
    return render(
        "report.html.j2",
        evaluation=evaluation,
        verdict=verdict(evaluation),
        policies=policy_rows(evaluation),
        columns=COLUMNS,
        units=MEASURES,
        beside=BESIDE,
        once=[result.name for result in evaluation.results if result.agent_usual is not None],
        plots=policy_plots(evaluation),
        against=against_table(evaluation),
        over=interval_words(evaluation),
        starts=starts_table(evaluation),
        classes=class_tables(evaluation),
        frontier=frontier_plot(evaluation),
        equal_service=equal_service_table(evaluation),
        sensitivity=sensitivity_table(evaluation),
        stress=stress_section(evaluation),
        traces=list(zip(evaluation.traces, trace_plots(evaluation), strict=True)),
        items=item_table(evaluation),
        n_items=len(evaluation.agent.scorecard.item_ids),
        guards=nested_tables(evaluation.guards),
        own_sales=nested_tables(evaluation.own_sales),
        warning=looks_warning(evaluation.looks) if evaluation.looks > 1 else "",
    )


def render(template: str, **values: Any) -> str:
    """Return a template of this folder filled in; a name that it lacks is an error, not a blank.

    Args:
        template: Name of the file.
        values: What it shows; text is escaped.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("replenish.report", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["minus"] = minus
    return environment.get_template(template).render(**values)
