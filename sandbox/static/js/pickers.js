// Date and time pickers. Dates are YYYY-MM-DD and times HH:MM, as Slack sends them.

import { fromWall, isoDate, monthName, ordinal, time, twelveHours, wallTime, weekdayName, zoneCity } from './dates.js';
import { classes, h } from './dom.js';
import { icon } from './icons.js';
import { openOptions } from './lists.js';
import { closePopover, drawPopover, openPopover } from './popover.js';

const UTC = 'UTC';
const instant = (date) => new Date(`${date}T00:00:00Z`);
const shifted = (date, days) => isoDate(new Date(instant(date).getTime() + days * 86_400_000), UTC);

/** "Tuesday, January 14th" or, shorter, "Jan 14, 2025". */
export function dateLabel(date) {
  const day = instant(date);
  return `${monthName(day, UTC)} ${ordinal(day.getUTCDate())}, ${day.getUTCFullYear()}`;
}

/** A wall-clock time the way people in the zone read it. */
export const timeLabel = (text, zone) => (twelveHours(zone) ? time(new Date(`1970-01-01T${text}:00Z`), 'America/Danmarkshavn') : text);

/** A button that opens a month; `onpick(date)`. `today` marks the present day. */
export function datePicker({ value, today, placeholder = 'Select a date', onpick, props = {} }) {
  return h(
    'button',
    { ...props, type: 'button', class: classes('picker-button', !value && 'select-empty'), 'aria-haspopup': 'dialog', 'aria-expanded': 'false', 'data-value': value ?? '', onclick: (event) => openMonth(event.currentTarget, value, today, onpick) },
    icon('calendar', 16),
    h('span', { class: 'select-text' }, value ? dateLabel(value) : placeholder),
  );
}

/** A button that opens a list of times in steps of `step` minutes; any other time can be typed. */
export function timePicker({ value, zone, placeholder = 'Select a time', step = 15, onpick, props = {} }) {
  const choice = (text) => ({ value: text, label: timeLabel(text, zone) });
  const all = Array.from({ length: (24 * 60) / step }, (_, index) => {
    const minutes = index * step;
    return choice(`${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`);
  });
  const load = (query) => {
    const typed = typedTime(query);
    const matching = all.filter(({ value: text, label }) => [text, label.toLowerCase()].some((name) => name.startsWith(query.trim().toLowerCase())) || text.startsWith(`0${query.trim()}`));
    return [{ choices: typed && !matching.some(({ value: text }) => text === typed) ? [choice(typed), ...matching] : matching }];
  };
  return h(
    'button',
    {
      ...props, type: 'button', class: classes('picker-button', !value && 'select-empty'), 'aria-haspopup': 'listbox', 'aria-expanded': 'false', 'data-value': value ?? '',
      onclick: (event) => openOptions(event.currentTarget, { label: props['aria-label'] ?? placeholder, load, chosen: () => [value], onpick: (picked) => onpick(picked.value), typing: 'Type a time' }),
    },
    icon('clock', 16),
    h('span', { class: 'select-text' }, value ? timeLabel(value, zone) : placeholder),
  );
}

/** "9:5", "9.30", "2:15 pm" as HH:MM, or null. */
function typedTime(text) {
  const match = text.trim().match(/^(\d{1,2})(?:[:.h](\d{1,2}))?\s*(am|pm)?$/i);
  if (!match) return null;
  const half = match[3]?.toLowerCase();
  const hour = half ? (Number(match[1]) % 12) + (half === 'pm' ? 12 : 0) : Number(match[1]);
  const minute = Number(match[2] ?? 0);
  return hour < 24 && minute < 60 ? `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}` : null;
}

/** A date and a time side by side; `value` and `onpick(value)` are UNIX seconds. */
export function dateTimePicker({ value, zone, now, onpick, props = {} }) {
  const held = value ? new Date(value * 1000) : null;
  const date = held ? isoDate(held, zone) : null;
  const clock = held ? wallTime(held, zone) : null;
  const join = (day, hour) => onpick(Math.floor(fromWall(day, hour, zone).getTime() / 1000));
  const nextHour = () => `${wallTime(new Date(now.getTime() + 3_600_000), zone).slice(0, 2)}:00`;
  return h(
    'div',
    { class: 'picker-pair', role: 'group', 'aria-label': props['aria-label'] },
    datePicker({ value: date, today: isoDate(now, zone), onpick: (day) => join(day, clock ?? nextHour()), props: { ...props, 'data-part': 'date' } }),
    timePicker({ value: clock, zone, onpick: (hour) => join(date ?? isoDate(now, zone), hour), props: { 'aria-label': 'Time', 'aria-describedby': props['aria-describedby'], 'aria-invalid': props['aria-invalid'], 'data-part': 'time' } }),
    h('span', { class: 'picker-zone' }, `${zoneCity(zone)} time`),
  );
}

function openMonth(anchor, value, today, onpick) {
  const view = { cursor: value ?? today };
  const pick = (date) => {
    closePopover();
    onpick(date);
  };
  const go = (date) => {
    view.cursor = date;
    drawPopover();
    document.querySelector('.month [tabindex="0"]')?.focus();
  };
  openPopover(anchor, { label: 'Choose a date', kind: 'popover-month', draw: () => month(view.cursor, value, today, pick, go) });
}

function month(cursor, value, today, pick, go) {
  const first = `${cursor.slice(0, 8)}01`;
  const start = shifted(first, -((instant(first).getUTCDay() + 6) % 7));
  const days = Array.from({ length: 42 }, (_, index) => shifted(start, index));
  const otherMonth = (step) => {
    const moved = instant(first);
    moved.setUTCMonth(moved.getUTCMonth() + step);
    go(isoDate(moved, UTC));
  };
  const onkeydown = (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 }[event.key];
    if (step) {
      event.preventDefault();
      go(shifted(cursor, step));
    } else if (event.key === 'PageUp' || event.key === 'PageDown') {
      event.preventDefault();
      otherMonth(event.key === 'PageUp' ? -1 : 1);
    }
  };
  return h(
    'div',
    { class: 'month', onkeydown, onmount: (el) => el.querySelector('[tabindex="0"]')?.focus({ preventScroll: true }) },
    h(
      'div',
      { class: 'month-head' },
      h('button', { class: 'icon-button', 'aria-label': 'Previous month', onclick: () => otherMonth(-1) }, icon('chevron-left')),
      h('strong', { 'aria-live': 'polite' }, `${monthName(instant(first), UTC)} ${first.slice(0, 4)}`),
      h('button', { class: 'icon-button', 'aria-label': 'Next month', onclick: () => otherMonth(1) }, icon('chevron-right')),
    ),
    h(
      'div',
      { class: 'month-days', role: 'grid' },
      days.slice(0, 7).map((day) => h('span', { class: 'month-weekday', 'aria-hidden': 'true' }, weekdayName(instant(day), UTC, 'short').slice(0, 2))),
      days.map((day) =>
        h(
          'button',
          {
            class: classes('month-day', day.slice(0, 7) !== first.slice(0, 7) && 'outside', day === today && 'today', day === value && 'picked'),
            key: day, 'data-date': day, tabindex: day === cursor ? '0' : '-1', 'aria-pressed': String(day === value), 'aria-label': `${weekdayName(instant(day), UTC)} ${dateLabel(day)}`,
            onclick: () => pick(day),
          },
          String(Number(day.slice(8))),
        ),
      ),
    ),
  );
}
