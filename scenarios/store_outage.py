"""Store outage: temporary grant, then confirmed."""

from mockserver.lifecycle import Scenario, after, day, store
from mockserver.lifecycle.catalogue import MONTHLY

SCENARIO = Scenario(
    product=MONTHLY,
    timeline=[
        day(0, store.grants_in_outage(MONTHLY)),
        after(store.confirms_purchase(), hours=5),
    ],
    ends="active",
)
