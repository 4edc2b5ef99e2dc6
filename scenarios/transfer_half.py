"""Transfer where only B has an mParticle id."""

from mockserver.lifecycle import Scenario, day, period_end, someone, store, user
from mockserver.lifecycle.catalogue import MONTHLY

SCENARIO = Scenario(
    product=MONTHLY,
    people=[someone("a", has_mpid=False), someone("b")],
    timeline=[
        day(0, user("a").buys(MONTHLY)),
        day(5, user("b").restores()),
        period_end(1, store.renews()),
    ],
    ends="active",
)
