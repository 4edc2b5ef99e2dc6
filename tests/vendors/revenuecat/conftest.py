"""A subscriber's life built by hand, one lifecycle event after another, and what RevenueCat makes of it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import orjson
import pytest

from mockserver.lifecycle.events import Kind, LifecycleEvent
from mockserver.lifecycle.ids import SeededIds
from mockserver.lifecycle.subscriber import (
    Device,
    PeriodType,
    Person,
    Product,
    ProductKind,
    Reason,
    State,
    Store,
    Subscriber,
    Subscription,
    Transaction,
)
from mockserver.vendors.contract import Writing
from mockserver.vendors.revenuecat import VENDOR, dialect

T0 = datetime(2026, 1, 15, 10, tzinfo=UTC)
MONTH = timedelta(days=31)
MONTHLY = Product(id="premium.monthly", price=Decimal("9.99"), period="P1M")
PRO = Product(id="pro.monthly", price=Decimal("19.99"), period="P1M", level=2)
ON_ANDROID = {Store.PLAY_STORE, Store.AMAZON}


def device_for(store):
    if store in ON_ANDROID:
        return Device(id="d-2", platform="android", gaid="8a7c1f6e-0000-4000-8000-000000000001", ip="203.0.113.7")
    return Device(id="d-1", platform="ios", idfa="11111111-2222-4333-8444-555555555555", idfv="A-B", ip="203.0.113.7")


def make_person(key="user", store=Store.APP_STORE, **changes):
    person = Person(
        key=key,
        customer_id=f"{key}-1",
        anonymous_id=f"{0 if key == 'user' else 1}".rjust(32, "a"),
        mpid="1234567890123456789",
        known_ids=(f"{key}-1",),
        devices=(device_for(store),),
    )
    return replace(person, **changes)


class Life:
    """One subscription's life: each method is one lifecycle event, kept in `events`."""

    def __init__(self, store=Store.APP_STORE, product=MONTHLY, person=None, **subscription):
        self.person = person or make_person(store=store)
        self.at = T0
        self.events = []
        self.product = product
        self.subscription = None
        self.blank = Subscription(
            original_id="2000000123456789",
            product=product,
            store=store,
            state=State.NONE,
            auto_renew=product.kind is ProductKind.SUBSCRIPTION,
            transactions=(),
            period_start=T0,
            period_end=None,
            access_until=None,
            **subscription,
        )

    def happens(self, kind, state, *, charge=None, **more):
        """Anything; `charge` is a price or a whole transaction, `changes` what else becomes of the subscription."""
        previous = self.subscription
        now = more.pop("subscription", None) or replace(previous or self.blank, state=state, **more.pop("changes", {}))
        transaction = more.pop("transaction", None)
        if charge is not None:
            transaction = charge if isinstance(charge, Transaction) else self.paid(now, charge)
            now = replace(
                now,
                product=transaction.product,
                transactions=(*now.transactions, transaction),
                period_start=transaction.purchased_at,
                period_end=transaction.paid_until,
                access_until=transaction.paid_until,
            )
        event = LifecycleEvent(
            id=f"event-{len(self.events)}",
            kind=kind,
            at=more.pop("at", self.at),
            step=kind.value,
            before=Subscriber(person=self.person, subscriptions=(previous,) if previous else ()),
            after=Subscriber(person=self.person, subscriptions=(now,)),
            subscription=now,
            previous=previous,
            transaction=transaction,
            **more,
        )
        self.subscription = now
        self.events.append(event)
        return self

    def paid(self, subscription, price, *, period_type=PeriodType.NORMAL, product=None, until=MONTH, **more):
        number = len(subscription.transactions) + 1
        return Transaction(
            id=subscription.original_id if number == 1 else f"{subscription.original_id}-{number}",
            original_id=subscription.original_id,
            product=product or subscription.product,
            purchased_at=more.pop("purchased_at", self.at),
            paid_until=None if until is None else self.at + until,
            price=Decimal(price),
            period_type=period_type,
            number=number,
            **more,
        )

    def later(self, **passed):
        self.at += timedelta(**passed)
        return self

    def starts_trial(self):
        charge = self.paid(self.blank, "0", period_type=PeriodType.TRIAL, until=timedelta(days=7))
        return self.happens(Kind.TRIAL_STARTED, State.TRIAL, charge=charge)

    def buys(self, price=None):
        price = self.product.price if price is None else price
        return self.happens(Kind.SUBSCRIPTION_STARTED, State.ACTIVE, charge=price)

    def converts(self):
        return self.later(days=7).happens(Kind.TRIAL_CONVERTED, State.ACTIVE, charge=self.product.price)

    def renews(self, price=None):
        price = self.product.price if price is None else price
        return self.later(days=31).happens(Kind.RENEWED, State.ACTIVE, charge=price)

    def cancels(self, reason=Reason.UNSUBSCRIBED):
        self.later(days=3)
        in_trial = self.subscription.state is State.TRIAL
        kind, state = (
            (Kind.TRIAL_CANCELLED, State.TRIAL_OFF) if in_trial else (Kind.RENEWAL_CANCELLED, State.ACTIVE_OFF)
        )
        changes = {"auto_renew": False, "cancelled_at": self.at, "cancel_reason": reason}
        return self.happens(kind, state, reason=reason, changes=changes)

    def reactivates(self):
        in_trial = self.subscription.state is State.TRIAL_OFF
        changes = {"auto_renew": True, "cancelled_at": None, "cancel_reason": None}
        return self.later(days=1).happens(
            Kind.RENEWAL_REACTIVATED, State.TRIAL if in_trial else State.ACTIVE, changes=changes
        )

    def expires(self, reason=Reason.UNSUBSCRIBED, kind=Kind.EXPIRED):
        self.at = self.subscription.period_end or self.at
        return self.happens(kind, State.EXPIRED, reason=reason, changes={"auto_renew": False})

    def fails(self, *, grace_days=0):
        self.at = self.subscription.period_end
        until = self.at + timedelta(days=grace_days) if grace_days else None
        state = State.GRACE if grace_days else State.RETRY
        return self.happens(
            Kind.BILLING_ISSUE_DETECTED, state, reason=Reason.BILLING_ERROR, changes={"grace_until": until}
        )

    def recovers(self):
        return self.later(days=2).happens(Kind.BILLING_RECOVERED, State.ACTIVE, charge=self.product.price)

    def refunds(self, transaction=None, **more):
        transaction = transaction or self.subscription.latest
        return self.later(days=3).happens(
            Kind.REFUNDED,
            State.REFUNDED,
            transaction=transaction,
            reason=Reason.SUPPORT,
            amount=-transaction.price,
            **more,
        )

    def changes_at_once(self, product=PRO, price=None):
        self.later(days=10)
        charge = self.paid(self.subscription, price or product.price, product=product)
        if self.subscription.store is not Store.PLAY_STORE:
            return self.happens(Kind.PRODUCT_CHANGED, State.ACTIVE, charge=charge, new_product=product)
        fresh = replace(self.subscription, original_id="GPA.9", product=product, transactions=())
        charge = replace(charge, id="GPA.9", original_id="GPA.9", number=1)
        fresh = replace(fresh, transactions=(charge,), period_end=charge.paid_until)
        return self.happens(
            Kind.PRODUCT_CHANGED, State.ACTIVE, subscription=fresh, transaction=charge, new_product=product
        )

    def changes_later(self, product=PRO):
        return self.later(days=10).happens(
            Kind.PRODUCT_CHANGE_SCHEDULED, State.ACTIVE, new_product=product, changes={"pending_product": product}
        )

    def schedules_pause(self):
        resumes = {"resumes_at": self.subscription.period_end + MONTH}
        return self.later(days=10).happens(Kind.PAUSE_SCHEDULED, State.PAUSE_SET, changes=resumes)

    def pauses(self):
        self.at = self.subscription.period_end
        return self.happens(Kind.PAUSED, State.PAUSED, reason=Reason.PAUSED)

    def moves_to(self, other):
        return self.later(days=5).happens(
            Kind.TRANSFERRED,
            State.ACTIVE,
            other_before=Subscriber(person=other),
            other_after=Subscriber(person=other, subscriptions=(self.subscription,)),
        )

    def buys_once(self, kind=Kind.ONE_TIME_PURCHASED):
        period_type = PeriodType.PROMOTIONAL if kind is Kind.PROMO_GRANTED else PeriodType.NORMAL
        until = MONTH if kind is Kind.PROMO_GRANTED else None
        price = "0" if kind is Kind.PROMO_GRANTED else self.product.price
        charge = self.paid(self.blank, price, period_type=period_type, until=until)
        return self.happens(kind, State.GRANTED if until else State.OWNED, charge=charge)


@pytest.fixture
def live():
    """Begin a life in a store."""
    return Life


@pytest.fixture
def someone():
    """Make a person."""
    return make_person


def writing_with(settings):
    return Writing(ids=SeededIds(0), settings={**VENDOR.settings, **settings})


@pytest.fixture
def feed():
    """Every message to mParticle about a life, in order."""

    def write(life, **settings):
        return [one for event in life.events for one in dialect.write_mparticle(event, writing_with(settings))]

    return write


@pytest.fixture
def webhooks():
    """Every webhook about a life, in order."""

    def write(life, **settings):
        return [one for event in life.events for one in dialect.write_webhook(event, writing_with(settings))]

    return write


@pytest.fixture
def body_of():
    """What a message says."""
    return lambda message: orjson.loads(message.body)
