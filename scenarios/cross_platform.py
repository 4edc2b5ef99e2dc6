"""One user, two stores."""

from mockserver.lifecycle import Scenario, day, someone, store, user
from mockserver.lifecycle.catalogue import MONTHLY

SCENARIO = Scenario(
    product=MONTHLY,
    people=[someone(platforms=["ios", "android"])],
    timeline=[
        day(0, user.buys(MONTHLY, on="app_store")),
        day(5, user.buys(MONTHLY, on="play_store")),
        day(6, user.turns_renewal_off(on="app_store")),
        day(31, store.ends_period(on="app_store")),
        day(36, store.renews(on="play_store")),
    ],
    ends=["expired", "active"],
)
