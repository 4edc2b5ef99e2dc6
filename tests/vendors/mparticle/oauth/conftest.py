"""The token endpoint and what takes its tokens, through a whole app."""

import pytest

from mockserver.app import create_app, parts_of
from mockserver.settings import Settings


@pytest.fixture
def app(tmp_path):
    made = create_app(Settings(storage=tmp_path))
    yield made
    parts_of(made).close()


@pytest.fixture
def tenants(app):
    return parts_of(app).tenants


@pytest.fixture
def tenant(tenants):
    return tenants.get("default")


@pytest.fixture
def own(tenant):
    """The credentials of the tenant's default input."""
    return tenant.credentials("mparticle")


@pytest.fixture
def wanted(own):
    """A whole request for a token."""
    return {
        "client_id": own["client_id"],
        "client_secret": own["client_secret"],
        "audience": "https://api.mparticle.com",
        "grant_type": "client_credentials",
    }


@pytest.fixture
def ask(app):
    client = app.test_client()
    return lambda **request: client.post("/mparticle/oauth/token", **request)
