// Confirmation dialogs: one at a time, over everything else.

import { h, trapTab } from './dom.js';
import { textObject } from './mrkdwn.js';
import { changed } from './signals.js';

let asked = null;

/** Ask with Slack's confirmation object (`title`, `text`, `confirm`, `deny`, `style`). Gives the answer. */
export function askFirst(confirm) {
  asked?.answer(false);
  return new Promise((resolve) => {
    const before = document.activeElement;
    const answer = (yes) => {
      asked = null;
      changed();
      before?.focus?.();
      resolve(yes);
    };
    asked = { confirm, answer };
    changed();
  });
}

/** Ask in our own words. */
export const askPlainly = (title, text, yes, style = 'danger') =>
  askFirst({ title: { text: title }, text: { type: 'plain_text', text }, confirm: { text: yes }, deny: { text: 'Cancel' }, style });

/** The dialog, if something is asked. */
export function confirmDialog(reader) {
  if (!asked) return null;
  const { confirm, answer } = asked;
  const onkeydown = (event) => {
    event.stopPropagation();
    if (event.key === 'Escape') answer(false);
    trapTab(event, event.currentTarget);
  };
  return h(
    'div',
    { class: 'overlay overlay-confirm', key: 'confirm', onpointerdown: (event) => event.target === event.currentTarget && answer(false) },
    h(
      'div',
      { class: 'dialog dialog-confirm', role: 'alertdialog', 'aria-modal': 'true', 'aria-labelledby': 'confirm-title', 'aria-describedby': 'confirm-text', 'data-testid': 'confirm', onkeydown },
      h('h2', { id: 'confirm-title' }, confirm.title?.text ?? 'Are you sure?'),
      h('div', { id: 'confirm-text', class: 'dialog-text' }, textObject(confirm.text, reader)),
      h(
        'div',
        { class: 'dialog-buttons' },
        h('button', { class: 'btn btn-large', onclick: () => answer(false) }, confirm.deny?.text ?? 'Cancel'),
        h('button', { class: `btn btn-large btn-${confirm.style ?? 'primary'}`, onclick: () => answer(true), onmount: (el) => el.focus() }, confirm.confirm?.text ?? 'Yes'),
      ),
    ),
  );
}
