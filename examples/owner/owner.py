# SPDX-License-Identifier: MIT OR Apache-2.0

"""owner: says whose an alert's hosts are, after a list of networks and names that the operator keeps.

The list is a CSV file in a directory that is granted for reading. It is read for each alert: a new list holds at once.
README.md shows a configuration."""

import csv
import ipaddress
import json
from dataclasses import dataclass

from componentize_py_types import Err
from wit_world import exports
from wit_world.imports import idmef, log
from wit_world.imports.types import Mode

from prelude import done, issue, kind, misconfigured, simulated, skipped

PATHS = ["alert.target(*).node.address(*).address", "alert.target(*).node.name"]
COLUMNS = ["what", "owner", "contact", "importance"]
IMPORTANCE = ["low", "medium", "high"]
# More of them are counted and not told.
MOST_VALUES = 50
MOST_LINES = 200_000


@dataclass(frozen=True)
class Entry:
    """A line of the list."""

    line: int
    what: str
    owner: str
    contact: str
    importance: str


def issues(config):
    """What is wrong with a configuration: a list, empty when nothing is."""
    if not isinstance(config, dict):
        return [issue("", f"expected a mapping, found {kind(config)}")]
    found = [
        issue(f"/{key}", "there is no such key; there are: file, paths, unknown")
        for key in config
        if key not in ("file", "paths", "unknown")
    ]
    if not isinstance(config.get("file"), str) or not config["file"].startswith("/"):
        found.append(issue("/file", "the list is missing: a path such as /data/owners.csv, below a directory that is granted"))
    if config.get("unknown", "skip") not in ("skip", "tell"):
        found.append(issue("/unknown", "expected skip or tell"))
    paths = config.get("paths", PATHS)
    if not isinstance(paths, list) or not paths:
        return [*found, issue("/paths", "expected a list of IDMEF paths")]
    for index, path in enumerate(paths):
        if problem := path_problem(path):
            found.append(issue(f"/paths/{index}", problem))
    return found


def path_problem(path):
    """What is wrong with a path, or None."""
    if not isinstance(path, str):
        return f"expected an IDMEF path, found {kind(path)}"
    try:
        info = idmef.describe(path)
    except Err as error:
        if isinstance(error.value, idmef.PathError_Other):
            return error.value.value
        invalid = error.value.value
        return invalid.message + (f"; did you mean `{invalid.suggestion}`?" if invalid.suggestion else "")
    return f"`{path}` is a class, which has no value" if info.value_type == idmef.ValueType.CLASS else None


def canonical(text):
    """An address, or None. An IPv4 address in IPv6's clothes is one of IPv4; a zone means something on one link only."""
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


class Owners:
    """The list: networks by family and length of prefix, longest first, and names."""

    def __init__(self, lines):
        self.names = {}
        self.networks = {4: {}, 6: {}}
        reader = csv.reader(lines, strict=True)
        try:
            for row in reader:
                if reader.line_num > MOST_LINES:
                    raise misconfigured(f"the list has more than {MOST_LINES} lines")
                self.add(reader.line_num, [cell.strip() for cell in row])
        except csv.Error as error:
            raise misconfigured(f"line {reader.line_num} of the list is no CSV: {error}") from None

    def add(self, line, row):
        if not any(row) or row[0].startswith("#") or row == COLUMNS[: len(row)]:
            return
        if len(row) < 2 or len(row) > len(COLUMNS) or not row[1]:
            raise misconfigured(f"line {line} of the list needs {', '.join(COLUMNS[:2])} and may have {', '.join(COLUMNS[2:])}")
        entry = Entry(line, *row, *[""] * (len(COLUMNS) - len(row)))
        if entry.importance not in ("", *IMPORTANCE):
            raise misconfigured(f"line {line} of the list: importance is one of {', '.join(IMPORTANCE)}")
        try:
            network = ipaddress.ip_network(entry.what)
        except ValueError as error:
            if "/" in entry.what or entry.what[0].isdigit():
                raise misconfigured(f"line {line} of the list: {error}") from None
            self.names.setdefault(entry.what.lower().rstrip("."), entry)
        else:
            self.networks[network.version].setdefault(network.prefixlen, {}).setdefault(int(network.network_address), entry)

    def find(self, text):
        """The entry for an address or a name: the narrowest network, or the name itself, or the nearest domain above it."""
        if address := canonical(text):
            bits = address.max_prefixlen
            for length in sorted(self.networks[address.version], reverse=True):
                network = int(address) >> (bits - length) << (bits - length)
                if entry := self.networks[address.version][length].get(network):
                    return entry
            return None
        name = text.lower().rstrip(".")
        if entry := self.names.get(name):
            return entry
        while "." in name:
            name = name.partition(".")[2]
            if entry := self.names.get(f"*.{name}"):
                return entry
        return None


def read(file):
    """The list; what keeps it from being read is the operator's to mend."""
    try:
        with open(file, encoding="utf-8", newline="") as lines:
            return Owners(lines)
    except FileNotFoundError:
        raise misconfigured(f"there is no {file}: is the directory granted, and the list in it?") from None
    except UnicodeDecodeError as error:
        raise misconfigured(f"{file} is not UTF-8: {error}") from None
    except OSError as error:
        raise misconfigured(f"{file} cannot be read: {error.strerror or error}") from None


class Handler(exports.Handler):
    def validate(self, config):
        if found := issues(json.loads(config)):
            raise Err(found)

    def run(self, ctx, config, alert):
        config = json.loads(config)
        texts = dict.fromkeys(text for path in config.get("paths", PATHS) for text in alert.get_all_text(path))
        if not texts:
            return skipped("the alert names no host")
        owners = read(config["file"])
        found = {text: entry for text in list(texts)[:MOST_VALUES] if (entry := owners.find(text))}
        unknown = [text for text in list(texts)[:MOST_VALUES] if text not in found]
        if not found and config.get("unknown", "skip") == "skip":
            return skipped(f"nobody is known to own {', '.join(unknown)}")

        people = dict.fromkeys(entry.owner for entry in found.values())
        ranks = [IMPORTANCE.index(entry.importance) for entry in found.values() if entry.importance]
        outputs = {
            "owner": ", ".join(people) or "unknown",
            "contact": ", ".join(dict.fromkeys(entry.contact for entry in found.values() if entry.contact)),
            "importance": IMPORTANCE[max(ranks)] if ranks else "",
            "unknown": ", ".join(unknown),
        }
        outputs = {name: text for name, text in outputs.items() if text}
        sentence = "; ".join(f"{text} belongs to {entry.owner}" for text, entry in found.items()) or f"{', '.join(unknown)} belongs to nobody known"
        if ctx.mode == Mode.OBSERVE:
            return simulated(f"would say: {sentence}", **outputs)
        level = log.Level.WARN if outputs.get("importance") == "high" else log.Level.INFO
        log.log(level, sentence, [])
        return done(sentence, **outputs)
