// Short notices over the page. They go away by themselves, or by their close button.

import { h } from './dom.js';
import { icon } from './icons.js';
import { changed } from './signals.js';

let toasts = [];
let count = 0;

/** Show a sentence for `seconds`. `kind` is "error" or "done". */
export function toast(text, kind = 'error', seconds = 4) {
  const entry = { id: (count += 1), text, kind };
  toasts = [...toasts.filter((other) => other.text !== text), entry].slice(-3);
  setTimeout(() => dismiss(entry.id), seconds * 1000);
  changed();
}

function dismiss(id) {
  toasts = toasts.filter((entry) => entry.id !== id);
  changed();
}

/** Run something that talks to the sandbox; what it refuses is shown. Gives undefined then. */
export async function attempt(work) {
  try {
    return await work();
  } catch (error) {
    toast(error.message);
    return undefined;
  }
}

export function toastList() {
  return h(
    'div',
    { class: 'toasts', 'data-testid': 'toasts', role: 'status', 'aria-live': 'polite' },
    toasts.map(({ id, text, kind }) =>
      h(
        'div',
        { class: `toast toast-${kind}`, key: id },
        icon(kind === 'error' ? 'warning' : 'check', 18),
        h('span', null, text),
        h('button', { class: 'toast-close', 'aria-label': 'Dismiss', onclick: () => dismiss(id) }, icon('close', 16)),
      ),
    ),
  );
}
