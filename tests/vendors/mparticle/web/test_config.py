"""The web SDK's configuration, and the script that has it before the SDK (mparticle.md §5.1). Endpoints 9 and 10."""

import json

import pytest

CONFIG = "/JS/v2/{key}/config?env=0"
SCRIPT = "/js/v2/{key}/mparticle.js?env=0"


def configured(page, query="?env=0"):
    return json.loads(page.get("/JS/v2/{key}/config" + query).data)


def planned(page, **version):
    """Have the tenant a data plan; what the version's document is."""
    own, document = page.world.own, {"data_points": []}
    body = {
        "data_plan_id": "shop",
        "data_plan_name": "Shop",
        "data_plan_versions": [{"version": 1, "version_document": document, **version}],
    }
    asked = {
        "client_id": own["client_id"],
        "client_secret": own["client_secret"],
        "audience": "https://api.mparticle.com",
        "grant_type": "client_credentials",
    }
    token = json.loads(page.world("POST", "/oauth/token", asked, authorization=None).data)["access_token"]
    path = f"/platform/v2/workspaces/{own['workspace_id']}/plans"
    assert page.world("POST", path, body, authorization=f"Bearer {token}").status_code == 200
    return document


def test_configuration_is_json(page):
    answer = page.get(CONFIG)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    body = json.loads(answer.data)
    assert {"appName", "minWebviewBridgeVersion", "workspaceToken", "kitConfigs", "pixelConfigs", "flags"} == set(body)


def test_flags_are_texts(page):
    """Trap 14: JSON `true` counts as false; `reportBatching` is on whatever it says, so it is not sent."""
    flags = configured(page)["flags"]
    assert all(isinstance(value, str) for value in flags.values())
    assert flags["eventBatchingIntervalMillis"] == "1000"
    assert flags["cacheIdentity"] == "False"
    assert "reportBatching" not in flags


def test_addresses_are_not_echoed(page):
    """The server's configuration replaces the page's own: an address in it would lead away from here."""
    assert not [name for name in configured(page) if name.lower().endswith("url")]
    assert b"mparticle.com" not in page.get(CONFIG).data


def test_it_has_no_etag(page):
    """To the SDK a 304 is as good as no configuration."""
    first = page.get(CONFIG)
    assert "etag" not in first.headers
    assert "last-modified" not in first.headers
    assert page.get(CONFIG, if_none_match="*").status_code == 200


def test_members_can_be_set(page):
    kit = {"name": "Acme", "moduleId": 7}
    page.world.set(web_config={"kitConfigs": [kit], "flags": {"cacheIdentity": True, "offlineStorage": 100}})
    body = configured(page)
    assert body["kitConfigs"] == [kit]
    assert (body["flags"]["cacheIdentity"], body["flags"]["offlineStorage"]) == ("True", "100")
    assert body["flags"]["eventsV3"] == "100"


def test_flag_can_be_taken_out(page):
    page.world.set(web_config={"flags": {"eventsV3": None}})
    assert "eventsV3" not in configured(page)["flags"]


@pytest.mark.parametrize(("on", "flag"), [(True, "True"), (False, "False")])
def test_audiences_are_one_switch(page, on, flag):
    page.world.set(audience_api=on)
    assert configured(page)["flags"]["audienceAPI"] == flag


@pytest.mark.parametrize("path", [CONFIG, SCRIPT])
def test_unknown_key_is_401(page, path):
    answer = page.world("GET", path.format(key="us1-nobody"), authorization=None)
    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (401, "*")


def test_case_of_the_path_matters(page):
    """Trap 16: `/JS/v2/…/config`, but `/js/v2/…/mparticle.js`."""
    assert page.get("/js/v2/{key}/config").status_code == 404
    assert page.get("/JS/v2/{key}/mparticle.js").status_code == 404


@pytest.mark.parametrize("path", [CONFIG, SCRIPT])
def test_customers_domain_has_a_prefix(page, path):
    """§1: `/tags`."""
    assert page.get(f"/tags{path}").status_code == 200


def test_plan_comes_with_the_configuration(page):
    document = planned(page, activated_environment="production")
    page.world.set(plan_blocking={"ev": True, "ea": False, "ua": False, "id": False})
    assert configured(page, "?env=0&plan_id=shop&plan_version=1")["dataPlanResult"] == {
        "dtpn": {
            "vers": {"version": 1, "data_plan_id": "shop", "version_document": document},
            "blok": {"ev": True, "ea": False, "ua": False, "id": False},
        }
    }


def test_plan_without_a_number_is_the_latest(page):
    planned(page, activated_environment="production")
    assert configured(page, "?env=0&plan_id=shop")["dataPlanResult"]["dtpn"]["vers"]["version"] == 1


@pytest.mark.parametrize(("env", "found"), [("1", True), ("0", False)])
def test_plan_is_of_an_environment(page, env, found):
    planned(page, activated_environment="development")
    assert ("dtpn" in configured(page, f"?env={env}&plan_id=shop")["dataPlanResult"]) is found


def test_unknown_plan_is_told(page):
    result = configured(page, "?env=1&plan_id=nothing")["dataPlanResult"]
    assert result.keys() == {"error_message"}
    assert page.rules() == ["unknown-plan"]


@pytest.mark.parametrize(("query", "rules"), [("?env=0", []), ("?env=1", []), ("", ["unknown-environment"])])
def test_environment_is_in_the_query(page, query, rules):
    configured(page, query)
    assert page.rules() == rules


def test_no_plan_is_no_mistake(page):
    assert "dataPlanResult" not in configured(page)
    assert page.rules() == []


@pytest.fixture
def sdk(page, tmp_path):
    """A file in place of the SDK."""
    file = tmp_path / "sdk.js"
    file.write_text("/* some SDK */")
    page.world.set(web_sdk=str(file))
    return file


def test_script_is_configuration_then_sdk_then_start(page, sdk):
    answer = page.get(SCRIPT)
    assert answer.headers["content-type"].startswith("application/javascript")
    text = answer.data.decode()
    places = [text.index(part) for part in ("workspaceToken", "/* some SDK */", "mParticle.init", page.key)]
    assert places == sorted(places)
    assert '"requestConfig":false' in text


def test_script_with_a_plan_keeps_its_choice(page, sdk):
    """The snippet's `dataPlan` is replaced as a whole: its id and version have to be in it."""
    planned(page, activated_environment="production")
    text = page.get("/js/v2/{key}/mparticle.js?env=0&plan_id=shop&plan_version=1").data.decode()
    assert '"dataPlan":{"planId":"shop","planVersion":1,"document":{"dtpn":{"vers":{"version":1' in text


def test_journal_keeps_the_script_without_the_sdk(page, sdk):
    page.get(SCRIPT)
    kept = page.world.entry.answer
    assert b"some SDK" not in kept
    assert b"workspaceToken" in kept
    assert b"the SDK, 14 bytes" in kept


def test_missing_sdk_says_what_to_do(page, tmp_path):
    page.world.set(web_sdk=str(tmp_path / "nothing.js"))
    answer = page.get(SCRIPT)
    assert answer.status_code == 200
    assert answer.data.startswith(b'console.error("mockserver: ')
    assert b"web_sdk" in answer.data
    assert page.rules() == ["web-sdk-missing"]


def test_nothing_but_scripts_is_served(page, tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("secret")
    page.world.set(web_sdk=str(secret))
    answer = page.get(SCRIPT)
    assert b"is no .js file" in answer.data
    assert answer.data.count(b"secret") == 1  # the file's own name


def test_file_that_no_system_has_is_missing_too(page):
    page.world.set(web_sdk="a\0b.js")
    assert page.get(SCRIPT).status_code == 200
    assert page.rules() == ["web-sdk-missing"]
