// What an .ics file says, in a few words.

import { dateWords, fromWall, time, zoneCity } from '../dates.js';
import { h } from '../dom.js';
import { icon } from '../icons.js';
import { linked } from '../plaintext.js';

const LINE = /^([\w-]+)((?:;[\w-]+=(?:"[^"]*"|[^":;]*))*):(.*)$/;
const PARAMETER = /;([\w-]+)=(?:"([^"]*)"|([^":;]*))/g;

/** The first event of an iCalendar text: its method and its properties by name, or null. */
function parsed(ics) {
  const properties = new Map();
  let within = false;
  let method = 'PUBLISH';
  for (const line of ics.replace(/\r?\n[ \t]/g, '').split(/\r?\n/)) {
    if (line === 'BEGIN:VEVENT') within = true;
    if (line === 'END:VEVENT') break;
    const match = line.match(LINE);
    if (!match) continue;
    const [, name, parameters, value] = match;
    if (name === 'METHOD') method = value;
    if (!within) continue;
    const property = { value, ...Object.fromEntries([...parameters.matchAll(PARAMETER)].map(([, key, quoted, plain]) => [key, quoted ?? plain])) };
    properties.set(name, [...(properties.get(name) ?? []), property]);
  }
  return within ? { method, properties } : null;
}

const plain = (text) => text.replace(/\\([nN,;\\])/g, (_, letter) => (letter.toLowerCase() === 'n' ? '\n' : letter));

/** The instant of a DTSTART or DTEND: in UTC, in its own zone, or else in `zone`. */
function instantOf(property, zone) {
  const match = property?.value.match(/^(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)\d\d(Z?))?$/);
  if (!match) return null;
  const [, year, month, day, hour = '00', minute = '00', utc] = match;
  const place = utc ? 'UTC' : (property.TZID ?? zone);
  try {
    return fromWall(`${year}-${month}-${day}`, `${hour}:${minute}`, place);
  } catch {
    return fromWall(`${year}-${month}-${day}`, `${hour}:${minute}`, zone);
  }
}

function heading({ method, properties }) {
  const first = (name) => properties.get(name)?.[0].value;
  if (method === 'CANCEL' || first('STATUS') === 'CANCELLED') return 'Cancellation';
  if (method === 'REPLY') return 'Answer to an invitation';
  if (method === 'REQUEST') return Number(first('SEQUENCE') ?? 0) > 0 ? 'Updated invitation' : 'Invitation';
  return 'Event';
}

const withoutScheme = (address) => address.replace(/^mailto:/i, '');

/** The sandbox's calendar has the event, if Google made it. */
function calendarLink({ properties }) {
  const uid = properties.get('UID')?.[0].value.match(/^(\w+)@google\.com$/);
  const organizer = properties.get('ORGANIZER')?.[0];
  return uid && organizer && `/calendar?calendar=${encodeURIComponent(withoutScheme(organizer.value))}&event=${uid[1]}`;
}

/** The summary of a mail's invitation, times in `zone`. Nothing when it holds no event. */
export function invitation(ics, zone) {
  const event = ics && parsed(ics);
  if (!event) return null;
  const first = (name) => event.properties.get(name)?.[0];
  const title = heading(event);
  const [start, end] = [instantOf(first('DTSTART'), zone), instantOf(first('DTEND'), zone)];
  const location = first('LOCATION')?.value;
  const organizer = first('ORGANIZER');
  const calendar = title !== 'Cancellation' && calendarLink(event);
  return h(
    'section',
    { class: `invitation${title === 'Cancellation' ? ' invitation-off' : ''}`, 'aria-label': title, 'data-testid': 'invitation' },
    icon('calendar', 22),
    h(
      'div',
      { class: 'invitation-words' },
      h('span', { class: 'invitation-kind' }, title),
      h('b', null, plain(first('SUMMARY')?.value ?? '(no title)')),
      start && h('span', null, `${dateWords(start, zone)}, ${time(start, zone)}${end ? `–${time(end, zone)}` : ''} (${zoneCity(zone)} time)`),
      h('span', { class: 'soft' }, location && linked(plain(location)), location && organizer && ' · ', organizer && `from ${organizer.CN ?? withoutScheme(organizer.value)}`),
    ),
    calendar && h('a', { class: 'btn', href: calendar }, 'Open in Calendar'),
  );
}
