// Weeks and days as dates (YYYY-MM-DD), and where events lie in them.

import { fromWall, isoDate, parts } from '../dates.js';

const DAY = 86_400_000;
const MINUTES = 24 * 60;
const utc = (date) => Date.parse(`${date}T00:00:00Z`);

/** The date `days` later. */
export const shifted = (date, days) => new Date(utc(date) + days * DAY).toISOString().slice(0, 10);

/** The Monday of a date's week. */
export const mondayOf = (date) => shifted(date, -((new Date(utc(date)).getUTCDay() + 6) % 7));

/** The seven dates of the week that begins on `monday`. */
export const weekOf = (monday) => Array.from({ length: 7 }, (_, index) => shifted(monday, index));

/** Noon of a date as an instant in UTC, for names of days and months. */
export const noon = (date) => new Date(utc(date) + DAY / 2);

export const isAllDay = (event) => Boolean(event.start.date);
export const startOf = (event, zone) => (isAllDay(event) ? fromWall(event.start.date, '00:00', zone) : new Date(event.start.dateTime));
export const endOf = (event, zone) => (isAllDay(event) ? fromWall(event.end.date, '00:00', zone) : new Date(event.end.dateTime));

/** Minutes since midnight on the wall clock. */
export function minuteOf(instant, zone) {
  const { hour, minute } = parts(instant, zone);
  return hour * 60 + minute;
}

/** The parts of timed events that lie on a date, side by side where they overlap: `{event, from, to, column, columns}`. */
export function segmentsOn(date, events, zone) {
  const segments = [];
  for (const event of events.filter((each) => !isAllDay(each))) {
    const [start, end] = [startOf(event, zone), endOf(event, zone)];
    const [first, last] = [isoDate(start, zone), isoDate(new Date(Math.max(start, end - 1)), zone)];
    if (date < first || date > last) continue;
    const from = date === first ? minuteOf(start, zone) : 0;
    const ends = date === last && isoDate(end, zone) === date ? minuteOf(end, zone) : MINUTES;
    segments.push({ event, from, to: Math.max(ends, from + 1) });
  }
  return sideBySide(segments);
}

/** Minutes that a block takes up at least, so that a short event can be read. */
const LEAST = 20;

function sideBySide(segments) {
  const bottom = (segment) => Math.max(segment.to, segment.from + LEAST);
  const placed = segments.sort((one, other) => one.from - other.from || other.to - one.to);
  let cluster = [];
  let columns = [];
  const close = () => cluster.forEach((segment) => (segment.columns = columns.length));
  for (const segment of placed) {
    if (columns.every((end) => end <= segment.from)) {
      close();
      cluster = [];
      columns = [];
    }
    const free = columns.findIndex((end) => end <= segment.from);
    segment.column = free < 0 ? columns.length : free;
    columns[segment.column] = bottom(segment);
    cluster.push(segment);
  }
  close();
  return placed;
}

/** Whole-day events as bars over the week: `{event, first, days}`, `first` counting from its Monday. */
export function barsOf(monday, events) {
  return events.filter(isAllDay).map((event) => {
    const count = (date) => Math.round((utc(date) - utc(monday)) / DAY);
    const [first, end] = [Math.max(0, count(event.start.date)), Math.min(7, count(event.end.date))];
    return { event, first, days: Math.max(1, end - first) };
  });
}
