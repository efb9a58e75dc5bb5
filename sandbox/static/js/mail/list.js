// The mails at the left: whom they went to, and what they say.

import { mail as api } from '../api.js';
import { avatar } from '../avatar.js';
import { askPlainly } from '../confirm.js';
import { dayNumber, monthName, parts, time } from '../dates.js';
import { classes, h } from '../dom.js';
import { icon } from '../icons.js';
import { now } from '../sandboxclock.js';
import { attempt } from '../toasts.js';
import { lastZone } from '../zone.js';
import { bounceList } from './bounces.js';
import { receivers, subjectOf } from './letter.js';
import { address, addresses, filter, go, isUnread, refresh, shown, state } from './store.js';

export function mailList() {
  const mails = shown();
  return h(
    'aside',
    { class: 'page-side mail-side' },
    h('div', { class: 'mail-side-head' }, h('h1', null, 'Mail'), h('span', { class: 'soft', 'data-testid': 'mail-count' }, count(mails.length)), h('button', { class: 'btn', 'data-testid': 'empty-inbox', disabled: !state.mails?.length, onclick: empty }, icon('bin', 16), 'Empty inbox')),
    addressFilter(),
    h('div', { class: 'mails', role: 'list', 'aria-label': 'Mails' }, state.mails === null ? h('div', { class: 'loading' }, h('span', { class: 'spinner' }), 'Loading…') : mails.length ? mails.map(row) : nothing()),
    bounceList(),
  );
}

const count = (number) => (state.mails === null ? '' : `${number} ${number === 1 ? 'mail' : 'mails'}`);

async function empty() {
  if (!(await askPlainly('Empty the inbox?', 'All mails to all addresses are deleted. Bounces stay as they are.', 'Empty inbox'))) return;
  await attempt(api.empty);
  go({ open: null });
  await refresh();
}

function addressFilter() {
  return h(
    'div',
    { class: 'mail-filter' },
    icon('search', 16),
    h('input', { type: 'text', list: 'addresses', autocomplete: 'off', spellcheck: 'false', placeholder: 'Mail to one address', 'aria-label': 'Show only mail to this address', 'data-testid': 'mail-filter', value: state.to, oninput: (event) => filter(event.target.value) }),
    h('datalist', { id: 'addresses' }, addresses().map((each) => h('option', { value: each, key: each }))),
    state.to && h('button', { class: 'icon-button', 'aria-label': 'Show all mail', onclick: () => filter('') }, icon('close', 16)),
  );
}

function nothing() {
  return h(
    'div',
    { class: 'empty' },
    icon('mail', 32),
    state.to ? h('p', null, `No mail to ${state.to}.`) : h('p', null, 'No mail yet. What Callsheet sends to participants lands here.'),
  );
}

function row(mail) {
  const to = receivers(mail);
  const name = to.map((each) => each.name ?? each.address).join(', ');
  const open = (event) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    go({ open: mail.id });
  };
  return h(
    'div',
    { role: 'listitem', key: mail.id },
    h(
      'a',
      { class: classes('mail-row', isUnread(mail) && 'unread'), href: address({ open: mail.id }), 'aria-current': mail.id === state.open ? 'true' : undefined, 'data-testid': 'mail-row', 'data-mail': mail.id, onclick: open },
      avatar({ id: to[0]?.address ?? mail.id, name }, 32),
      h(
        'span',
        { class: 'mail-words' },
        h('span', { class: 'mail-line' }, h('span', { class: 'mail-to', title: mail.to.join(', ') }, isUnread(mail) && h('span', { class: 'unread-dot', role: 'img', 'aria-label': 'Unread' }), `To ${name}`), h('time', { datetime: mail.date }, shortDate(new Date(mail.date)))),
        h('span', { class: 'mail-subject' }, subjectOf(mail)),
        h('span', { class: 'mail-start' }, start(mail)),
      ),
    ),
  );
}

/** The time for today's mail, the day for older ones. */
function shortDate(instant) {
  const zone = lastZone();
  if (dayNumber(instant, zone) === dayNumber(now(), zone)) return time(instant, zone);
  return `${parts(instant, zone).day} ${monthName(instant, zone, 'short')}`;
}

/** How the mail goes on after its greeting. */
const start = (mail) => mail.text.replace(/^\s*(hi|hello|dear)\b[^\n]*\n/i, '').replace(/\s+/g, ' ').trim().slice(0, 120) || '(empty)';
