// The connections: how the bot hears of Slack, and each person's Google account.

import { calendar as api } from '../api.js';
import { avatar } from '../avatar.js';
import { askPlainly } from '../confirm.js';
import { classes, h } from '../dom.js';
import { choice, field } from '../fields.js';
import { icon } from '../icons.js';
import { toast } from '../toasts.js';
import { act, state } from './store.js';

const CONFERENCES = [
  ['instant', 'ready at once'],
  ['pending', 'ready a moment later'],
  ['failure', 'refused by Google'],
];

/** How payloads reach the bot. */
export function transportPanel() {
  const { mode, connections } = state.transport;
  const [good, title, note] =
    mode === 'http'
      ? [true, 'Signed HTTP requests', 'Slack’s payloads are posted to the bot’s address.']
      : connections > 0
        ? [true, 'Socket Mode', `${connections} ${connections === 1 ? 'connection is' : 'connections are'} open.`]
        : [false, 'No bot is connected', 'Nothing holds a Socket Mode connection: commands and buttons go unanswered.'];
  return h('section', { class: 'panel', 'aria-labelledby': 'transport-title' }, h('h2', { id: 'transport-title' }, 'Transport'), h('div', { class: 'transport', 'data-testid': 'transport' }, h('span', { class: classes('lamp', good ? 'lamp-good' : 'lamp-bad') }, icon(good ? 'check' : 'warning', 16)), h('span', null, h('b', null, title), h('span', { class: 'soft' }, note))));
}

/** The Google accounts: new Meet links, sync tokens, and who is unplugged. */
export function accountPanel() {
  return h(
    'section',
    { class: 'panel', 'aria-labelledby': 'accounts-title' },
    h('h2', { id: 'accounts-title' }, 'Google accounts'),
    field('New Meet links are', choice({ 'data-testid': 'conferences' }, CONFERENCES, state.conferences, (mode) => act(() => api.conferences(mode)))),
    h('p', { class: 'hint' }, 'An expired sync token answers 410, so the calendar is read anew. An unplugged account answers 401, and nobody sees its calendar.'),
    h('ul', { class: 'accounts' }, state.calendars.map(account)),
  );
}

function account({ id, name, revoked }) {
  const expire = async () => {
    if (await act(() => api.expireSync(id))) toast(`The sync tokens of ${id} have expired.`, 'done');
  };
  const plug = async () => {
    if (revoked) return act(() => api.restore(id));
    const sure = await askPlainly(`Unplug the account of ${name}?`, 'Google then answers as if access had been withdrawn. The events stay, and come back when it is plugged in again.', 'Unplug');
    return sure && act(() => api.revoke(id));
  };
  return h(
    'li',
    { class: classes('account', revoked && 'account-off'), key: id, 'data-testid': 'account', 'data-calendar': id },
    avatar({ id, name }, 28),
    h('span', { class: 'account-words' }, h('b', null, name), h('span', { class: 'soft' }, revoked ? 'Unplugged' : id)),
    !revoked && h('button', { class: 'btn', 'data-testid': 'expire-sync', 'aria-label': `Expire the sync tokens of ${name}`, onclick: expire }, 'Expire sync'),
    h('button', { class: 'btn', 'data-testid': revoked ? 'restore' : 'revoke', 'aria-label': `${revoked ? 'Plug in' : 'Unplug'} the account of ${name}`, onclick: plug }, revoked ? 'Plug in' : 'Unplug'),
  );
}
