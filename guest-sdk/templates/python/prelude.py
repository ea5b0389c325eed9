"""How a job ends, in one line each. An exception that is none of these ends the job too: its traceback is told in the
job's outcome."""

from componentize_py_types import Err
from wit_world.imports import types


def _outcome(status, summary, outputs):
    outputs = [types.NamedText(name, str(text)) for name, text in outputs.items()]
    return types.Outcome(status, summary, outputs, None)


def done(summary, **outputs):
    """`return done("blocked 192.0.2.1", address="192.0.2.1")`"""
    return _outcome(types.Status.DONE, summary, outputs)


def skipped(summary, **outputs):
    """There was nothing to do."""
    return _outcome(types.Status.SKIPPED, summary, outputs)


def simulated(summary, **outputs):
    """It would have been done; the mode is `observe`."""
    return _outcome(types.Status.SIMULATED, summary, outputs)


def transient(message, code=None, retry_after_ms=None):
    """`raise transient("no answer", "timeout", 30_000)`: it may work later."""
    return Err(types.ActionError_Transient(types.Failure(message, code, retry_after_ms)))


def permanent(message, code=None):
    """It will not work for this alert."""
    return Err(types.ActionError_Permanent(types.Failure(message, code, None)))


def misconfigured(message, code=None):
    """It will not work for any alert until the configuration is changed."""
    return Err(types.ActionError_Misconfigured(types.Failure(message, code, None)))


def issue(pointer, message):
    """Something wrong with a configuration, at a JSON pointer. `validate` raises `Err` of a list of them."""
    return types.ConfigIssue(pointer, message)


def kind(value):
    """What a value of JSON is: for telling what was found."""
    names = {dict: "a mapping", list: "a list", str: "a string", bool: "a boolean", type(None): "null"}
    return names.get(type(value), "a number")
