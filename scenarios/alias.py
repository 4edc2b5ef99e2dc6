"""Anonymous buys, then logs in.

mParticle's id is only known to the app from the login on.
"""

from mockserver.lifecycle import Scenario, day, period_end, someone, store, user
from mockserver.lifecycle.catalogue import MONTHLY

SCENARIO = Scenario(
    product=MONTHLY,
    people=[someone(anonymous=True, has_mpid=False)],
    timeline=[
        day(0, user.buys(MONTHLY)),
        day(2, user.logs_in()),
        period_end(1, store.renews()),
    ],
    ends="active",
)
