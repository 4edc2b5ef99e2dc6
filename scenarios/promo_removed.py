"""Promotional grant, removed early."""

from mockserver.lifecycle import Scenario, day, developer
from mockserver.lifecycle.catalogue import MONTHLY

SCENARIO = Scenario(
    store="promo",
    product=MONTHLY,
    timeline=[
        day(0, developer.grants(period="P1M")),
        day(10, developer.removes_grant()),
    ],
    ends="expired",
)
