// SPDX-License-Identifier: MIT OR Apache-2.0

// Texts that an attacker may have chosen, in a message that people read: shown as they are, and doing nothing.

/** What breaks a line, is not seen, or turns the direction of what follows. */
const UNSEEN = /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g;
/** What Markdown in its dialects gives a meaning to. */
const MARKS = /[\\`*_{}[\]()#+!|<>~^$-]/g;

/** At most so many characters, and a sign that there was more. */
export function cut(text, longest) {
  const characters = [...text];
  return characters.length <= longest ? text : `${characters.slice(0, longest - 1).join('')}…`;
}

/**
 * A value within a line of Markdown. Marks are escaped, a mention (`@here`) mentions nobody, and an address of the web
 * is not one that can be clicked on.
 */
export function inline(text, longest) {
  const plain = cut(text.replace(UNSEEN, '�'), longest);
  const defanged = plain.replace(/\bhttp(s?):\/\//gi, 'hxxp$1://').replace(/@/g, '@\u2060');
  return defanged.replace(MARKS, '\\$&');
}
