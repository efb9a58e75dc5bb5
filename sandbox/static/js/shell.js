// What all pages share: the rail at the left and the bar with the sandbox's clock at the top.

import { time, weekdayName, monthName, parts, zoneCity } from './dates.js';
import { h } from './dom.js';
import { icon } from './icons.js';
import { openMenu } from './lists.js';
import { MORNING, moveClock, moveToMorning, now } from './sandboxclock.js';
import { attempt, toastList } from './toasts.js';

const PLACES = [
  { name: 'slack', label: 'Slack', icon: 'home', path: '/' },
  { name: 'calendar', label: 'Calendar', icon: 'calendar', path: '/calendar' },
  { name: 'mail', label: 'Mail', icon: 'mail', path: '/mail' },
  { name: 'controls', label: 'Controls', icon: 'sliders', path: '/controls' },
];

/** The page `name` around `content`, with what floats over it; the clock is shown in `zone`. */
export function shell(name, zone, content, floating = []) {
  return [
    h('div', { class: 'app' }, topBar(zone), rail(name), h('div', { class: 'frame' }, content)),
    floating,
    toastList(),
  ];
}

function rail(current) {
  if (current === 'slack') sessionStorage.setItem('slack-place', location.search);
  const back = sessionStorage.getItem('slack-place') ?? '';
  return h(
    'nav',
    { class: 'rail', 'aria-label': 'Sandbox' },
    h('img', { class: 'rail-logo', src: '/static/app-icon.svg', alt: 'Callsheet sandbox' }),
    PLACES.map((place) =>
      h(
        'a',
        { class: 'rail-link', href: place.name === 'slack' ? `/${back}` : place.path, 'aria-current': place.name === current ? 'page' : undefined, 'data-testid': `go-${place.name}` },
        h('span', { class: 'rail-icon' }, icon(place.icon)),
        place.label,
      ),
    ),
  );
}

function topBar(zone) {
  const present = now();
  const { day } = parts(present, zone);
  const date = `${weekdayName(present, zone, 'short')} ${day} ${monthName(present, zone, 'short')}`;
  const move = (how) => () => attempt(() => moveClock(how));
  const toMorning = () => attempt(() => moveToMorning(zone));
  const more = (event) =>
    openMenu(
      event.currentTarget,
      [
        { heading: `Move the sandbox's clock (${zone})` },
        { label: '5 minutes', onpick: move({ advance_seconds: 300 }) },
        { label: '15 minutes', onpick: move({ advance_seconds: 900 }) },
        { label: '1 hour', onpick: move({ advance_seconds: 3600 }) },
        { label: '1 day', onpick: move({ advance_seconds: 86_400 }) },
        { label: '1 week', onpick: move({ advance_seconds: 604_800 }) },
        '-',
        { label: `Next morning, ${MORNING}`, onpick: toMorning },
        { label: 'Next evening, 17:55', onpick: move({ next: '17:55', time_zone: zone }) },
      ],
      { label: "Move the sandbox's clock", width: 260 },
    );
  return h(
    'header',
    { class: 'topbar' },
    h(
      'div',
      { class: 'clock', role: 'group', 'aria-label': 'Sandbox time', 'data-testid': 'clock' },
      h('button', { class: 'clock-now', 'aria-haspopup': 'menu', 'aria-expanded': 'false', onclick: more }, icon('clock', 16), h('span', { 'data-testid': 'clock-text' }, h('span', { class: 'clock-date' }, `${date}, `), h('b', null, time(present, zone)), ` in ${zoneCity(zone)}`), icon('chevron-down', 16)),
      h('button', { class: 'clock-move', onclick: move({ advance_seconds: 900 }) }, '+15 min'),
      h('button', { class: 'clock-move', onclick: move({ advance_seconds: 3600 }) }, '+1 h'),
      h('button', { class: 'clock-move', title: `The next ${MORNING} in ${zoneCity(zone)}`, onclick: toMorning }, h('span', null, 'Next morning', h('span', { class: 'clock-hour' }, `, ${MORNING}`))),
    ),
    h('span', { class: 'topbar-note' }, 'Sandbox'),
  );
}
