// Whose calendar it is: the list at the left, or a select where there is no room for it.

import { avatar } from '../avatar.js';
import { time, zoneCity } from '../dates.js';
import { h } from '../dom.js';
import { choice } from '../fields.js';
import { icon } from '../icons.js';
import { now } from '../sandboxclock.js';
import { newEvent } from './forms.js';
import { go, state } from './store.js';

export function people() {
  const companies = byCompany(state.calendars);
  return h(
    'aside',
    { class: 'page-side' },
    h('h1', null, 'Calendar'),
    h('button', { class: 'btn btn-large calendar-new', 'data-testid': 'new-event', disabled: !state.calendar, onclick: () => newEvent() }, icon('plus', 18), 'New busy event'),
    h('nav', { class: 'people', 'aria-label': 'Calendars' }, [...companies].map(([name, calendars]) => [h('h2', { key: name }, name), h('ul', { key: `${name} people` }, calendars.map(person))])),
  );
}

const company = ({ id }) => id.split('@').at(-1);

function byCompany(calendars) {
  const groups = new Map();
  for (const calendar of calendars) groups.set(company(calendar), [...(groups.get(company(calendar)) ?? []), calendar]);
  return groups;
}

function person({ id, name, time_zone: zone, revoked }) {
  const pick = (event) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    go({ calendar: id });
  };
  return h(
    'li',
    { key: id },
    h(
      'a',
      { class: 'person', href: `/calendar?calendar=${encodeURIComponent(id)}`, 'aria-current': id === state.calendar ? 'page' : undefined, 'data-calendar': id, onclick: pick },
      avatar({ id, name }, 28),
      h('span', { class: 'person-words' }, h('b', null, name), h('span', null, revoked ? 'Unplugged' : `${zoneCity(zone)} ${time(now(), zone)}`)),
      revoked && icon('warning', 16),
    ),
  );
}

/** The same on a narrow screen. */
export const peopleSelect = () =>
  choice({ 'aria-label': 'Calendar', 'data-testid': 'calendar-select' }, state.calendars.map(({ id, name }) => [id, name]), state.calendar ?? '', (calendar) => go({ calendar }));
