"""Endpoints 17 and 18: a user's profile by mpid, or by an immutable identity (mparticle.md §7)."""

import pytest

from mockserver.app import create_app, parts_of
from mockserver.settings import Settings

ALL = "device_identities,user_identities,user_attributes,audience_memberships,attribution"
ALWAYS = {
    "mpid", "created_timestamp_ms", "last_stored_timestamp_ms", "is_opted_out", "limit_ad_tracking",
    "account_userattributes",
}  # fmt: skip
MPID = 5501234567890123456
NOW_MS = 1768471200000
STAMP = "1b4469f3-fb1f-4ba7-8a67-05d1ce4b9d8a"


@pytest.fixture
def profiles(world):
    """Asks for profiles with a token of the tenant's client."""
    return Profiles(world)


class Profiles:
    def __init__(self, world):
        self.world = world
        self.own = world.own
        self.token = self.fresh_token()

    def fresh_token(self):
        wanted = {name: self.own[name] for name in ("client_id", "client_secret")}
        body = {**wanted, "audience": "https://api.mparticle.com", "grant_type": "client_credentials"}
        return self.world("POST", "/oauth/token", body, authorization=None).json["access_token"]

    def place(self, **other):
        own = {name: self.own[name] for name in ("org_id", "account_id", "workspace_id")} | other
        return f"{own['org_id']}/{own['account_id']}/{own['workspace_id']}"

    def get(self, mpid=MPID, fields=ALL, *, method="GET", place=None, query=None, **headers):
        path = f"/userprofile/v1/{place or self.place()}/{mpid}?{f'fields={fields}' if query is None else query}"
        return self.world(method, path, **{"authorization": f"Bearer {self.token}", **headers})

    def resolve(self, body, fields=ALL, *, place=None, **headers):
        path = f"/userprofile/v1/resolve/{place or self.place()}?fields={fields}"
        return self.world("POST", path, body, **{"authorization": f"Bearer {self.token}", **headers})

    def find(self, value="c-1", kind="customer_id", environment="production", **more):
        body = {"environment_type": environment, "identity": {"type": kind, "value": value}}
        return self.resolve(body, **more)


@pytest.fixture
def batch(world):
    """Posts a batch about a user, by mpid unless said otherwise."""

    def post(**members):
        body = {"mpid": MPID, **members}
        assert world("POST", "/v2/events", body).status_code == 202

    return post


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_profile_has_the_documented_form(profiles, batch, world, method):
    """Endpoint 17; §14: profile by mpid, both methods. Trap 4: here the mpid is a JSON number."""
    world.set(audiences={str(MPID): [{"audience_id": 4711, "audience_name": "VIP"}]})
    batch(
        user_identities={"customer_id": "c-1"},
        device_info={"android_uuid": "87ab", "limit_ad_tracking": True},
        user_attributes={"tier": "gold", "tags": ["a", "b"], "ltv": 99.5},
    )
    answer = profiles.get(method=method)
    assert (answer.status_code, answer.content_type) == (200, "application/json")
    assert answer.json == {
        "mpid": MPID,
        "created_timestamp_ms": NOW_MS,
        "last_stored_timestamp_ms": NOW_MS,
        "is_opted_out": False,
        "limit_ad_tracking": True,
        "account_userattributes": None,
        "device_identities": [{"type": "android_id", "encoding": "none", "value": "87ab"}],
        "user_identities": [{"type": "customer_id", "encoding": "none", "value": "c-1"}],
        "user_attributes": {"tier": "gold", "tags": ["a", "b"], "ltv": "99.5"},
        "audience_memberships": [{"audience_id": 4711, "audience_name": "VIP", "expiration_timestamp_ms": None}],
        "attribution": None,
    }
    assert f'"mpid":{MPID},'.encode() in answer.data


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("gold", "gold"), ("", ""), (5, "5"), (99.5, "99.5"), (-1, "-1"), (2**53 + 1, "9007199254740993"),
        (True, "true"), (False, "false"), (["a", 1], ["a", "1"]), ([], []), (None, None),
    ],
)  # fmt: skip
def test_scalars_are_text_lists_stay_and_tags_are_null(profiles, batch, sent, shown):
    """§7: scalar attributes are strings. Trap 10: null is a tag, not a deletion."""
    batch(user_attributes={"one": sent})
    assert profiles.get(fields="user_attributes").json["user_attributes"] == {"one": shown}


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("android_uuid", "android_id"), ("android_advertising_id", "google_advertising_id"),
        ("ios_advertising_id", "ios_advertising_id"), ("ios_idfv", "ios_vendor_id"),
        ("roku_advertising_id", "roku_advertising_id"), ("roku_publisher_id", "roku_publisher_id"),
        ("fire_advertising_id", "fire_advertising_id"), ("microsoft_advertising_id", "microsoft_advertising_id"),
        ("microsoft_publisher_id", "microsoft_publisher_id"), ("push_token", "unknown"), ("amp_id", "unknown"),
    ],
)  # fmt: skip
def test_devices_have_the_profile_apis_names(profiles, batch, name, kind):
    batch(device_info={name: STAMP})
    shown = profiles.get(fields="device_identities").json["device_identities"]
    assert shown == [{"type": kind, "encoding": "none", "value": STAMP}]


def test_device_stamp_has_no_name(profiles, batch):
    batch(mp_deviceid=STAMP)
    assert profiles.get().json["device_identities"] == [{"type": "unknown", "encoding": "none", "value": STAMP}]


def test_users_identities_have_the_names_of_batches(profiles, batch):
    """§3.6: Profile API and outbound batches use the Events API names."""
    batch(user_identities={"customerid": "c-1", "other_id_2": "o-2", "mobile_number": "+1"})
    kinds = [one["type"] for one in profiles.get().json["user_identities"]]
    assert sorted(kinds) == ["customer_id", "mobile_number", "other_id_2"]


@pytest.mark.parametrize("field", ALL.split(","))
def test_only_named_fields_are_shown(profiles, batch, field):
    batch(user_attributes={"tier": "gold"})
    assert profiles.get(fields=field).json.keys() == ALWAYS | {field}


def test_fields_are_separated_by_commas(profiles, batch):
    batch()
    shown = profiles.get(fields="user_attributes,%20attribution").json
    assert shown.keys() == ALWAYS | {"user_attributes", "attribution"}


@pytest.mark.parametrize("query", ["", "fields=", "fields=,", "field=attribution", "fields=attributes", "fields=MPID"])
def test_fields_are_required_and_known(profiles, batch, query):
    batch()
    answer = profiles.get(query=query)
    assert (answer.status_code, "parameter fields" in answer.json["errors"][0]["message"]) == (400, True)


@pytest.mark.parametrize("mpid", ["x", "1.5", str(2**63), "5501234567890123456x", "-", "0"])
def test_mpid_is_a_64_bit_integer(profiles, mpid):
    answer = profiles.get(mpid)
    assert (answer.status_code, "64-bit integer" in answer.json["errors"][0]["message"]) == (400, True)


def test_negative_mpid_is_one(profiles, batch):
    batch(mpid=-5)
    assert profiles.get(-5).json["mpid"] == -5


def test_unknown_profile_is_400(profiles, world):
    """§7: 400 for an unknown profile, not 404."""
    answer = profiles.get(77)
    assert (answer.status_code, answer.json) == (
        400,
        {"errors": [{"code": "BAD_REQUEST", "message": "There is no profile 77."}]},
    )
    assert "unknown-profile" in world.findings


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer x.y.z", "Basic eDp5"])
def test_without_a_token_of_ours_it_is_401(profiles, header):
    """§14: exact 401 bodies are not documented, so there is none."""
    answers = [profiles.get(authorization=header), profiles.find(authorization=header)]
    assert [(one.status_code, one.data) for one in answers] == [(401, b"")] * 2


def test_a_token_ends_after_eight_hours(profiles, batch, world):
    batch()
    world.stand(hours=8)
    assert profiles.get().status_code == 401


@pytest.mark.parametrize("name", ["org_id", "account_id", "workspace_id"])
def test_somebody_elses_place_is_403(profiles, batch, name):
    batch(user_identities={"customer_id": "c-1"})
    elsewhere = profiles.place(**{name: "1"})
    answers = [profiles.get(place=elsewhere), profiles.find(place=elsewhere)]
    assert [(one.status_code, one.data) for one in answers] == [(403, b"")] * 2


def test_any_credentials_open_any_place(tmp_path):
    """With `--accept-any-credentials` the numbers in the path are as good as the token."""
    app = create_app(Settings(storage=tmp_path, accept_any_credentials=True))
    try:
        client = app.test_client()
        assert client.post("/mparticle/v2/events", json={"mpid": 5}).status_code == 202
        answer = client.get(
            "/mparticle/userprofile/v1/1/2/3/5?fields=user_identities", headers={"authorization": "Bearer any"}
        )
        assert (answer.status_code, answer.json["mpid"]) == (200, 5)
    finally:
        parts_of(app).close()


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("operation", ["profile", "resolve_profile"])
@pytest.mark.parametrize(("ordered", "told"), [({"retry_after": 7}, "7"), ({}, None)])
def test_ordered_throttling_says_when_to_retry(profiles, world, status, operation, ordered, told):
    """§7: 429 with Retry-After, or as it was ordered."""
    fault = f"/_mock/api/v1/faults/mparticle/{operation}?tenant={world.tenant.name}"
    assert world.client.put(fault, json={"status": status, **ordered}).status_code < 300
    answer = profiles.get() if operation == "profile" else profiles.find()
    assert (answer.status_code, answer.headers.get("retry-after")) == (status, told)
    assert answer.json["errors"][0].keys() == {"code", "message"}


@pytest.mark.parametrize(("method", "path", "status"), [("PUT", "/1/2/3/4", 405), ("GET", "/1/2", 404)])
def test_other_paths_and_methods_are_refused_in_its_shape(world, method, path, status):
    answer = world(method, f"/userprofile/v1{path}")
    assert (answer.status_code, answer.json["errors"][0].keys()) == (status, {"code", "message"})


def test_customer_id_finds_the_user(profiles, batch):
    """Endpoint 18."""
    batch(user_identities={"customer_id": "c-1"}, user_attributes={"tier": "gold"})
    answer = profiles.find(fields="user_attributes")
    assert (answer.status_code, answer.json["mpid"]) == (200, MPID)
    assert answer.json.keys() == ALWAYS | {"user_attributes"}


def test_resolving_stays_in_its_environment(profiles, batch):
    """§10: development's users are not production's."""
    batch(user_identities={"customer_id": "c-1"}, environment="development")
    assert profiles.find(environment="development").json["mpid"] == MPID
    assert profiles.find(environment="production").status_code == 400


def test_unknown_identity_is_400(profiles, world):
    answer = profiles.find("nobody")
    assert (answer.status_code, answer.json["errors"][0]["code"]) == (400, "BAD_REQUEST")
    assert world.findings["unknown-profile"].path == "/identity/value"


def test_other_identities_are_not_immutable(profiles, batch):
    """§7: immutable identity types only."""
    batch(user_identities={"email": "a@example.com"})
    answer = profiles.find("a@example.com", "email")
    assert answer.status_code == 400
    assert "An immutable identity is expected (customer_id)" in answer.json["errors"][0]["message"]


def test_owner_says_which_identities_are_immutable(profiles, batch, world):
    world.set(immutable_ids=["other"])
    batch(user_identities={"other": "o-1", "customer_id": "c-1"})
    assert profiles.find("o-1", "other").json["mpid"] == MPID
    assert profiles.find("c-1", "customer_id").status_code == 400


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"\xff", [], None, "x", {},
        {"identity": {"type": "customer_id", "value": "c-1"}},
        {"environment_type": "test", "identity": {"type": "customer_id", "value": "c-1"}},
        {"environment_type": "production"},
        {"environment_type": "production", "identity": "c-1"},
        {"environment_type": "production", "identity": {"type": "customer_id"}},
        {"environment_type": "production", "identity": {"value": "c-1"}},
        {"environment_type": "production", "identity": {"type": "customer_id", "value": ""}},
        {"environment_type": "production", "identity": {"type": "customer_id", "value": ["c-1"]}},
        {"environment_type": "production", "identity": {"type": 5, "value": "c-1"}},
    ],
)  # fmt: skip
def test_body_of_resolve_is_checked(profiles, batch, body):
    batch(user_identities={"customer_id": "c-1"})
    answer = profiles.resolve(body if body is not None else b"null")
    assert (answer.status_code, answer.json["errors"][0]["code"]) == (400, "BAD_REQUEST")


def test_fields_are_required_for_resolve_too(profiles, batch):
    batch(user_identities={"customer_id": "c-1"})
    assert profiles.find(fields="").status_code == 400


def test_audiences_are_those_of_the_setting(profiles, batch, world):
    world.set(audiences={"*": [1], "77": [2], str(MPID): [{"audience_id": 3, "expiration_timestamp_ms": 5}]})
    batch()
    assert profiles.get().json["audience_memberships"] == [
        {"audience_id": 1, "audience_name": "Audience 1", "expiration_timestamp_ms": None},
        {"audience_id": 3, "audience_name": "Audience 3", "expiration_timestamp_ms": 5},
    ]


def test_seeded_attributes_are_shown_beside_the_users(profiles, batch, world):
    """§8: seeds and the user attributes that come with them."""
    batch(user_attributes={"tier": "gold"})
    seed = {"calculation_type": "sum", "cutoff_date": "2026-01-01", "seed": {"value": 100.5}}
    body = {
        "environment": "production",
        "mpid": MPID,
        "calculated_attributes": {"workspace": [{"attribute_name": "LTV", **seed}]},
        "user_attributes": {"workspace": [{"attribute_name": "plan", "attribute_value": "free"}]},
    }
    assert world("POST", "/v2/calculatedattributes/", body).status_code == 202
    shown = profiles.get().json["user_attributes"]
    assert shown == {"tier": "gold", "plan": "free", "LTV": "100.5"}


def test_profile_moves_with_the_clock(profiles, batch, world):
    batch(user_attributes={"tier": "gold"})
    world.stand(hours=5)
    batch(user_attributes={"tier": "silver"})
    shown = profiles.get().json
    assert (shown["created_timestamp_ms"], shown["last_stored_timestamp_ms"]) == (NOW_MS, NOW_MS + 5 * 3_600_000)
    assert shown["user_attributes"] == {"tier": "silver"}


def test_profile_expires_after_thirty_days(profiles, batch, world):
    """§7: profiles expire after 30 days of inactivity by default."""
    batch()
    world.stand(days=30)
    profiles.token = profiles.fresh_token()
    assert profiles.get().status_code == 200
    world.stand(days=30, hours=1)
    assert profiles.get().status_code == 400
    assert "has expired on 2026-02-14, after 30 days" in world.findings["unknown-profile"].message


def test_profile_may_be_kept_for_ever(profiles, batch, world):
    world.set(profile_days=0)
    batch()
    world.stand(days=4000)
    profiles.token = profiles.fresh_token()
    assert profiles.get().status_code == 200


def test_opt_out_is_shown(profiles, batch):
    batch(events=[{"event_type": "opt_out", "data": {"is_opted_out": True}}])
    assert profiles.get().json["is_opted_out"] is True


def test_journal_knows_whom_a_call_was_about(profiles, batch, world):
    batch(user_identities={"customer_id": "c-1"})
    profiles.find()
    assert world.parts[0].subjects == (("mpid", str(MPID)), ("customer_id", "c-1"))
