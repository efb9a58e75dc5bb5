// Addresses that bounce: what the mail server answers to those who write to them.

import { mail as api } from '../api.js';
import { h } from '../dom.js';
import { choice, form, input } from '../fields.js';
import { icon } from '../icons.js';
import { openMenu } from '../lists.js';
import { changed } from '../signals.js';
import { attempt, toast } from '../toasts.js';
import { refresh, state } from './store.js';

const KINDS = [
  { kind: 'none', verb: 'takes mail', label: 'Takes mail', note: 'As usual' },
  { kind: 'refuse', verb: 'refuses mail', label: 'Refuses mail', note: '550: there is no such address' },
  { kind: 'defer', verb: 'defers mail', label: 'Defers mail', note: '452: the mailbox is full, try again' },
  { kind: 'return', verb: 'returns mail', label: 'Returns mail', note: 'Later: takes it, then reports that it can’t be delivered' },
];

/** How an address takes mail now. */
const bounceOf = (address) => KINDS.find(({ kind }) => kind === (state.bounces[address.toLowerCase()] ?? 'none'));

async function setBounce(address, kind) {
  const done = await attempt(() => api.bounce(address, kind));
  if (!done) return false;
  toast(`${address} ${KINDS.find((each) => each.kind === kind).verb}.`, 'done');
  await refresh();
  return true;
}

/** A button that says how an address takes mail, with a menu to change it. */
export function bounceButton(address) {
  const now = bounceOf(address);
  const choose = (event) =>
    openMenu(
      event.currentTarget,
      [{ heading: 'The mail server' }, ...KINDS.map(({ kind, label, note }) => ({ label, note, value: kind, checked: kind === now.kind, onpick: () => setBounce(address, kind) }))],
      { label: `How ${address} takes mail`, width: 280 },
    );
  return h('button', { class: 'bounce-button', 'aria-haspopup': 'menu', 'aria-expanded': 'false', 'data-testid': 'bounce-button', onclick: choose }, now.kind !== 'none' && icon('warning', 14), now.label, icon('chevron-down', 12));
}

/** All addresses that bounce, and a form for one more. */
export function bounceList() {
  const { rule } = state;
  const set = (values) => {
    Object.assign(rule, values);
    changed();
  };
  const add = async () => {
    if (await setBounce(rule.address.trim(), rule.kind)) set({ address: '' });
  };
  return h(
    'section',
    { class: 'bounces', 'aria-label': 'Bounces' },
    h('h2', null, 'Addresses that bounce'),
    h('ul', { 'data-testid': 'bounces' }, Object.keys(state.bounces).sort().map(bounce)),
    form(
      { class: 'bounce-form' },
      add,
      input({ type: 'email', required: true, list: 'addresses', placeholder: 'p17@example.com', 'aria-label': 'Address', 'data-testid': 'bounce-address', value: rule.address }, (address) => set({ address })),
      choice({ 'aria-label': 'What the mail server does', 'data-testid': 'bounce-kind' }, KINDS.slice(1).map(({ kind, label }) => [kind, label.replace(' mail', '')]), rule.kind, (kind) => set({ kind })),
      h('button', { class: 'btn', 'data-testid': 'bounce-set' }, 'Set'),
    ),
  );
}

function bounce(address) {
  const { label, note } = bounceOf(address);
  return h(
    'li',
    { key: address },
    icon('warning', 16),
    h('span', null, h('b', null, address), h('span', { class: 'soft' }, `${label.replace(' mail', '')} (${note.split(':')[0].toLowerCase()})`)),
    h('button', { class: 'icon-button', 'aria-label': `Let ${address} take mail again`, title: 'Let it take mail again', onclick: () => setBounce(address, 'none') }, icon('close', 16)),
  );
}
