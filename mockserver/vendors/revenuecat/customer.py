"""A person as RevenueCat knows a customer: ids, aliases, attributes, device and app (revenuecat.md §§6-8)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mockserver.lifecycle.subscriber import Person, Store
from mockserver.vendors.revenuecat.settings import choice, table, value

ANONYMOUS = "$RCAnonymousID:"
IOS, ANDROID = "ios", "android"
_STORE_PLATFORMS = {Store.APP_STORE: IOS, Store.PLAY_STORE: ANDROID, Store.AMAZON: ANDROID}
_PLATFORM_NAMES = {IOS: "iOS", ANDROID: "Android"}
_SPELLINGS = {"iOS": "iOS", "legacy_ios": "iOS", "absent": ""}  # of iOS, other than IOS
_DEVICE_IDS = {  # the name in device_info of each attribute that is a device's id
    IOS: {"$idfa": "ios_advertising_id", "$idfv": "ios_idfv"},
    ANDROID: {
        "$gpsAdId": "android_advertising_id",
        "$amazonAdId": "fire_advertising_id",
        "$androidId": "android_uuid",  # historical: no longer collected
    },
}
_HOUSED = frozenset({"$mparticleId", "$email", "$phoneNumber", *_DEVICE_IDS[IOS], *_DEVICE_IDS[ANDROID]})


def app_user_id(person: Person) -> str:
    """The last seen App User ID."""
    return person.customer_id or f"{ANONYMOUS}{person.anonymous_id}"


def aliases(person: Person) -> list[str]:
    """Every App User ID of the customer, oldest first."""
    known = [f"{ANONYMOUS}{one}" if one == person.anonymous_id else one for one in person.known_ids]
    return list(dict.fromkeys([*known, app_user_id(person)]))


def original_app_user_id(person: Person) -> str:
    """The first App User ID."""
    return aliases(person)[0]


def told_aliases(person: Person, settings: Mapping[str, Any]) -> list[str]:
    """The aliases as they are told: all, or without the current and the original id."""
    if choice(settings, "aliases") == "all":
        return aliases(person)
    return [one for one in aliases(person) if one not in {app_user_id(person), original_app_user_id(person)}]


def transferred_ids(person: Person, settings: Mapping[str, Any]) -> list[str]:
    """How a transfer names one of its sides."""
    return aliases(person) if choice(settings, "transfer_ids") == "all" else [app_user_id(person)]


def attributes(person: Person) -> dict[str, str]:
    """The customer's attributes that are set. Ids of devices cannot change, so those of the first device stay."""
    found = {
        "$mparticleId": person.mpid,
        "$email": person.email,
        "$idfa": _first(person, "idfa"),
        "$idfv": _first(person, "idfv"),
        "$gpsAdId": _first(person, "gaid"),
        "$ip": _first(person, "ip"),
    }
    return {key: text for key, text in {**found, **person.attributes}.items() if text}


def _first(person: Person, name: str) -> str | None:
    for device in person.devices:
        text: str | None = getattr(device, name)
        if text:
            return text
    return None


def platform(person: Person, store: Store, settings: Mapping[str, Any]) -> str | None:
    """Whose feed it is: the store's platform, else the last one seen (open point 4).

    If none ever was, iOS where that is the only feed set up (revenuecat.md §2), else None.
    """
    if store in _STORE_PLATFORMS:
        return _STORE_PLATFORMS[store]
    if person.devices:
        return person.devices[-1].platform
    return IOS if list(value(settings, "feeds")) == [IOS] else None


def user_attributes(person: Person, settings: Mapping[str, Any]) -> dict[str, Any]:
    """What the feed says of the customer: reserved attributes with a home elsewhere are not repeated."""
    known = attributes(person)
    homes = {"$country": person.country, "$mobile": known.get("$phoneNumber")}
    return {
        **{key: text for key, text in homes.items() if text},
        **{f"revenuecat_{key}": text for key, text in known.items() if key not in _HOUSED},
        "revenuecat_aliases": told_aliases(person, settings),
        "revenuecat_app_user_id": app_user_id(person),
        "revenuecat_original_app_user_id": original_app_user_id(person),
    }


def user_identities(person: Person) -> dict[str, str]:
    """The e-mail address, the only identity beside the mpid; never the App User ID."""
    email = attributes(person).get("$email")
    return {"email": email} if email else {}


def device_info(person: Person, store: Store, on: str) -> dict[str, str]:
    """The platform and the ids known of it; what is not set is absent, and all are where none was ever seen (§7)."""
    known = attributes(person) if store in _STORE_PLATFORMS or person.devices else {}
    ids = {name: known[key] for key, name in _DEVICE_IDS[on].items() if known.get(key)}
    return {"platform": _PLATFORM_NAMES[on], **ids}


def application_info(on: str, settings: Mapping[str, Any]) -> dict[str, str]:
    """The app on that platform."""
    spelling = _SPELLINGS.get(choice(settings, "os"), "IOS")
    info = {"application_name": value(settings, "app_name"), "package": table(settings, "packages")[on]}
    if not spelling:
        return info
    return {**info, "os": spelling if on == IOS else _PLATFORM_NAMES[on]}
