"""Trial cancelled, turned on again, converts."""

from mockserver.lifecycle import Scenario, day, store, user
from mockserver.lifecycle.catalogue import MONTHLY

SCENARIO = Scenario(
    product=MONTHLY,
    timeline=[
        day(0, user.starts_trial()),
        day(3, user.turns_renewal_off()),
        day(5, user.turns_renewal_on()),
        day(7, store.converts_trial()),
    ],
    ends="active",
)
