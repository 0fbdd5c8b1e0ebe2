"""The command ``replenish``: today's orders, sample tables, a look into a bundle, exact optima.

Everything heavy is imported inside the commands, so that ``--help`` answers at once.
"""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from replenish import __version__
from replenish.console import settle_console
from replenish.errors import InputError, refused

if TYPE_CHECKING:
    import pandas as pd

app = typer.Typer(
    help="Decide how much of every item to order today.",
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; a user's mistake is one line on standard error and exit code 2.

    So is what the machine refuses, with exit code 1.

    Args:
        arguments: What follows the program's name; by default what the process was given.
    """
    settle_console()
    try:
        app(args=None if arguments is None else list(arguments), prog_name="replenish")
    except InputError as mistake:
        typer.echo(f"error: {mistake}", err=True)
        sys.exit(2)
    except OSError as problem:
        typer.echo(f"error: {refused(problem)}", err=True)
        sys.exit(1)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def _common(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version."),
    ] = False,
) -> None:
    """Decide how much of every item to order today."""


def _path(text: str) -> Any:
    """Return an option that is a path; whoever opens it says why it cannot be read."""
    return typer.Option(help=text, readable=False)


_OPEN_ORDERS = (
    "Orders not received yet: item_id, quantity, due_date. Without this file nothing counts as on "
    "its way."
)


@app.command()
def recommend(  # noqa: PLR0913 - one parameter per option
    *,
    bundle: Annotated[Path, _path("Folder bundle/ of a training run.")],
    sales: Annotated[Path, _path("Sales table: item_id, date, sales, ...")],
    stock: Annotated[Path, _path("Stock table: item_id, on_hand, ...")],
    as_of: Annotated[str, typer.Option(help="Day of ordering, e.g. 2024-12-31.")],
    out: Annotated[Path, _path("Where orders go: a .csv or .parquet file.")],
    items: Annotated[Path | None, _path("Items table, where it differs from the bundle's.")] = None,
    open_orders: Annotated[Path | None, _path(_OPEN_ORDERS)] = None,
    plan: Annotated[
        Path | None, _path("What is known ahead: promotions, prices, holidays.")
    ] = None,
    policy: Annotated[
        str,
        typer.Option(
            help="Whose orders: agent, or a formula of the bundle alone: averaged_formula, "
            "reference (the fallback)."
        ),
    ] = "agent",
    reviewed_from: Annotated[
        str | None,
        typer.Option(
            help="A day on which all items were reviewed: one with review period R is reviewed "
            "every R periods from it; by default all are reviewed today."
        ),
    ] = None,
    allow_missing: Annotated[
        bool,
        typer.Option(
            "--allow-missing",
            help="Items that only one of sales and stock knows get order 0 and the flag by_hand; "
            "by default they stop the command.",
        ),
    ] = False,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", "--force", help="Replace an existing file of orders.")
    ] = False,
) -> None:
    """Write today's order of every item."""
    from replenish.bundle import load_bundle
    from replenish.morning.as_of import day_of
    from replenish.morning.ordered_by import check_policy
    from replenish.morning.shop_files import Day, ShopFiles
    from replenish.morning.shop_files import recommend as orders_for

    check_policy(policy)
    suffix = _check_target(out, overwrite)
    for path in (sales, stock, items, open_orders, plan):
        if path is not None and path.resolve() == out.resolve():
            raise InputError(f"{out}: orders would replace a file that they are made of; {_OTHER}")
    day = Day(
        day_of(as_of, "--as-of"),
        day_of(reviewed_from, "--reviewed-from") if reviewed_from is not None else None,
        allow_missing,
    )
    files = ShopFiles(sales, stock, items, open_orders, plan)
    result = orders_for(load_bundle(bundle), files, day, policy)
    _write_table(result.orders, out, suffix, overwrite)
    for line in (
        *_summary(result.orders, as_of, policy),
        *(f"note: {note}" for note in result.notes),
    ):
        typer.echo(line)
    typer.echo(f"orders written to {out}")


@app.command()
def sample(
    out: Annotated[Path, _path("New folder for the six tables.")],
    seed: Annotated[int, typer.Option(min=0, help="Another seed is another shop.")] = 1,
    n_items: Annotated[int, typer.Option("--items", min=1, help="Number of items.")] = 120,
    n_days: Annotated[
        int, typer.Option("--days", min=60, max=20_000, help="Days of history.")
    ] = 1100,
) -> None:
    """Write made-up sales, items, plan, stock, open and past orders to try things with."""
    from replenish.data.sample import sample_tables, write_sample
    from replenish.files import new_folder_atomic

    with new_folder_atomic(out) as folder:
        paths = write_sample(folder, sample_tables(n_items, n_days, seed))
    for path in paths:
        typer.echo(str(out / path.name))


@app.command()
def inspect(
    bundle: Annotated[Path, typer.Argument(help="Folder bundle/ of a run.", readable=False)],
) -> None:
    """Check a bundle and print what it holds."""
    from replenish.bundle import load_bundle
    from replenish.bundle_text import bundle_text

    typer.echo(bundle_text(load_bundle(bundle)))


@app.command()
def optimum(  # noqa: PLR0913 - one parameter per option
    *,
    demand: Annotated[
        str,
        typer.Option(
            help="poisson, geometric, negative_binomial, or a .csv of past demands (demand)."
        ),
    ] = "poisson",
    mean: Annotated[float, typer.Option(help="Mean demand, units per period.")] = 5.0,
    std: Annotated[float, typer.Option(help="Its spread, for negative_binomial.")] = 0.0,
    lead_time: Annotated[float, typer.Option(help="Periods from order to receipt, 1 or more.")],
    holding_cost: Annotated[float, typer.Option(help="Per unit left at a period's end.")] = 1.0,
    shortage_cost: Annotated[float, typer.Option(help="Per unit of lost demand.")],
    fixed_order_cost: Annotated[float, typer.Option(help="Per order placed.")] = 0.0,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead.")] = False,
) -> None:
    """Solve one item's lost-sales problem exactly; compare simple rules at their best."""
    import json

    from replenish.exact.lost_sales import LostSales
    from replenish.exact.optimum import compare, demand_named

    demanded = demand_named(demand, mean, std)
    periods: Any = lead_time  # whole ones; the problem says so if not
    found = compare(LostSales(demanded, periods, holding_cost, shortage_cost, fixed_order_cost))
    typer.echo(json.dumps(found.as_dict(), indent=2) if as_json else found.as_text())


def _check_target(out: Path, overwrite: bool) -> str:
    """Return the suffix of the file of orders; refuse one that cannot be written, early."""
    from replenish.files import check_new_file

    suffix = out.suffix.lower()
    if suffix not in (".csv", ".parquet"):
        raise InputError(f"{out}: unknown kind of file {suffix!r}; write .csv or .parquet")
    check_new_file(out, overwrite=overwrite, way_out=_OVERWRITE)
    return suffix


_OTHER = "choose another name"
_OVERWRITE = "choose another name or add --overwrite"


def _write_table(orders: "pd.DataFrame", out: Path, suffix: str, overwrite: bool) -> None:
    """Write the orders whole; whole numbers stand without a decimal point."""
    from replenish.files import new_file_atomic
    from replenish.morning.order_table import whole_numbers

    with new_file_atomic(out, overwrite=overwrite, way_out=_OVERWRITE) as temporary:
        if suffix == ".parquet":
            orders.to_parquet(temporary, index=False)
        else:
            whole_numbers(orders).to_csv(temporary, index=False)


def _summary(orders: "pd.DataFrame", as_of: str, policy: str) -> list[str]:
    """Return a short table about the orders."""
    flags = orders["flags"].str.split()
    counts = flags.explode().value_counts()
    lines = [
        ("items", f"{len(orders):,}"),
        ("with an order", f"{int((orders['order'] > 0).sum()):,}"),
        ("units ordered", f"{orders['order'].sum():,.10g}"),
        ("decided by the fallback", f"{int(counts.get('fallback', 0)):,}"),
        ("to decide by hand", f"{int(counts.get('by_hand', 0)):,}"),
    ]
    others = [f"{name} {number}" for name, number in counts.items()]
    lines.append(("flags", ", ".join(others) or "none"))
    return [
        f"orders as of {as_of}, by {policy}",
        *(f"  {name:<25}{value}" for name, value in lines),
    ]


if __name__ == "__main__":
    main()
