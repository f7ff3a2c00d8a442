"""ROS parameter files, checked against the models before any node sees them; each error names its file and line."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer
import yaml
from pydantic import BaseModel, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError

from dolbom.errors import UserError
from dolbom.runtime.declarations import Declaration, RosValue, build, declarations
from dolbom.runtime.nodes import NODES, NodeEntry
from dolbom.runtime.robot import RobotParameters

EVERYBODY = "/**"
_SIMULATED = Declaration("use_sim_time", "bool", False, "Take the time from /clock, as a simulator gives it.")


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong in a file."""

    file: Path
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}"


@dataclass(frozen=True)
class _Given:
    value: Any
    line: int


def known(entry: NodeEntry) -> dict[str, Declaration]:
    """Every parameter of a node by name: its own, and those that all nodes share."""
    found = {declaration.name: declaration for declaration in declarations(entry.parameters())}
    for declaration in (*declarations(RobotParameters), _SIMULATED):
        found.setdefault(declaration.name, declaration)
    return found


def check(path: Path) -> tuple[dict[str, dict[str, RosValue]], list[Problem]]:
    """Reads a ROS 2 parameter file (`NODE: ros__parameters: {…}`, `/**` for all nodes).

    Returns:
        The values by node and dotted name, in the types that ROS must be given, and everything that is wrong.

    Raises:
        UserError: if the file cannot be read at all.
    """
    problems: list[Problem] = []
    blocks = _blocks(path, problems)
    values: dict[str, dict[str, RosValue]] = {}
    shared = blocks.pop(EVERYBODY, {})
    tables = {entry.name: known(entry) for entry in NODES}
    every_name = {name for table in tables.values() for name in table}
    for name, given in shared.items():
        if name not in every_name:
            problems.append(Problem(path, given.line, f"no node has a parameter {name!r}{_near(name, every_name)}"))
    for node in blocks:
        if node not in tables:
            line = min((given.line for given in blocks[node].values()), default=1)
            problems.append(Problem(path, line, f"no node {node!r}{_near(node, tables)}"))
    for entry in NODES:
        table, own = tables[entry.name], blocks.get(entry.name, {})
        for name, given in own.items():
            if name not in table:
                problems.append(
                    Problem(path, given.line, f"{entry.name} has no parameter {name!r}{_near(name, table)}")
                )
        merged = {name: given for name, given in (shared | own).items() if name in table}
        if merged:
            values[entry.name] = _validated(entry, table, merged, path, problems)
    unique = sorted(set(problems), key=lambda problem: (problem.line, problem.message))
    return values, unique


def load(path: Path) -> dict[str, dict[str, RosValue]]:
    """As `check`, for whoever needs the values and nothing else.

    Raises:
        UserError: names file and line of the first thing that is wrong.
    """
    values, problems = check(path)
    if problems:
        more = f" (and {len(problems) - 1} more: dolbom parameters check {path})" if len(problems) > 1 else ""
        raise UserError(f"{problems[0]}{more}")
    return values


def write(values: Mapping[str, Mapping[str, RosValue]], path: Path) -> None:
    """Writes values as a ROS parameter file that holds in any namespace.

    Raises:
        OSError: if it cannot be written.
    """
    tree = {f"/**/{node}": {"ros__parameters": dict(own)} for node, own in values.items()}
    path.write_text(yaml.safe_dump(tree, allow_unicode=True, sort_keys=False), encoding="utf-8")


def _blocks(path: Path, problems: list[Problem]) -> dict[str, dict[str, _Given]]:
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise UserError(f"no parameter file {path}", "check the path") from None
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{path} cannot be read: {' '.join(str(error).split())}") from None
    try:
        tree = YAML(typ="rt").load(text)
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        said = f"not YAML: {error.problem or error.context or 'cannot be read'}"
        problems.append(Problem(path, line, " ".join(said.split())))
        return {}
    if tree is None:
        return {}
    if not isinstance(tree, Mapping):
        problems.append(Problem(path, 1, "a parameter file begins with node names, or with /** for all"))
        return {}
    blocks: dict[str, dict[str, _Given]] = {}
    for key, block in tree.items():
        line = _line(tree, key)
        name = EVERYBODY if str(key) in ("/**", "/*", "**") else str(key).rsplit("/", 1)[-1]
        if not isinstance(block, Mapping) or list(block) != ["ros__parameters"]:
            problems.append(Problem(path, line, f"{key}: expects one key below it, ros__parameters"))
            continue
        inner = block["ros__parameters"]
        if inner is None:
            continue
        if not isinstance(inner, Mapping):
            problems.append(Problem(path, _line(block, "ros__parameters"), "ros__parameters expects name: value"))
            continue
        blocks.setdefault(name, {}).update(_flat(inner))
        blocks[name] = blocks.get(name, {})
    return blocks


def _flat(tree: Any, prefix: str = "") -> dict[str, _Given]:
    found: dict[str, _Given] = {}
    for key, value in tree.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping):
            found |= _flat(value, f"{name}.")
        else:
            found[name] = _Given(_plain(value), _line(tree, key))
    return found


def _line(tree: Any, key: Any) -> int:
    return int(tree.lc.key(key)[0]) + 1


def _plain(value: Any) -> Any:
    """ruamel's scalars know where they stand; pydantic and YAML want them bare."""
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    for kind in (bool, int, float, str):
        if isinstance(value, kind):
            return kind(value)
    return value


def _validated(
    entry: NodeEntry, table: dict[str, Declaration], given: dict[str, _Given], path: Path, problems: list[Problem]
) -> dict[str, RosValue]:
    own_names = {declaration.name for declaration in declarations(entry.parameters())}
    shared_names = {declaration.name for declaration in declarations(RobotParameters)} - own_names
    accepted: dict[str, RosValue] = {}
    for model, names in ((entry.parameters(), own_names), (RobotParameters, shared_names)):
        part = {name: one for name, one in given.items() if name in names}
        # A list of zones may stand in YAML as it is; ROS gets it as JSON.
        plain = {
            name: json.dumps(one.value, ensure_ascii=False)
            if table[name].json and not isinstance(one.value, str)
            else one.value
            for name, one in part.items()
        }
        try:
            built = build(model, plain)
        except ValidationError as error:
            for one in error.errors():
                name, line = _where(one["loc"], part)
                problems.append(Problem(path, line, f"{entry.name} {name}: {one['msg']}, not {one['input']!r}"))
            continue
        except ValueError as error:
            line = next((one.line for name, one in part.items() if str(error).startswith(name)), 1)
            problems.append(Problem(path, line, f"{entry.name}: {error}"))
            continue
        for name in part:
            accepted[name] = _ros_value(table[name], plain[name], built)
    if "use_sim_time" in given:
        simulated = given["use_sim_time"]
        if isinstance(simulated.value, bool):
            accepted["use_sim_time"] = simulated.value
        else:
            problems.append(Problem(path, simulated.line, f"use_sim_time is true or false, not {simulated.value!r}"))
    return accepted


def _where(location: tuple[Any, ...], given: dict[str, _Given]) -> tuple[str, int]:
    parts = [str(part) for part in location]
    for length in range(len(parts), 0, -1):
        name = ".".join(parts[:length])
        if name in given:
            return name, given[name].line
    # A rule over several values: the first of them is as good a place as any.
    return ".".join(parts) or "parameters", min((one.line for one in given.values()), default=1)


def _ros_value(declaration: Declaration, given: RosValue, built: BaseModel) -> RosValue:
    if declaration.json or declaration.empty_is_none:
        return "" if given is None else str(given)
    value: Any = built
    for step in declaration.name.split("."):
        value = getattr(value, step)
    if declaration.kind == "double":
        return float(value)
    if declaration.kind == "double_array":
        return [float(item) for item in value]
    if declaration.kind.endswith("_array"):
        return list(value)
    if declaration.kind == "string":
        return str(value)
    assert isinstance(value, bool | int | float) or value is None
    return value


def _near(name: str, known_names: Any) -> str:
    close = difflib.get_close_matches(name, list(known_names), n=1, cutoff=0.6)
    return f"; did you mean {close[0]}?" if close else ""


def rows() -> Iterator[tuple[str, Declaration]]:
    """Every parameter of every node, and those that all share once, under `/**`."""
    for declaration in (*declarations(RobotParameters), _SIMULATED):
        yield EVERYBODY, declaration
    for entry in NODES:
        for declaration in declarations(entry.parameters()):
            yield entry.name, declaration


app = typer.Typer(no_args_is_help=True, help="Check a parameter file, or list every parameter with its range.")
JsonFlag = Annotated[bool, typer.Option("--json", help="For programs.")]


@app.command("check", epilog="Example:  dolbom parameters check home.yaml")
def check_command(
    file: Annotated[Path, typer.Argument(help="A ROS 2 parameter file.")], as_json: JsonFlag = False
) -> None:
    """Checks a ROS parameter file; names line and cure of everything that is wrong in it."""
    values, problems = check(file)
    if as_json:
        listed = [{"file": str(one.file), "line": one.line, "message": one.message} for one in problems]
        typer.echo(json.dumps({"ok": not problems, "problems": listed, "values": values}, ensure_ascii=False))
    else:
        for problem in problems:
            typer.secho(str(problem), fg=typer.colors.RED, err=True)
        if not problems:
            count = sum(len(own) for own in values.values())
            typer.echo(f"{file}: well formed; {count} values for {len(values)} nodes")
    if problems:
        raise typer.Exit(2)


@app.command("list", epilog="Example:  dolbom parameters list --node camera")
def list_command(node: Annotated[str, typer.Option(help="Only this node.")] = "", as_json: JsonFlag = False) -> None:
    """Lists every parameter: type, default, range, meaning."""
    names = {EVERYBODY, *(entry.name for entry in NODES)}
    if node and node not in names:
        raise UserError(f"no node {node!r}{_near(node, names)}", f"there are {', '.join(sorted(names))}")
    found = [(owner, one) for owner, one in rows() if node in ("", owner)]
    if as_json:
        listed = [
            {
                "node": owner,
                "name": one.name,
                "type": one.kind,
                "default": one.default,
                "minimum": one.minimum,
                "maximum": one.maximum,
                "constraints": one.constraints,
                "description": one.description,
                "read_only": one.read_only,
            }
            for owner, one in found
        ]
        typer.echo(json.dumps(listed, ensure_ascii=False))
        return
    from rich.console import Console
    from rich.table import Table

    table = Table("node", "parameter", "type", "default", "range", "what", box=None, pad_edge=False)
    # A name cut short cannot be written into a parameter file.
    for column in table.columns:
        column.overflow = "fold"
    for owner, one in found:
        default = "" if one.default is None else str(one.default)
        table.add_row(owner, one.name, one.kind, default, _range(one), one.description)
    Console().print(table)


def _range(one: Declaration) -> str:
    if one.minimum is None and one.maximum is None:
        return one.constraints
    low = "" if one.minimum is None else f"{one.minimum:g}"
    high = "" if one.maximum is None else f"{one.maximum:g}"
    return f"{low}…{high}"
