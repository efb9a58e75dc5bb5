// The forms of the calendar page: a new event, and new times for one.

import { calendar as api } from '../api.js';
import { isoDate, wallTime, zoneCity } from '../dates.js';
import { h, trapTab } from '../dom.js';
import { field, form, input } from '../fields.js';
import { now } from '../sandboxclock.js';
import { changed } from '../signals.js';
import { attempt, toast } from '../toasts.js';
import { guestsOf } from './answers.js';
import { endOf, mondayOf, startOf } from './days.js';
import { current, go, refresh, state, today, zone } from './store.js';

const minutes = (clock) => Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3));
const clockOf = (minute) => `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;
const LAST = 23 * 60 + 59;

/** Open the form for a new event, by default in the next full hour. */
export function newEvent(date = today(), minute = (minutes(wallTime(now(), zone())) + 60) - (minutes(wallTime(now(), zone())) % 60)) {
  const from = Math.min(minute, LAST - 59);
  state.open = null;
  state.form = { kind: 'new', title: 'Busy', date, start: clockOf(from), end: clockOf(from + 59 < LAST ? from + 60 : LAST), isFree: false };
  changed();
}

/** Open the form that moves an event. */
export function moveEvent(event) {
  const [start, end] = [startOf(event, zone()), endOf(event, zone())];
  state.form = { kind: 'move', date: isoDate(start, zone()), start: wallTime(start, zone()), end: wallTime(end, zone()) };
  changed();
}

function closeForm() {
  state.form = null;
  changed();
}

const set = (values) => {
  Object.assign(state.form, values);
  changed();
};

/** Another start keeps the length, as long as it stays within the day. */
function setStart(start) {
  const length = minutes(state.form.end) - minutes(state.form.start);
  set(start && length > 0 ? { start, end: clockOf(Math.min(minutes(start) + length, LAST)) } : { start });
}

const dateAndTimes = ({ date, start, end }) =>
  h(
    'div',
    { class: 'times' },
    field('Date', input({ type: 'date', value: date, required: true, 'data-testid': 'event-date' }, (value) => set({ date: value }))),
    field('Start', input({ type: 'time', value: start, required: true, 'data-testid': 'event-start' }, setStart)),
    field('End', input({ type: 'time', value: end, required: true, 'data-testid': 'event-end' }, (value) => set({ end: value }))),
  );

/** Start and end as the control API takes them: on the wall clock of the calendar. Undefined when they make no sense. */
function times({ date, start, end }) {
  if (end > start) return { start: `${date}T${start}`, end: `${date}T${end}` };
  toast('The end must come after the start.');
  return undefined;
}

/** The fields that move an event, for its card. */
export function moveForm(event) {
  const save = async () => {
    const moved = times(state.form);
    if (!moved || !(await attempt(() => api.move(state.calendar, event.id, moved)))) return;
    toast('Moved.', 'done', 3);
    await go({ week: mondayOf(moved.start.slice(0, 10)), open: event.id });
  };
  return form(
    { class: 'move-form', 'data-testid': 'move-form' },
    save,
    dateAndTimes(state.form),
    h('p', { class: 'hint' }, `${zoneCity(zone())} time.${guestsOf(event).length ? ' Guests are asked again.' : ''}`),
    h('div', { class: 'buttons' }, h('button', { type: 'button', class: 'btn', onclick: closeForm }, 'Cancel'), h('button', { class: 'btn btn-primary', 'data-testid': 'move-save' }, 'Save')),
  );
}

/** The dialog for a new event, while it is open. */
export function newEventDialog() {
  const draft = state.form;
  if (draft?.kind !== 'new') return null;
  const save = async () => {
    const when = times(draft);
    const event = { summary: draft.title, ...when, transparency: draft.isFree ? 'transparent' : 'opaque' };
    if (!when || !(await attempt(() => api.create(state.calendar, event)))) return;
    state.form = null;
    await go({ week: mondayOf(draft.date) });
  };
  const onkeydown = (event) => {
    if (event.key === 'Escape') closeForm();
    trapTab(event, event.currentTarget);
  };
  return h(
    'div',
    { class: 'overlay', key: 'new', onpointerdown: (event) => event.target === event.currentTarget && closeForm() },
    h(
      'div',
      { class: 'dialog new-event', role: 'dialog', 'aria-modal': 'true', 'aria-labelledby': 'new-event-title', 'data-testid': 'new-event-form', onkeydown },
      h('h2', { id: 'new-event-title' }, `New event of ${current().name}`),
      form(
        {},
        save,
        field('Title', input({ value: draft.title, required: true, 'data-testid': 'event-title', onmount: (el) => el.select() }, (title) => set({ title }))),
        dateAndTimes(draft),
        h('p', { class: 'hint' }, `${zoneCity(zone())} time`),
        h('label', { class: 'tick' }, h('input', { type: 'checkbox', checked: draft.isFree, onchange: (event) => set({ isFree: event.target.checked }) }), 'Show as free: it does not block the time'),
        h('div', { class: 'dialog-buttons' }, h('button', { type: 'button', class: 'btn btn-large', onclick: closeForm }, 'Cancel'), h('button', { class: 'btn btn-large btn-primary', 'data-testid': 'event-save' }, 'Save')),
      ),
    ),
  );
}

/** Fetch again after something that the card did, unless the sandbox refused it. */
export async function done(work) {
  const answer = await attempt(work);
  if (answer !== undefined) await refresh();
  return answer !== undefined;
}
