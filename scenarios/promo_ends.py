"""Promotional grant runs out."""

from mockserver.lifecycle import Scenario, day, developer, period_end, store
from mockserver.lifecycle.catalogue import MONTHLY

SCENARIO = Scenario(
    store="promo",
    product=MONTHLY,
    timeline=[
        day(0, developer.grants(period="P1M")),
        period_end(1, store.ends_grant()),
    ],
    ends="expired",
)
