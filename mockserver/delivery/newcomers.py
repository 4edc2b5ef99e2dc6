"""Somebody about to become a live subscriber: what was asked for, and whom, what and which first act that means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, Self

from mockserver.delivery.plan import Choice
from mockserver.errors import InvalidError, NotFoundError
from mockserver.lifecycle.acts import Act, make_act
from mockserver.lifecycle.calendar import parse_period
from mockserver.lifecycle.catalogue import find_product
from mockserver.lifecycle.engine import Engine, make_engine
from mockserver.lifecycle.ids import SeededIds, ids_of
from mockserver.lifecycle.people import make_person, platform_of
from mockserver.lifecycle.rules import chosen
from mockserver.lifecycle.subscriber import Environment, Offer, Person, Product, Store

MONTHLY = "premium.monthly"
_GRANT = "P1M"


@dataclass(frozen=True, slots=True, kw_only=True)
class Newcomer:
    """What was asked for. What is left out is made up from the seed.

    `product` is one of the catalogue's, or any with `price` and `period`; `trial` is the length of a free trial to
    begin with. An `anonymous` person has not logged in; one without `has_mpid` is not known to mParticle by the app.
    `buys` False waits for the first act. `vendors` are those whom the app has told of the person; none named means all.
    """

    store: str = Store.APP_STORE
    product: str = MONTHLY
    trial: str | None = None
    price: Decimal | None = None
    period: str | None = None
    customer_id: str | None = None
    anonymous: bool = False
    mpid: str | None = None
    has_mpid: bool = True
    country: str = "US"
    environment: str = Environment.PRODUCTION
    seed: int = 0
    buys: bool = True
    vendors: tuple[str, ...] = ()

    @classmethod
    def of(cls, note: Mapping[str, Any]) -> Self:
        """The newcomer that a note keeps; what it does not know is as usual."""
        known = {field.name for field in fields(cls)}
        given = {name: value for name, value in note.items() if name in known}
        price = given.get("price")
        return cls(
            **{
                **given,
                "price": None if price is None else Decimal(price),
                "vendors": tuple(given.get("vendors", ())),
            }
        )

    def as_note(self) -> dict[str, Any]:
        """As the log keeps it."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {**values, "price": None if self.price is None else str(self.price), "vendors": list(self.vendors)}

    @property
    def choice(self) -> Choice:
        """Who tells of this person."""
        return Choice(vendors=self.vendors)

    def checked(self) -> Self:
        """The same, if it can be meant.

        Raises:
            InvalidError: a store, environment, period or product that there is not.
        """
        chosen(Store, self.store)
        chosen(Environment, self.environment)
        if self.anonymous and self.customer_id is not None:
            raise InvalidError("Who is anonymous has no customer_id: leave one of the two out.")
        self.sold()
        return self

    def sold(self) -> Product:
        """The product, as this person buys it.

        Raises:
            NotFoundError: there is none of that id, and nobody says what it costs and for how long.
        """
        product = self._base()
        if self.price is not None:
            product = product.priced(self.price)
        if self.period is not None:
            parse_period(self.period)
            product = replace(product, period=self.period)
        if self.trial is not None:
            parse_period(self.trial)
            product = replace(product, trial=Offer(type="free_trial", period=self.trial))
        return product

    def _base(self) -> Product:
        try:
            return find_product(self.product)
        except NotFoundError as unknown:
            if self.price is None or self.period is None:
                raise NotFoundError(f"{unknown} A product of your own needs a price and a period.") from None
            return Product(id=self.product, name=self.product, price=self.price, period=self.period)

    def engine(self, number: int, at: datetime) -> Engine:
        """The stores as this person meets them; `number` tells people of one seed apart."""
        return make_engine(
            self._ids(number),
            store=chosen(Store, self.store),
            environment=chosen(Environment, self.environment),
            product=self.sold(),
            origin=at,
        )

    def person(self, number: int, key: str) -> Person:
        """The person; the same number and seed make the same one, whatever the key."""
        made = make_person(
            self._ids(number),
            platforms=(platform_of(chosen(Store, self.store)),),
            anonymous=self.anonymous,
            with_mpid=self.has_mpid,
            customer_id=self.customer_id,
        )
        return replace(made, key=key, country=self.country, mpid=self.mpid or made.mpid)

    def first_act(self, key: str) -> Act:
        """How the person begins: with a trial if one was asked for, else by buying; a grant is given."""
        product = self.sold()
        if self.store == Store.PROMO:
            return make_act("developer.grants", key, product=product, period=product.period or _GRANT)
        return make_act("user.buys" if self.trial is None else "user.starts_trial", key, product=product)

    def _ids(self, number: int) -> SeededIds:
        return ids_of(self.seed, f"subscriber/{number}")
