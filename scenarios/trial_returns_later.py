"""Trial cancelled and expired, subscribes 30 days later."""

from mockserver.lifecycle import Scenario, day, store, user
from mockserver.lifecycle.catalogue import MONTHLY

SCENARIO = Scenario(
    product=MONTHLY,
    timeline=[
        day(0, user.starts_trial()),
        day(3, user.turns_renewal_off()),
        day(7, store.ends_trial()),
        day(37, user.subscribes_again()),
    ],
    ends="active",
)
