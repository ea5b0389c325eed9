// {{name}}: an action for Prelude Trigger. Says in the daemon's log what happened, and from where.

import * as log from 'prelude:trigger/log@0.1.1';
import { done, issue, kind, misconfigured, simulated, skipped } from './prelude.js';

/** What is wrong with a configuration: a list, empty when nothing is. */
function issues(config) {
  if (kind(config) !== 'a mapping') return [issue('', `expected a mapping, found ${kind(config)}`)];
  const unknown = Object.keys(config).filter((key) => key !== 'prefix');
  const found = unknown.map((key) => issue(`/${key}`, 'there is no such key; the only one is `prefix`'));
  if ('prefix' in config && typeof config.prefix !== 'string') {
    found.push(issue('/prefix', `expected a string, found ${kind(config.prefix)}`));
  }
  return found;
}

export const handler = {
  validate(config) {
    const found = issues(JSON.parse(config));
    if (found.length > 0) throw found;
  },

  run(context, text, alert) {
    const config = JSON.parse(text);
    const wrong = issues(config);
    if (wrong.length > 0) throw misconfigured(wrong[0].message);

    const what = alert.getText('alert.classification.text');
    if (what === null) return skipped('the alert does not say what happened');
    const addresses = alert.getAllText('alert.source(*).node.address(*).address');
    const sentence = `${what} from ${addresses.join(', ') || 'unknown'}`;

    if (context.mode === 'observe') return simulated(`would say ${sentence}`);
    log.log('info', `${config.prefix ?? 'alert'}: ${sentence}`, []);
    return done(sentence, { addresses: addresses.length });
  },
};
