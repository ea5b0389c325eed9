// How a job ends, in one line each. An exception that is none of these ends the job too: its message and stack are
// told in the job's outcome.

const ended = (status) => (summary, outputs = {}) => ({
  status,
  summary,
  outputs: Object.entries(outputs).map(([name, text]) => ({ name, text: String(text) })),
  undoToken: null,
});

/** `return done('blocked 192.0.2.1', { address: '192.0.2.1' })`. */
export const done = ended('done');
/** There was nothing to do. */
export const skipped = ended('skipped');
/** It would have been done; the mode is `observe`. */
export const simulated = ended('simulated');

const failed = (tag) => (message, { code = null, retryAfterMs = null } = {}) => ({
  tag,
  val: { message, code, retryAfterMs },
});

/** `throw transient('no answer', { code: 'timeout', retryAfterMs: 30000 })`: it may work later. */
export const transient = failed('transient');
/** It will not work for this alert. */
export const permanent = failed('permanent');
/** It will not work for any alert until the configuration is changed. */
export const misconfigured = failed('misconfigured');

/** Something wrong with a configuration, at a JSON pointer. `validate` throws a list of them. */
export const issue = (pointer, message) => ({ pointer, message });

/** What a value of JSON is: for telling what was found. */
export const kind = (value) =>
  value === null ? 'null' : Array.isArray(value) ? 'a list' : typeof value === 'object' ? 'a mapping' : `a ${typeof value}`;
