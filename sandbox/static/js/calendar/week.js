// The week: a grid of hours, or a list of days where there is no room for one.

import { dateWords, duration, time, weekdayName, zoneCity, zoneName } from '../dates.js';
import { classes, h } from '../dom.js';
import { now } from '../sandboxclock.js';
import { answerMark, answerWords, guestsOf, ownAnswer } from './answers.js';
import { barsOf, endOf, isAllDay, minuteOf, noon, segmentsOn, startOf, weekOf } from './days.js';
import { newEvent } from './forms.js';
import { monday, nameOf, show, state, today, zone } from './store.js';

const UTC = 'UTC';
const HOURS = Array.from({ length: 24 }, (_, hour) => hour);
const MORNING = 7;
/** Pixels per hour, as in calendar.css. */
const HOUR = 48;

export function weekGrid() {
  const dates = weekOf(monday());
  return h(
    'div',
    { class: 'week', key: 'grid', 'data-testid': 'week', tabindex: '0', 'aria-label': 'Week', onmount: (element) => (element.scrollTop = MORNING * HOUR - 8) },
    h('div', { class: 'week-head' }, h('div', { class: 'week-zone', title: zone() }, zoneName(now(), zone())), dates.map(dayHead), bars(dates)),
    h(
      'div',
      { class: 'week-body' },
      h('div', { class: 'hours', 'aria-hidden': 'true' }, HOURS.slice(1).map((hour) => h('span', { style: { '--from': hour * 60 } }, hourLabel(hour)))),
      dates.map(day),
    ),
  );
}

const hourLabel = (hour) => time(new Date(Date.UTC(1970, 0, 1, hour)), zoneOfLabels()).replace(':00 ', ' ');
/** A zone at UTC whose people read the clock as those in the shown one do. */
const zoneOfLabels = () => (/[AP]M/.test(time(now(), zone())) ? 'America/Danmarkshavn' : UTC);

function dayHead(date) {
  return h(
    'div',
    { class: classes('day-head', date === today() && 'today'), key: date, 'aria-current': date === today() ? 'date' : undefined },
    h('span', null, weekdayName(noon(date), UTC, 'short')),
    h('b', null, String(Number(date.slice(8)))),
  );
}

function bars(dates) {
  const found = barsOf(dates[0], state.events ?? []);
  if (!found.length) return null;
  return h('div', { class: 'bars' }, found.map(({ event, first, days }) => h('button', { ...eventProps(event), class: `${look(event)} event-bar`, key: event.id, style: { 'grid-column': `${first + 1} / span ${days}` } }, event.summary || '(no title)')));
}

function day(date) {
  const free = (click) => {
    if (click.target !== click.currentTarget) return;
    const hour = Math.min(23, Math.floor(click.offsetY / HOUR));
    newEvent(date, hour * 60 + (click.offsetY % HOUR >= HOUR / 2 ? 30 : 0));
  };
  return h(
    'div',
    { class: classes('day', date === today() && 'today', [0, 6].includes(noon(date).getUTCDay()) && 'weekend'), key: date, 'data-date': date, onclick: free },
    segmentsOn(date, state.events ?? [], zone()).map(block),
    date === today() && h('div', { class: 'now-line', key: 'now', 'data-testid': 'now-line', style: { '--from': minuteOf(now(), zone()) } }),
  );
}

/** The class names that show how the calendar's owner answered. */
function look(event) {
  const isOver = endOf(event, zone()) < now();
  return classes('event', `event-${ownAnswer(event)}`, !guestsOf(event).length && 'event-plain', event.transparency === 'transparent' && 'event-free', isOver && 'event-over', event.id === state.open && 'event-open');
}

function eventProps(event) {
  const [start, end] = [startOf(event, zone()), endOf(event, zone())];
  const when = isAllDay(event) ? 'all day' : `${time(start, zone())} to ${time(end, zone())}`;
  const answers = guestsOf(event).map((guest) => `${nameOf(guest) ?? guest.email}: ${answerWords(guest.responseStatus)}`);
  return {
    'data-event': event.id,
    'data-testid': 'event',
    'aria-label': [event.summary || '(no title)', when, ownAnswer(event) === 'accepted' ? null : `your answer: ${answerWords(ownAnswer(event))}`, ...answers].filter(Boolean).join(', '),
    onclick: () => show(event.id === state.open ? null : event.id),
  };
}

function block({ event, from, to, column, columns }) {
  const start = time(startOf(event, zone()), zone());
  const size = to - from < 40 ? 'event-short' : to - from < 60 ? 'event-middle' : '';
  return h(
    'button',
    { ...eventProps(event), class: classes(look(event), size), key: `${event.id} ${from}`, style: { '--from': from, '--length': to - from, '--column': column, '--columns': columns } },
    h('span', { class: 'event-title' }, event.summary || '(no title)'),
    h('span', { class: 'event-time' }, start),
    guestsOf(event).length > 0 && h('span', { class: 'event-guests' }, guestsOf(event).slice(0, 4).map(({ responseStatus }) => answerMark(responseStatus, 10))),
  );
}

/** The days that have events, one below the other. */
export function weekList() {
  const events = state.events ?? [];
  const dates = weekOf(monday()).map((date) => [date, [...events.filter((event) => isAllDay(event) && event.start.date <= date && date < event.end.date), ...segmentsOn(date, events, zone()).map(({ event }) => event)]]);
  const busy = dates.filter(([date, found]) => found.length || date === today());
  return h(
    'div',
    { class: 'agenda', key: 'list', 'data-testid': 'agenda' },
    busy.length === 0 && h('p', { class: 'empty' }, 'Nothing this week.'),
    busy.map(([date, found]) =>
      h(
        'section',
        { class: classes('agenda-day', date === today() && 'today'), key: date },
        h('h2', null, dateWords(noon(date), UTC), date === today() && h('span', null, 'Today')),
        found.length === 0 && h('p', null, 'Nothing today.'),
        found.map(entry),
      ),
    ),
  );
}

function entry(event) {
  const [start, end] = [startOf(event, zone()), endOf(event, zone())];
  return h(
    'button',
    { ...eventProps(event), class: look(event), key: event.id },
    h('span', { class: 'event-title' }, event.summary || '(no title)'),
    h('span', { class: 'event-time' }, isAllDay(event) ? 'All day' : `${time(start, zone())}–${time(end, zone())}, ${duration(start, end)}`),
    guestsOf(event).length > 0 && h('span', { class: 'event-guests' }, guestsOf(event).map(({ responseStatus }) => answerMark(responseStatus, 10))),
  );
}

/** The shown zone, for the header. */
export const zoneLabel = () => `${zoneCity(zone())} time`;
