// The sandbox's clock, large, and the same moment in everybody's zone.

import { dateWords, dayNumber, fromWall, isoDate, parts, time, wallTime, weekdayName, zoneCity, zoneName } from '../dates.js';
import { classes, h } from '../dom.js';
import { choice, field, form, input } from '../fields.js';
import { MORNING, moveClock, moveToMorning, now } from '../sandboxclock.js';
import { attempt } from '../toasts.js';
import { set, showZone, state } from './store.js';

const MINUTE = 60_000;

export function clockPanel() {
  const { zone } = state;
  const present = now();
  const move = (how) => () => attempt(() => moveClock(how));
  return h(
    'section',
    { class: 'panel panel-wide clock-panel', 'aria-labelledby': 'clock-title' },
    h(
      'div',
      { class: 'clock-face' },
      h('h2', { id: 'clock-title' }, 'Clock'),
      h('div', { class: 'clock-big', 'data-testid': 'big-clock' }, time(present, zone)),
      h('div', { class: 'clock-day' }, `${dateWords(present, zone)} ${parts(present, zone).year}, ${zoneCity(zone)} (${zoneName(present, zone)})`),
      h('div', { class: 'soft', 'data-testid': 'clock-offset' }, ahead(present - Date.now())),
    ),
    h(
      'div',
      { class: 'clock-steps' },
      h(
        'div',
        { class: 'step-buttons', role: 'group', 'aria-label': 'Move the clock' },
        h('button', { class: 'btn btn-large', 'data-testid': 'clock-15min', onclick: move({ advance_seconds: 900 }) }, '+15 min'),
        h('button', { class: 'btn btn-large', 'data-testid': 'clock-1h', onclick: move({ advance_seconds: 3600 }) }, '+1 h'),
        h('button', { class: 'btn btn-large', 'data-testid': 'clock-1day', onclick: move({ advance_seconds: 86_400 }) }, '+1 day'),
        h('button', { class: 'btn btn-large btn-primary', 'data-testid': 'clock-morning', onclick: () => attempt(() => moveToMorning(zone)) }, `Next morning, ${MORNING}`),
      ),
      h('div', { class: 'step-fields' }, field('Zone', choice({ 'data-testid': 'clock-zone' }, zones().map((each) => [each, `${zoneCity(each)} (${each})`]), zone, showZone)), goTo(present, zone)),
      h('p', { class: 'hint' }, 'Reminders, digests and no-show checks happen as they would. The clock only moves forward.'),
    ),
    h('ul', { class: 'world', 'aria-label': 'The same moment elsewhere' }, zones().map((each) => elsewhere(each, present))),
  );
}

/** A date and a time to go to, by default the next full hour. */
function goTo(present, zone) {
  const next = new Date(present.getTime() + 60 * MINUTE);
  const date = state.goTo.date || isoDate(next, zone);
  const clock = state.goTo.time || `${wallTime(next, zone).slice(0, 2)}:00`;
  const go = async () => {
    if (await attempt(() => moveClock({ to: fromWall(date, clock, zone).toISOString() }))) set({ goTo: { date: '', time: '' } });
  };
  return form(
    { class: 'go-to' },
    go,
    field('Go to date', input({ type: 'date', required: true, value: date, 'data-testid': 'clock-date' }, (value) => set({ goTo: { ...state.goTo, date: value } }))),
    field('Time', input({ type: 'time', required: true, value: clock, 'data-testid': 'clock-time' }, (value) => set({ goTo: { ...state.goTo, time: value } }))),
    h('button', { class: 'btn btn-large', 'data-testid': 'clock-go' }, 'Go'),
  );
}

function ahead(milliseconds) {
  const minutes = Math.round(milliseconds / MINUTE);
  if (minutes === 0) return 'Runs with real time';
  const [days, hours, rest] = [Math.floor(minutes / 1440), Math.floor(minutes / 60) % 24, minutes % 60];
  const length = [days && `${days} ${days === 1 ? 'day' : 'days'}`, hours && `${hours} h`, rest && `${rest} min`].filter(Boolean).join(' ');
  return `${length} ahead of real time`;
}

/** The zones of those who have calendars, and the chosen one, from west to east. */
function zones() {
  const present = now();
  const offset = (zone) => dayNumber(present, zone) * 1440 + parts(present, zone).hour * 60 + parts(present, zone).minute;
  const all = [...new Set([...state.calendars.map((calendar) => calendar.time_zone), state.zone])];
  return all.sort((one, other) => offset(one) - offset(other) || one.localeCompare(other));
}

function elsewhere(zone, present) {
  return h(
    'li',
    { key: zone },
    h(
      'button',
      { class: classes('world-place', isNight(present, zone) && 'night'), 'aria-pressed': String(zone === state.zone), title: `Show the clock in ${zone}`, onclick: () => showZone(zone) },
      h('span', null, zoneCity(zone)),
      h('b', null, time(present, zone)),
      h('span', { class: 'world-day' }, weekdayName(present, zone, 'short')),
    ),
  );
}

function isNight(instant, zone) {
  const { hour } = parts(instant, zone);
  return hour < 7 || hour >= 20;
}
