"""Family sharing."""

from mockserver.lifecycle import Scenario, after, day, period_end, store, user
from mockserver.lifecycle.catalogue import MONTHLY

SCENARIO = Scenario(
    product=MONTHLY,
    timeline=[
        day(0, user("owner").buys(MONTHLY)),
        after(user("member").joins_family(), minutes=40),
        day(20, user("owner").stops_sharing()),
        period_end(1, store.renews()),
    ],
    ends=["active", "expired"],
)
