"""What all tests share: the option that rewrites golden files."""


def pytest_addoption(parser):
    parser.addoption("--update-golden", action="store_true", help="write golden files anew; read the diff, then commit")
