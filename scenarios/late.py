"""Late events.

Whoever learns by asking the store hears of the cancellation only at the next asking.
"""

from mockserver.lifecycle import Scenario, day, late, period_end, store, user
from mockserver.lifecycle.catalogue import MONTHLY

SCENARIO = Scenario(
    store="play_store",
    product=MONTHLY,
    timeline=[
        day(0, user.buys(MONTHLY)),
        day(2, user.turns_renewal_off()),
        period_end(1, store.ends_period()),
    ],
    trouble=[
        late("renewal_cancelled", hours=2, fetched_after_days=27),
        late("expired", hours=1),
    ],
    ends="expired",
)
