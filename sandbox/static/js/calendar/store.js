// What the calendar page shows. The address holds whose calendar, which week and which event.

import { calendar as api } from '../api.js';
import { fromWall, isoDate } from '../dates.js';
import { refresher } from '../live.js';
import { now } from '../sandboxclock.js';
import { changed } from '../signals.js';
import { keepZone, lastZone } from '../zone.js';
import { mondayOf, shifted, startOf } from './days.js';

export const state = {
  calendars: [],
  calendar: null,
  week: null,
  open: null,
  events: null,
  form: null,
  answer: { as: null, comment: '' },
};

export const current = () => state.calendars.find(({ id }) => id === state.calendar);
export const zone = () => current()?.time_zone ?? lastZone();
export const today = () => isoDate(now(), zone());

/** The Monday of the shown week: unless one has turned the pages, the present one. */
export const monday = () => state.week ?? mondayOf(today());

/** A guest's name: from the invitation, or from the guest's own calendar. */
export const nameOf = (guest) => guest.displayName ?? state.calendars.find(({ id }) => id === guest.email)?.name;

export const openEvent = () => state.events?.find(({ id }) => id === state.open) ?? null;

export function readAddress() {
  const query = new URLSearchParams(location.search);
  const week = query.get('week');
  Object.assign(state, {
    calendar: query.get('calendar')?.toLowerCase() ?? state.calendar,
    week: /^\d{4}-\d{2}-\d{2}$/.test(week) ? mondayOf(week) : null,
    open: query.get('event'),
    form: null,
    events: null,
  });
}

function address() {
  const query = new URLSearchParams();
  if (state.calendar) query.set('calendar', state.calendar);
  if (state.week) query.set('week', state.week);
  if (state.open) query.set('event', state.open);
  return `/calendar?${query}`.replaceAll('%40', '@');
}

/** Go to another calendar or week. */
export function go(place) {
  Object.assign(state, { open: null, form: null }, place);
  if (state.week === mondayOf(today())) state.week = null;
  history.pushState(null, '', address());
  changed();
  return refresh();
}

/** Open an event's card, or (null) close it. */
export function show(id) {
  Object.assign(state, { open: id, form: null, answer: { as: null, comment: '' } });
  history.replaceState(null, '', address());
  changed();
}

/** Fetch again what is shown. */
export const refresh = refresher(async () => {
  ({ calendars: state.calendars } = await api.list());
  const found = current();
  if (!found) {
    state.calendar = state.calendars[0]?.id ?? null;
    if (!state.calendar) return;
  }
  keepZone(zone());
  if (current().revoked) {
    Object.assign(state, { events: [], open: null });
    return;
  }
  if (state.open && state.events === null) await goToEvent();
  await fetchWeek();
  history.replaceState(null, '', address());
});

/** A link names an event and not its week. */
async function goToEvent() {
  const { events } = await api.events(state.calendar);
  const event = events.find(({ id }) => id === state.open);
  if (!event) state.open = null;
  else if (!state.week) state.week = mondayOf(isoDate(startOf(event, zone()), zone()));
  if (state.week === mondayOf(today())) state.week = null;
}

async function fetchWeek() {
  const { calendar } = state;
  const [from, to] = [monday(), shifted(monday(), 7)].map((date) => fromWall(date, '00:00', zone()).toISOString());
  const { events } = await api.events(calendar, from, to);
  if (calendar !== state.calendar) return;
  state.events = events;
  if (!openEvent()) state.open = null;
}
