"""{{name}}: an action for Prelude Trigger. Says in the daemon's log what happened, and from where."""

import json

from componentize_py_types import Err
from wit_world import exports
from wit_world.imports import log
from wit_world.imports.types import Mode

from prelude import done, issue, kind, misconfigured, simulated, skipped


def issues(config):
    """What is wrong with a configuration: a list, empty when nothing is."""
    if not isinstance(config, dict):
        return [issue("", f"expected a mapping, found {kind(config)}")]
    unknown = [key for key in config if key != "prefix"]
    found = [issue(f"/{key}", "there is no such key; the only one is `prefix`") for key in unknown]
    if not isinstance(config.get("prefix", ""), str):
        found.append(issue("/prefix", f"expected a string, found {kind(config['prefix'])}"))
    return found


class Handler(exports.Handler):
    def validate(self, config):
        if found := issues(json.loads(config)):
            raise Err(found)

    def run(self, ctx, config, alert):
        config = json.loads(config)
        if wrong := issues(config):
            raise misconfigured(wrong[0].message)

        what = alert.get_text("alert.classification.text")
        if what is None:
            return skipped("the alert does not say what happened")
        addresses = alert.get_all_text("alert.source(*).node.address(*).address")
        sentence = f"{what} from {', '.join(addresses) or 'unknown'}"

        if ctx.mode == Mode.OBSERVE:
            return simulated(f"would say {sentence}")
        log.log(log.Level.INFO, f"{config.get('prefix', 'alert')}: {sentence}", [])
        return done(sentence, addresses=len(addresses))
