"""The tree keeps its promises: imports point one way, vendor folders keep one shape, only one place wires."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "mockserver"

# Each layer may use its own modules and those of the layers above it.
LAYERS = [
    {"errors", "settings"},
    {"lifecycle"},
    {"storage"},
    {"journal"},
    {"faults", "tenants"},
    {"vendors.contract", "vendors.fields", "vendors"},
    {"vendors.*"},
    {"frontdesk", "lane"},
    {"delivery"},
    {"parts"},
    {"control", "ui"},
    {"app"},
    {"tls"},
    {"server", "intercept"},
    {"client"},
    {"cli", "pytest_plugin", "__main__", "__init__"},
]
VENDORS = sorted(path.name for path in (PACKAGE / "vendors").iterdir() if (path / "__init__.py").exists())
FILES = sorted(PACKAGE.rglob("*.py"))


def module_of(path: Path) -> str:
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)


def layer_of(module: str) -> int:
    first, _, rest = module.partition(".")
    if first == "vendors" and rest.split(".")[0] in VENDORS:
        return next(i for i, layer in enumerate(LAYERS) if "vendors.*" in layer)
    names = {first, module}
    return next(i for i, layer in enumerate(LAYERS) if layer & names)


def imports_of(path: Path) -> set[str]:
    """Our own modules that a file imports anywhere, also late or for annotations."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "mockserver":
            base = node.module.removeprefix("mockserver").lstrip(".")
            for alias in node.names:
                whole = f"{base}.{alias.name}".lstrip(".")
                exists = (PACKAGE / (whole.replace(".", "/") + ".py")).exists() or (
                    PACKAGE / whole.replace(".", "/") / "__init__.py"
                ).exists()
                found.add(whole if exists else base or "__init__")
        elif isinstance(node, ast.Import):
            found |= {
                alias.name.removeprefix("mockserver.") for alias in node.names if alias.name.startswith("mockserver.")
            }
    return found


@pytest.mark.parametrize("path", FILES, ids=module_of)
def test_imports_point_one_way(path):
    own = layer_of(module_of(path))
    if module_of(path) == "__init__":
        pytest.skip("the package's public names are looked up late, from every layer")
    wrong = {name for name in imports_of(path) if layer_of(name) > own}
    assert not wrong, f"{module_of(path)} uses {sorted(wrong)}, which come after it"


@pytest.mark.parametrize("path", FILES, ids=module_of)
def test_vendors_do_not_know_each_other(path):
    """The one edge that is true to life: a feed is written in mParticle's batch."""
    parts = module_of(path).split(".")
    if parts[0] != "vendors" or len(parts) < 2 or parts[1] not in VENDORS:
        return
    others = {name for name in imports_of(path) if name.startswith("vendors.") and name.split(".")[1] in VENDORS}
    foreign = {name for name in others if name.split(".")[1] != parts[1]}
    assert foreign <= {"vendors.mparticle.schemas"}


@pytest.mark.parametrize("path", FILES, ids=module_of)
def test_nothing_outside_names_a_vendor(path):
    """Code, not prose: a name or a string that is a vendor's."""
    if module_of(path).startswith("vendors.") and module_of(path).split(".")[1] in VENDORS:
        return
    tree = ast.parse(path.read_text("utf-8"))
    docstrings = {
        node.body[0].value
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
        and isinstance(node.body[0].value, ast.Constant)
    }
    words = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)} | {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in docstrings
    }
    assert not words & set(VENDORS)


@pytest.mark.parametrize("name", VENDORS)
def test_vendor_folder_has_one_shape(name):
    names = {path.stem for path in (PACKAGE / "vendors" / name).glob("*.py")}
    assert {"__init__", "dialect", "errors", "schemas"} <= names


@pytest.mark.parametrize("path", FILES, ids=module_of)
def test_files_stay_readable(path):
    assert len(path.read_text("utf-8").splitlines()) <= 500


def test_only_app_discovers_vendors():
    users = {module_of(path) for path in FILES if "discover()" in path.read_text("utf-8").replace("def discover()", "")}
    assert users <= {"app", "cli.scenarios", "vendors"}
