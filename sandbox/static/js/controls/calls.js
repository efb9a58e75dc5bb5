// The calls of Slack's Web API that the bot made, the last one first.

import { slack } from '../api.js';
import { time } from '../dates.js';
import { classes, h } from '../dom.js';
import { input } from '../fields.js';
import { icon } from '../icons.js';
import { changed } from '../signals.js';
import { act, set, state } from './store.js';

const SHOWN = 200;

export function callPanel() {
  const numbered = state.calls.map((call, index) => ({ ...call, number: `${call.at} ${index}` })).reverse();
  const found = numbered.filter(({ method, ok }) => method.toLowerCase().includes(state.filter.trim().toLowerCase()) && !(state.errorsOnly && ok));
  return h(
    'section',
    { class: 'panel panel-wide', 'aria-labelledby': 'calls-title' },
    h(
      'div',
      { class: 'panel-line' },
      h('h2', { id: 'calls-title' }, 'Slack Web API calls'),
      h('span', { class: 'soft' }, found.length > SHOWN ? `the last ${SHOWN} of ${found.length}` : String(found.length)),
      h('div', { class: 'call-tools' }, h('label', { class: 'tick' }, h('input', { type: 'checkbox', checked: state.errorsOnly, onchange: (event) => set({ errorsOnly: event.target.checked }) }), 'Errors only'), input({ placeholder: 'Filter by method', 'aria-label': 'Filter by method', value: state.filter, 'data-testid': 'calls-filter' }, (filter) => set({ filter })), h('button', { class: 'btn', 'data-testid': 'calls-clear', disabled: !state.calls.length, onclick: () => act(slack.forgetCalls) }, 'Clear')),
    ),
    found.length === 0
      ? h('p', { class: 'hint' }, state.calls.length ? 'No such call.' : 'No call yet.')
      : h('div', { class: 'calls', tabindex: '0', 'aria-labelledby': 'calls-title', role: 'region' }, h('table', { 'data-testid': 'calls' }, h('thead', null, h('tr', null, ['Time', 'Method', 'Arguments', 'Result'].map((name) => h('th', { scope: 'col' }, name)))), h('tbody', null, found.slice(0, SHOWN).map(row)))),
  );
}

function row(call) {
  const isUnfolded = state.unfolded.has(call.number);
  const fold = () => {
    if (isUnfolded) state.unfolded.delete(call.number);
    else state.unfolded.add(call.number);
    changed();
  };
  return h(
    'tr',
    { class: classes(!call.ok && 'failed'), key: call.number, 'data-testid': 'call' },
    h('td', { class: 'call-time' }, time(new Date(call.at), state.zone, true)),
    h('td', null, h('button', { class: 'call-method', 'aria-expanded': String(isUnfolded), onclick: fold }, icon(isUnfolded ? 'chevron-down' : 'chevron-right', 14), call.method)),
    h('td', { class: 'call-args' }, isUnfolded ? h('pre', null, pretty(call.args)) : h('span', null, inOneLine(call.args))),
    h('td', { class: 'call-result' }, call.ok ? h('span', { class: 'ok' }, icon('check', 14), 'ok') : h('span', { class: 'error' }, icon('warning', 14), call.error)),
  );
}

/** Blocks and views travel as JSON within JSON. */
const opened = (value) => {
  if (typeof value !== 'string' || !/^\s*[[{]/.test(value)) return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
};

const pretty = (args) => JSON.stringify(Object.fromEntries(Object.entries(args).map(([name, value]) => [name, opened(value)])), null, 2);
const inOneLine = (args) => Object.entries(args).map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`).join('  ').slice(0, 300);
