// The calendar page: anybody's week, and everything that people do with invitations.

import { eventCard, placeCard, watchCard } from '../calendar/card.js';
import { noon, shifted } from '../calendar/days.js';
import { newEvent, newEventDialog } from '../calendar/forms.js';
import { people, peopleSelect } from '../calendar/people.js';
import { current, go, monday, readAddress, refresh, state, zone } from '../calendar/store.js';
import { weekGrid, weekList, zoneLabel } from '../calendar/week.js';
import { confirmDialog } from '../confirm.js';
import { monthName } from '../dates.js';
import { h, render } from '../dom.js';
import { icon } from '../icons.js';
import { run } from '../live.js';
import { shell } from '../shell.js';
import { changed } from '../signals.js';

const page = document.getElementById('page');
const narrow = matchMedia('(max-width: 900px)');

function draw() {
  const content = [!narrow.matches && people(), h('main', { class: 'page-main' }, header(), body())];
  render(page, shell('calendar', zone(), content, [eventCard(), newEventDialog(), confirmDialog(null)]));
  placeCard();
  document.title = `${current()?.name ?? 'Calendar'} – Calendar sandbox`;
}

function header() {
  return h(
    'header',
    { class: 'week-bar' },
    narrow.matches && [peopleSelect(), h('button', { class: 'btn', 'data-testid': 'new-event', 'aria-label': 'New busy event', onclick: () => newEvent() }, icon('plus', 18))],
    h('button', { class: 'btn', 'data-testid': 'today', onclick: () => go({ week: null }) }, 'Today'),
    h(
      'span',
      { class: 'week-turn' },
      h('button', { class: 'icon-button', 'aria-label': 'Previous week', onclick: () => go({ week: shifted(monday(), -7) }) }, icon('chevron-left')),
      h('button', { class: 'icon-button', 'aria-label': 'Next week', onclick: () => go({ week: shifted(monday(), 7) }) }, icon('chevron-right')),
    ),
    h('h1', { 'data-testid': 'week-title' }, weekTitle()),
    h('span', { class: 'week-of' }, current() && `${current().name} · ${zoneLabel()}`),
  );
}

/** "November 2026", or the two months that the week lies in. */
function weekTitle() {
  const [first, last] = [noon(monday()), noon(shifted(monday(), 6))];
  const [month, year] = [(day) => monthName(day, 'UTC', first.getUTCMonth() === last.getUTCMonth() ? 'long' : 'short'), (day) => day.getUTCFullYear()];
  if (first.getUTCMonth() === last.getUTCMonth()) return `${month(first)} ${year(first)}`;
  return year(first) === year(last) ? `${month(first)} – ${month(last)} ${year(last)}` : `${month(first)} ${year(first)} – ${month(last)} ${year(last)}`;
}

function body() {
  if (current()?.revoked) return h('div', { class: 'empty' }, icon('warning', 28), h('p', null, `The account of ${current().name} is unplugged: nobody sees its calendar.`), h('a', { class: 'btn', href: '/controls' }, 'Plug it in under Controls'));
  if (state.events === null) return h('div', { class: 'loading' }, h('span', { class: 'spinner' }), 'Loading…');
  return narrow.matches ? weekList() : weekGrid();
}

watchCard();
narrow.addEventListener('change', changed);
run({ draw, readAddress, refresh, topics: ['calendar', 'clock'] });
