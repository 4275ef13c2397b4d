"""Routes of customers. See test_access.py."""

MEET = "owner manager analyst front_line"
WORK = "owner manager analyst"
CUSTOMER = {"key": "$customer"}  # the same keys in both workspaces: they hold the same file

ROUTES = {
    "customers:list": {"roles": MEET, "get": 200},
    "customers:alike": {"roles": WORK, "get": 200},
    "customers:one": {"roles": MEET, "kwargs": CUSTOMER, "get": 200, "foreign": None},
    "customers:merge": {"roles": WORK, "kwargs": CUSTOMER, "get": 200, "post": {}, "foreign": None},
    "customers:unmerge": {"roles": WORK, "kwargs": {"pk": "$merge"}, "post": {}, "foreign": 302},
}


def prepare(workspace, people):
    from balm.web.customers.models import Merge
    from balm.web.site.paths import workspace_dir

    merge = Merge.objects.create(workspace=workspace, into="a", keys=["b"], by=people["analyst"])
    return {"customer": some_customer(workspace_dir(workspace)), "merge": merge.pk}


def some_customer(folder):
    """A customer of the analyzed comments."""
    import duckdb

    from balm.lake import tables

    files = tables.files(folder, "feedback")
    [(key,)] = duckdb.sql(f"SELECT min(customer) FROM read_parquet({files!r})").fetchall()
    return key
