"""A Faker provider of mobile users, their devices and store ids: `fake.add_provider(SubscriberProvider)`.

It is the one module here that imports Faker, so nothing else imports it.
"""

from __future__ import annotations

from faker.providers import BaseProvider

from mockserver.lifecycle.people import SeededIds, customer_id_of, make_person, mpid_of
from mockserver.lifecycle.subscriber import Person, Store


class SubscriberProvider(BaseProvider):
    """Adds `subscriber`, `mpid`, `customer_id`, `transaction_id` and `anonymous_id` to a Faker; its seed is theirs."""

    def subscriber(self, platform: str = "ios", *, anonymous: bool = False) -> Person:
        """A person with one device."""
        return make_person(self._ids(), platforms=(platform,), anonymous=anonymous)

    def mpid(self) -> str:
        """The id of a user at mParticle."""
        return mpid_of(self._ids(), "user")

    def customer_id(self) -> str:
        """An app's own id of a user."""
        return customer_id_of(self._ids(), "user")

    def anonymous_id(self) -> str:
        """The id of somebody who has not logged in."""
        return self._ids().hex(32, "anonymous", "user")

    def transaction_id(self, store: str = "app_store") -> str:
        """The id of a first purchase, in the store's form."""
        return self._ids().original(Store(store), "transaction")

    def _ids(self) -> SeededIds:
        return SeededIds(self.generator.random.getrandbits(64))
