// SPDX-License-Identifier: MIT OR Apache-2.0

// route: tells the right people, in a text that a chat can show. The first route whose conditions an alert meets says to
// whom; the command `tell`, which the operator grants, sends it. README.md shows a configuration.

import * as commands from 'prelude:trigger/commands@0.1.1';
import * as idmef from 'prelude:trigger/idmef@0.1.1';
import { done, issue, kind, misconfigured, permanent, simulated, skipped, transient } from './prelude.js';
import { cut, inline } from './markdown.js';

const SEVERITIES = ['none', 'info', 'low', 'medium', 'high'];
const GAPS = ['to', 'subject', 'text'];
/** Characters of a whole message, and of a value in it. */
const LONGEST = 3000;
const LONGEST_VALUE = 300;
/** Different values of a path that are shown. */
const MOST_VALUES = 5;

const FIELDS = {
  From: 'alert.source(*).node.address(*).address',
  To: 'alert.target(*).node.name',
  User: 'alert.target(*).user.user_id(*).name',
};

/** A mapping with these keys only; what is wrong with it goes to `found`. */
function mapping(value, pointer, keys, found) {
  if (kind(value) !== 'a mapping') {
    found.push(issue(pointer, `expected a mapping, found ${kind(value)}`));
    return {};
  }
  for (const key of Object.keys(value).filter((key) => !keys.includes(key))) {
    found.push(issue(`${pointer}/${key}`, `there is no such key; there are: ${keys.join(', ')}`));
  }
  return value;
}

function checkPath(path, pointer, found) {
  if (typeof path !== 'string') {
    found.push(issue(pointer, `expected an IDMEF path, found ${kind(path)}`));
    return;
  }
  try {
    if (idmef.describe(path).valueType === 'class') found.push(issue(pointer, `\`${path}\` is a class, which has no value`));
  } catch (error) {
    const { message, suggestion } = error.val ?? {};
    found.push(issue(pointer, `${message ?? error}${suggestion ? `; did you mean \`${suggestion}\`?` : ''}`));
  }
}

function checkRoute(route, pointer, found) {
  const { when = {}, to } = mapping(route, pointer, ['when', 'to'], found);
  if (typeof to !== 'string' || to === '') found.push(issue(`${pointer}/to`, 'whom to tell is missing'));
  const { severity, text } = mapping(when, `${pointer}/when`, ['severity', 'text'], found);
  if (severity !== undefined && !SEVERITIES.includes(severity)) {
    found.push(issue(`${pointer}/when/severity`, `expected one of ${SEVERITIES.join(', ')}`));
  }
  if (text !== undefined && typeof text !== 'string') {
    found.push(issue(`${pointer}/when/text`, `expected a string, found ${kind(text)}`));
  }
}

/** What is wrong with a configuration: a list, empty when nothing is. */
function issues(config) {
  const found = [];
  const { routes, fields = FIELDS } = mapping(config, '', ['routes', 'fields'], found);
  if (!Array.isArray(routes) || routes.length === 0) found.push(issue('/routes', 'expected a list of at least one route'));
  else routes.forEach((route, index) => checkRoute(route, `/routes/${index}`, found));
  if (kind(fields) !== 'a mapping') found.push(issue('/fields', `expected a mapping, found ${kind(fields)}`));
  else Object.entries(fields).forEach(([name, path]) => checkPath(path, `/fields/${name}`, found));
  return found;
}

/** The command must be there and take what we have. */
function checkCommand() {
  try {
    const gaps = commands.describe('tell').map(({ name }) => name);
    const odd = [...gaps.filter((gap) => !GAPS.includes(gap)), ...GAPS.filter((gap) => !gaps.includes(gap))];
    return odd.length === 0 ? [] : [issue('', `command \`tell\` needs the gaps ${GAPS.join(', ')}; look at: ${odd.join(', ')}`)];
  } catch (error) {
    return [issue('', `command \`tell\`: ${error.val ?? error}`)];
  }
}

function meets({ severity, text } = {}, facts) {
  const at = SEVERITIES.indexOf(facts.severity);
  if (severity !== undefined && at < SEVERITIES.indexOf(severity)) return false;
  return text === undefined || facts.text.toLowerCase().includes(text.toLowerCase());
}

function message(alert, context, facts, fields) {
  const lines = [`**${inline(facts.text, LONGEST_VALUE)}** (${facts.severity}), trigger ${inline(context.trigger, LONGEST_VALUE)}`];
  for (const [name, path] of Object.entries(fields)) {
    const values = [...new Set(alert.getAllText(path))];
    if (values.length === 0) continue;
    const more = values.length > MOST_VALUES ? ` and ${values.length - MOST_VALUES} more` : '';
    const shown = values.slice(0, MOST_VALUES).map((value) => inline(value, LONGEST_VALUE));
    lines.push(`${inline(name, LONGEST_VALUE)}: ${shown.join(', ')}${more}`);
  }
  return cut(lines.join('\n'), LONGEST);
}

function tell(gaps) {
  let completed;
  try {
    completed = commands.run('tell', Object.entries(gaps).map(([name, text]) => ({ name, text })));
  } catch (error) {
    const said = error.val?.val?.message ?? error.val?.val ?? error.val ?? error;
    if (error.val?.tag === 'denied' || error.tag === 'denied') throw misconfigured(`command \`tell\`: ${said}`);
    throw permanent(`nobody was told: ${said}`);
  }
  const { ending, stderr } = completed;
  const last = stderr.trim().split('\n').pop();
  if (ending.tag === 'timed-out') throw transient('`tell` took too long', { code: 'timeout' });
  // 75 is sysexits' EX_TEMPFAIL, which mailers end with when the server is away.
  if (ending.tag === 'signalled' || ending.val === 75) throw transient(`\`tell\` was not done: ${last}`);
  if (ending.val !== 0) throw permanent(`\`tell\` ended with status ${ending.val}: ${last}`, { code: 'exit-status' });
}

export const handler = {
  validate(config) {
    const found = [...issues(JSON.parse(config)), ...checkCommand()];
    if (found.length > 0) throw found;
  },

  run(context, config, alert) {
    const { routes, fields = FIELDS } = JSON.parse(config);
    const facts = {
      text: alert.getText('alert.classification.text') ?? 'An alert without a classification',
      severity: alert.getText('alert.assessment.impact.severity') ?? 'none',
    };
    const route = routes.find(({ when }) => meets(when, facts));
    if (route === undefined) return skipped('no route is for an alert like this');
    const gaps = {
      to: route.to,
      subject: cut(inline(facts.text, LONGEST_VALUE), LONGEST_VALUE),
      text: message(alert, context, facts, fields),
    };
    if (context.mode === 'observe') return simulated(`would tell ${route.to}: ${gaps.subject}`, { to: route.to });
    tell(gaps);
    return done(`told ${route.to}: ${gaps.subject}`, { to: route.to, characters: gaps.text.length });
  },
};
