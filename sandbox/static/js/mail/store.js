// What the mail page shows. The address holds whose mail and which mail.

import { mail as api } from '../api.js';
import { refresher } from '../live.js';
import { changed } from '../signals.js';

export const state = {
  mails: null,
  bounces: {},
  to: '',
  open: null,
  tab: null,
  sources: new Map(),
  rule: { address: '', kind: 'refuse' },
};

const KEPT = 'read-mails';
let read = new Set(JSON.parse(localStorage.getItem(KEPT) ?? '[]'));

/** A new sandbox counts from m1 again, so the date belongs to it. */
const mark = ({ id, date }) => `${id} ${date}`;

export const isUnread = (mail) => !read.has(mark(mail));
export const unreadCount = () => shown().filter(isUnread).length;

/** The mails to the address that is asked for, newest first. */
export function shown() {
  const wanted = state.to.trim().toLowerCase();
  return (state.mails ?? []).filter(({ to }) => !wanted || to.some((address) => address.toLowerCase() === wanted));
}

export const openMail = () => state.mails?.find(({ id }) => id === state.open) ?? null;

/** Every address that got mail or bounces, in order. */
export const addresses = () => [...new Set([...(state.mails ?? []).flatMap(({ to }) => to), ...Object.keys(state.bounces)])].sort((one, other) => one.localeCompare(other, 'en', { numeric: true }));

export function readAddress() {
  const query = new URLSearchParams(location.search);
  Object.assign(state, { to: query.get('to') ?? '', open: query.get('id'), tab: null });
  if (state.mails) markRead();
}

/** The address of a place on this page: what is not named stays as it is. */
export function address(place = {}) {
  const { to, open } = { ...state, ...place };
  const query = new URLSearchParams();
  if (to) query.set('to', to);
  if (open) query.set('id', open);
  return `/mail${query.size ? `?${query}` : ''}`.replaceAll('%40', '@');
}

/** Go to another mail or another address. */
export function go(place) {
  Object.assign(state, place, { tab: null });
  history.pushState(null, '', address());
  markRead();
  changed();
}

/** Filter while an address is typed: no step of it belongs into the history. */
export function filter(to) {
  state.to = to;
  history.replaceState(null, '', address());
  changed();
}

function markRead() {
  const mail = openMail();
  if (!mail || !isUnread(mail)) return;
  read.add(mark(mail));
  localStorage.setItem(KEPT, JSON.stringify([...read]));
}

/** Fetch again what is shown. */
export const refresh = refresher(async () => {
  const [{ mails }, { bounces }] = await Promise.all([api.list(), api.bounces()]);
  Object.assign(state, { mails, bounces });
  const present = new Set(mails.map(mark));
  read = new Set([...read].filter((each) => present.has(each)));
  markRead();
});

/** The mail as it came over the wire, once it is fetched. */
export function source(id) {
  if (!state.sources.has(id)) {
    state.sources.set(id, null);
    api.one(id).then(
      ({ raw }) => {
        state.sources.set(id, new TextDecoder().decode(Uint8Array.from(raw, (octet) => octet.charCodeAt(0))));
        changed();
      },
      () => state.sources.delete(id),
    );
  }
  return state.sources.get(id);
}
