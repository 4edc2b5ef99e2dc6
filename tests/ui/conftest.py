"""A server with the vendors as they are: the pages know none of them."""

import pytest

from mockserver.app import create_app, parts_of
from mockserver.settings import Settings


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    app = create_app(Settings(storage=tmp_path_factory.mktemp("data")))
    yield app
    parts_of(app).close()


@pytest.fixture(autouse=True)
def as_new(app):
    """Leave nothing behind."""
    yield
    parts, client = parts_of(app), app.test_client()
    for tenant in parts.tenants.all()[1:]:
        client.delete(f"/_mock/api/v1/tenants/{tenant.name}")
    for name in ("default", "nobody"):
        client.post(f"/_mock/api/v1/reset?tenant={name}")


@pytest.fixture
def client(app):
    return app.test_client()


@pytest.fixture
def locked(tmp_path):
    """A browser at a server that wants a control token."""
    app = create_app(Settings(storage=tmp_path / "locked", control_token="sésame"))
    yield app.test_client()
    parts_of(app).close()


@pytest.fixture
def vendor(app):
    """A vendor that takes requests."""
    return next(name for name, vendor in parts_of(app).vendors.items() if vendor.operations)


@pytest.fixture
def refused(app, client):
    """Whatever comes to a vendor of the default tenant is answered 503."""
    for name, vendor in parts_of(app).vendors.items():
        if vendor.operations:
            assert client.put(f"/_mock/api/v1/faults/{name}/*", json={"status": 503}).status_code == 200


@pytest.fixture
def play(client):
    """Play a scenario by the page's form; the page of its run."""

    def play(key, **form):
        answer = client.post("/_mock/play", data={"scenario": key, **form})
        assert answer.status_code == 303, answer.text
        return client.get(answer.location)

    return play
