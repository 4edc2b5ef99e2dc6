"""Acts: who does what. The actors `user`, `store` and `developer` have one method for each verb of a timeline."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from difflib import SequenceMatcher
from typing import Any, ClassVar, NoReturn, Self

from mockserver.errors import InvalidError
from mockserver.lifecycle.catalogue import PRODUCTS, find_product
from mockserver.lifecycle.rules import Proration, chosen
from mockserver.lifecycle.subscriber import Offer, Product, Store
from mockserver.lifecycle.words import check_word, price_of


class UnknownVerbError(InvalidError, AttributeError):
    """An actor was told to do what it cannot; the sentence names the nearest thing that somebody can."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One thing that somebody does, before anybody knows whether it can happen.

    `verb` is actor and method (`store.renews`). `who` is the person's key (None: whom it fits), `of` and `on` the
    product and store of the subscription concerned where there are several, `chain` its original transaction id.
    """

    verb: str
    phrase: str
    who: str | None = None
    of: str | None = None
    on: Store | None = None
    chain: str | None = None
    words: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        """As it is written in a timeline."""
        actor, _, verb = self.verb.partition(".")
        person = f"({self.who!r})" if self.who else ""
        words = ", ".join(f"{name}={_shown(value)}" for name, value in self.words.items() if value is not None)
        return f"{actor}{person}.{verb}({words})"

    def word(self, name: str, default: Any = None) -> Any:
        """What was said beside the verb."""
        value = self.words.get(name)
        return default if value is None else value

    def saying(self, phrase: str) -> Self:
        """The same act told in other words."""
        return replace(self, phrase=phrase)


def _shown(value: Any) -> str:
    return value.id if isinstance(value, Product) else repr(value)


class Actor:
    """Somebody in a story; `of` and `on` of each verb choose among several subscriptions."""

    name: ClassVar[str] = ""
    __slots__ = ("_who",)

    def __init__(self, who: str | None = None) -> None:
        self._who = who

    def __getattr__(self, verb: str) -> NoReturn:
        if verb.startswith("_"):
            raise AttributeError(verb)
        raise UnknownVerbError(wrong_verb(self.name, verb))

    def _act(self, verb: str, phrase: str, of: Product | None = None, on: str | None = None, /, **words: Any) -> Act:
        for name, value in {"of": of, **words}.items():
            check_word(f"{self.name}.{verb}", name, value)
        return Act(
            verb=f"{self.name}.{verb}",
            phrase=phrase,
            who=self._who,
            of=None if of is None else of.id,
            on=None if on is None else chosen(Store, on),
            words=words,
        )


def _named(product: Product | None) -> str:
    """What is bought, in a phrase."""
    return product.name or product.id if isinstance(product, Product) else ""


class User(Actor):
    """Whoever uses the app; `user("a")` is one of several people."""

    name = "user"
    __slots__ = ()

    def __call__(self, key: str) -> Self:
        """One person of a story with several."""
        return type(self)(key)

    def sees_paywall(self) -> Act:
        """Look at an offer in the app, whether anything is bought or not."""
        return self._act("sees_paywall", "sees a paywall")

    def starts_trial(self, product: Product | None = None, *, days: int | None = None, on: str | None = None) -> Act:
        """Begin the product's free trial, or one of so many days."""
        return self._act("starts_trial", "starts trial", None, on, product=product, days=days)

    def buys(self, product: Product | None = None, *, on: str | None = None) -> Act:
        """Buy at the full price: a subscription, a prepaid period, a consumable or something for life."""
        return self._act("buys", f"buys {_named(product)}".rstrip(), None, on, product=product)

    def buys_at_intro_price(self, product: Product | None = None, *, on: str | None = None) -> Act:
        """Subscribe at the product's introductory price."""
        return self._act("buys_at_intro_price", "buys at the introductory price", None, on, product=product)

    def subscribes_again(self, product: Product | None = None, *, on: str | None = None) -> Act:
        """Come back after a lapse: the same chain or a new one, as the store has it."""
        return self._act("subscribes_again", "subscribes again", None, on, product=product)

    def turns_renewal_off(self, of: Product | None = None, *, on: str | None = None) -> Act:
        """Cancel: access stays until the period ends."""
        return self._act("turns_renewal_off", "turns auto-renew off", of, on)

    def turns_renewal_on(self, of: Product | None = None, *, on: str | None = None) -> Act:
        """Take the cancellation back."""
        return self._act("turns_renewal_on", "turns auto-renew on again", of, on)

    def changes_to(
        self, product: Product, *, mode: str | None = None, at_period_end: bool | None = None, on: str | None = None
    ) -> Act:
        """Upgrade, downgrade or crossgrade; `mode` is Play's, `at_period_end` Stripe's choice."""
        settled = None if mode is None else chosen(Proration, mode)
        return self._act(
            "changes_to",
            f"changes to {_named(product)}",
            None,
            on,
            product=product,
            mode=settled,
            at_period_end=at_period_end,
        )

    def takes_change_back(self, of: Product | None = None, *, on: str | None = None) -> Act:
        """Keep the product after all."""
        return self._act("takes_change_back", "takes the change of product back", of, on)

    def pauses(
        self, *, months: int | None = None, weeks: int | None = None, of: Product | None = None, on: str | None = None
    ) -> Act:
        """Schedule a pause from the period's end on (Play)."""
        return self._act("pauses", "schedules a pause", of, on, months=months, weeks=weeks)

    def takes_pause_back(self, of: Product | None = None, *, on: str | None = None) -> Act:
        """Not pause after all."""
        return self._act("takes_pause_back", "takes the pause back", of, on)

    def resumes(self, of: Product | None = None, *, on: str | None = None) -> Act:
        """End a pause by hand."""
        return self._act("resumes", "resumes by hand", of, on)

    def card_fails(self, of: Product | None = None, *, on: str | None = None) -> Act:
        """Let the card fail from now on; nothing is seen before the store tries it."""
        return self._act("card_fails", "has a card that fails", of, on)

    def fixes_card(self, of: Product | None = None, *, on: str | None = None) -> Act:
        """Pay what is open."""
        return self._act("fixes_card", "fixes the card", of, on)

    def accepts_price(self, of: Product | None = None, *, on: str | None = None) -> Act:
        """Agree to an announced price increase."""
        return self._act("accepts_price", "accepts the new price", of, on)

    def redeems_offer(self, offer: Offer, of: Product | None = None, *, on: str | None = None) -> Act:
        """Redeem an offer while subscribed: the next period is charged at its price."""
        return self._act("redeems_offer", "redeems an offer", of, on, offer=offer)

    def tops_up(self, of: Product | None = None, *, on: str | None = None) -> Act:
        """Buy the next period of a prepaid plan."""
        return self._act("tops_up", "tops up", of, on)

    def logs_in(self, customer_id: str | None = None) -> Act:
        """Stop being anonymous."""
        return self._act("logs_in", "logs in", customer_id=customer_id)

    def restores(self, *, purchases_of: str | None = None, on: str | None = None) -> Act:
        """Restore the purchases of the store account, which move here from whoever has them."""
        return self._act("restores", "restores", None, on, purchases_of=purchases_of)

    def joins_family(self, *, of_owner: str | None = None) -> Act:
        """Get access by family sharing (App Store)."""
        return self._act("joins_family", "gets access by family sharing", of_owner=of_owner)

    def leaves_family(self) -> Act:
        """Leave the family: access by sharing ends."""
        return self._act("leaves_family", "loses access by family sharing")

    def stops_sharing(self, of: Product | None = None) -> Act:
        """Stop sharing with the family."""
        return self._act("stops_sharing", "stops sharing", of)


class StoreActor(Actor):
    """The store: it charges, fails to, gives back, and ends what is not paid."""

    name = "store"
    __slots__ = ()

    def converts_trial(self, of: Product | None = None, *, on: str | None = None) -> Act:
        """Charge for the first time after a free trial."""
        return self._act("converts_trial", "trial converts", of, on)

    def ends_trial(self, of: Product | None = None, *, on: str | None = None) -> Act:
        """End a cancelled trial."""
        return self._act("ends_trial", "trial ends, access ends", of, on)

    def renews(self, of: Product | None = None, *, on: str | None = None) -> Act:
        """Charge for the next period."""
        return self._act("renews", "renews", of, on)

    def ends_period(self, of: Product | None = None, *, on: str | None = None) -> Act:
        """End a subscription that does not renew."""
        return self._act("ends_period", "period ends, access ends", of, on)

    def withdraws_product(self, of: Product | None = None, *, on: str | None = None) -> Act:
        """End a subscription to something no longer sold."""
        return self._act("withdraws_product", "product is no longer sold, access ends", of, on)

    def cancels(self, of: Product | None = None, *, on: str | None = None) -> Act:
        """Turn auto-renew off for a reason of its own, as when a sandbox has renewed often enough."""
        return self._act("cancels", "store cancels", of, on)

    def fails_to_charge(
        self, of: Product | None = None, *, grace_days: int | None = None, on: str | None = None
    ) -> Act:
        """Fail to charge at the period's end, with or without a grace period."""
        return self._act("fails_to_charge", "charge fails", of, on, grace_days=grace_days)

    def recovers(self, of: Product | None = None, *, on: str | None = None) -> Act:
        """Succeed in charging after all."""
        return self._act("recovers", "charge recovered", of, on)

    def ends_grace(self, of: Product | None = None, *, on: str | None = None) -> Act:
        """End the grace period; the store goes on trying."""
        return self._act("ends_grace", "grace ends, access ends", of, on)

    def gives_up(self, of: Product | None = None, *, on: str | None = None) -> Act:
        """Stop trying."""
        return self._act("gives_up", "store gives up", of, on)

    def begins_pause(self, of: Product | None = None, *, on: str | None = None) -> Act:
        """Begin the pause that was scheduled."""
        return self._act("begins_pause", "pause begins, access ends", of, on)

    def resumes(self, of: Product | None = None, *, on: str | None = None) -> Act:
        """End a pause when its time is over, and charge."""
        return self._act("resumes", "resumes, charged", of, on)

    def refunds(
        self, of: Product | None = None, *, period: int | None = None, revoking: bool = True, on: str | None = None
    ) -> Act:
        """Give money back, for the latest period or an earlier one; Play can do so without ending access."""
        phrase = "store refunds" if revoking else "store refunds without revoking"
        return self._act("refunds", phrase, of, on, period=period, revoking=revoking)

    def declines_refund(self, of: Product | None = None, *, on: str | None = None) -> Act:
        """Refuse to give money back."""
        return self._act("declines_refund", "store declines a refund", of, on)

    def reverses_refund(self, of: Product | None = None, *, on: str | None = None) -> Act:
        """Take a refund back (App Store)."""
        return self._act("reverses_refund", "refund reversed", of, on)

    def announces_price(
        self, price: str | Decimal, of: Product | None = None, *, notice_days: int | None = None, on: str | None = None
    ) -> Act:
        """Announce a higher price; it applies once the store's notice is over."""
        return self._act(
            "announces_price", f"increase to {price} announced", of, on, price=price_of(price), notice_days=notice_days
        )

    def defers(self, of: Product | None = None, *, hours: int, on: str | None = None) -> Act:
        """Put a charge off by some hours (Play)."""
        return self._act("defers", "store defers the charge", of, on, hours=hours)

    def grants_in_outage(self, product: Product | None = None) -> Act:
        """Somebody buys while the store cannot be asked: access for a day at most."""
        return self._act("grants_in_outage", "buys while the store cannot be asked", product=product)

    def confirms_purchase(self, of: Product | None = None) -> Act:
        """Answer after an outage: the purchase is real."""
        return self._act("confirms_purchase", "store confirms the purchase", of)

    def ends_grant(self, of: Product | None = None) -> Act:
        """End a grant, or temporary access after an outage, whose time is over."""
        return self._act("ends_grant", "grant ends", of)

    def drops_pending_purchase(self, product: Product | None = None) -> Act:
        """Drop a purchase that was never paid (Play)."""
        return self._act("drops_pending_purchase", "pending purchase is dropped", product=product)


class Developer(Actor):
    """Whoever makes the app, in a dashboard or through an interface of the store."""

    name = "developer"
    __slots__ = ()

    def grants(self, product: Product | None = None, *, period: str = "P1M") -> Act:
        """Give access for nothing, until the period ends."""
        return self._act("grants", "is granted access", product=product, period=period)

    def removes_grant(self, of: Product | None = None) -> Act:
        """Take a grant back before its end."""
        return self._act("removes_grant", "grant removed", of)

    def cancels(self, of: Product | None = None, *, at_once: bool | None = None, on: str | None = None) -> Act:
        """Turn auto-renew off for a user; Stripe can end the subscription with it."""
        phrase = "developer cancels at once" if at_once else "developer turns auto-renew off"
        return self._act("cancels", phrase, of, on, at_once=at_once)

    def refunds(self, of: Product | None = None, *, period: int | None = None, on: str | None = None) -> Act:
        """Give money back and end access."""
        return self._act("refunds", "developer refunds", of, on, period=period, revoking=True)

    def extends(self, of: Product | None = None, *, days: int, on: str | None = None) -> Act:
        """Give days for nothing."""
        return self._act("extends", f"developer extends by {days} days", of, on, days=days)


user = User()
store = StoreActor()
developer = Developer()
ACTORS: Mapping[str, Actor] = {actor.name: actor for actor in (user, store, developer)}


def verbs() -> tuple[str, ...]:
    """Every verb with its actor, as `store.renews`."""
    return tuple(
        f"{name}.{verb}"
        for name, actor in ACTORS.items()
        for verb in vars(type(actor))
        if not verb.startswith("_") and callable(getattr(type(actor), verb))
    )


def make_act(verb: str, who: str | None = None, *, products: Iterable[Product] = PRODUCTS, **words: Any) -> Act:
    """The act that a name says (`user.turns_renewal_off`), for callers who have it as text.

    The words `product` and `of` may be ids of `products`.

    Raises:
        InvalidError: there is no such verb or product, or the verb takes no such words.
    """
    name, _, method = verb.partition(".")
    if verb not in verbs():
        raise UnknownVerbError(wrong_verb(name, method))
    for word in {"product", "of"} & words.keys():
        if isinstance(words[word], str):
            words[word] = find_product(words[word], products)
    try:
        act: Act = getattr(type(ACTORS[name])(who), method)(**words)
    except TypeError as error:
        raise InvalidError(f"{verb} does not take these words: {str(error).rpartition('() ')[2]}.") from error
    return act


def wrong_verb(actor: str, verb: str) -> str:
    """The sentence that answers a verb that nobody has: the nearest right one."""
    nearest = max(verbs(), key=lambda known: _likeness(actor, verb, known))
    return f"{actor or 'nobody'} cannot {verb!r}; did you mean {nearest}()?"


def _likeness(actor: str, verb: str, known: str) -> float:
    """How alike two verbs are, by letters or by words in any order; a little more for the same actor."""
    name, _, other = known.partition(".")
    words, others = set(verb.split("_")), set(other.split("_"))
    by_words = len(words & others) / len(words | others)
    return max(SequenceMatcher(None, verb, other).ratio(), by_words) + 0.2 * (name == actor)
