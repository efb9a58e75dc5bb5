// Labelled fields of the pages beside Slack.

import { classes, h } from './dom.js';

/** A control with its label above it. */
export const field = (label, control, kind = '') => h('label', { class: classes('field', kind) }, h('span', { class: 'field-label' }, label), control);

/** A text-like input; `oninput(text)` gets what it holds. */
export const input = (props, oninput) => h('input', { type: 'text', autocomplete: 'off', spellcheck: 'false', ...props, class: 'text-input', oninput: (event) => oninput(event.target.value) });

/** A native select of `[value, label]` pairs; `onpick(value)`. */
export const choice = (props, options, value, onpick) =>
  h(
    'select',
    { ...props, class: 'text-input', value, onchange: (event) => onpick(event.target.value) },
    options.map(([option, label]) => h('option', { value: option, key: option }, label)),
  );

/** A form that stays on the page: `onsubmit()` instead of a request. */
export const form = (props, onsubmit, ...children) =>
  h(
    'form',
    {
      ...props,
      onsubmit: (event) => {
        event.preventDefault();
        onsubmit();
      },
    },
    ...children,
  );
