"""One table a model version: filled apart, attached when whole, dropped when the version is.

 parent (partitioned by model_version_id)
 ├── purchase_items_<active version>     answers
 ├── purchase_items_<retired version>    an answer begun under it may still read
     purchase_items_<building version>   a plain table, nobody sees it

Attaching takes no lock that a reader or a writer waits for. Dropping needs the parent for a moment: it gives
up soon rather than let readers queue behind it, and the next run tries again.
"""

import time
from uuid import UUID

import structlog
from django.db import OperationalError, connection, transaction

log = structlog.get_logger(__name__)
_TRIES = 20

PARENTS = {
    "purchase_items": "personalization_purchasevectoritem",
    "purchase_customers": "personalization_purchasevectorcustomer",
    "rankings": "personalization_customerranking",
}
_INDEXES = {
    "purchase_items": (
        "ALTER TABLE {table} ADD PRIMARY KEY (product_id, model_version_id)",
        "CREATE UNIQUE INDEX ON {table} (number, model_version_id)",
        "CREATE INDEX ON {table} USING hnsw (vector halfvec_ip_ops)",
    ),
    "purchase_customers": ("ALTER TABLE {table} ADD PRIMARY KEY (customer_id, model_version_id)",),
    "rankings": ("ALTER TABLE {table} ADD PRIMARY KEY (customer_id, model_version_id)",),
}


def table_of(version_id: UUID, *, kind: str) -> str:
    return f"{kind}_{version_id.hex}"


def create_table(version_id: UUID, *, kind: str) -> str:
    """Empty and without indexes, which are built faster over all rows at once."""
    table = table_of(version_id, kind=kind)
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE {table} (LIKE {PARENTS[kind]} INCLUDING DEFAULTS)")
    return table


def attach_table(version_id: UUID, *, kind: str) -> None:
    table = table_of(version_id, kind=kind)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL maintenance_work_mem = '256MB'")
        for statement in _INDEXES[kind]:
            cursor.execute(statement.format(table=table))
        cursor.execute(f"ANALYZE {table}")
        # With the same words as a constraint the rows need not be read again to see that they belong here.
        cursor.execute(f"ALTER TABLE {table} ADD CHECK (model_version_id = '{version_id}')")
        cursor.execute(f"ALTER TABLE {PARENTS[kind]} ATTACH PARTITION {table} FOR VALUES IN ('{version_id}')")


def drop_tables(version_id: UUID) -> bool:
    """Whether they are gone; False: readers were in the way for two seconds, try again later."""
    for _ in range(_TRIES):
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SET LOCAL lock_timeout = '100ms'")
                for kind in PARENTS:
                    cursor.execute(f"DROP TABLE IF EXISTS {table_of(version_id, kind=kind)}")
                cursor.execute("SET LOCAL lock_timeout = 0")
            return True
        except OperationalError as error:
            if "lock timeout" not in str(error):
                raise
            time.sleep(0.05)
    log.warning("version_tables_kept", version=str(version_id), reason="Readers were in the way.")
    return False
