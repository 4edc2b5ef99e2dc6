"""Price increase not accepted."""

from mockserver.lifecycle import Scenario, day, period_end, store, user
from mockserver.lifecycle.catalogue import MONTHLY

SCENARIO = Scenario(
    product=MONTHLY,
    timeline=[
        day(0, user.buys(MONTHLY)),
        day(5, store.announces_price("11.99", notice_days=26)),
        period_end(1, store.ends_period()),
    ],
    ends="expired",
)
