// Pictures of people: coloured initials; of apps: the app's icon; of Slackbot: its own.

import { h } from './dom.js';

const SLACKBOT = 'USLACKBOT';
const COLOURS = ['#d35b5b', '#2b7fc4', '#2e8f6b', '#8a5bb5', '#c47a1f', '#3f6ea8', '#b0487c', '#4a8a94', '#7a6a3f', '#5664c0', '#a8543a', '#3f8f4f'];

function colour(user) {
  if (/^#?[0-9a-f]{6}$/i.test(user.color ?? '')) return user.color.startsWith('#') ? user.color : `#${user.color}`;
  const sum = [...(user.id ?? user.name ?? '')].reduce((total, letter) => (total * 31 + letter.charCodeAt(0)) % 9973, 7);
  return COLOURS[sum % COLOURS.length];
}

function initials(user) {
  const words = (user.real_name || user.display_name || user.name || '?').split(/\s+/).filter(Boolean);
  return (words.length > 1 ? words[0][0] + words.at(-1)[0] : words[0][0]).toUpperCase();
}

/** A square picture of `size` pixels. Decorative: the name stands beside it. */
export function avatar(user, size) {
  const style = { '--size': `${size}px` };
  if (user?.is_bot) return h('img', { class: 'avatar', style, src: `/static/${user.id === SLACKBOT ? 'slackbot' : 'app'}-icon.svg`, alt: '' });
  const person = user ?? { name: '?' };
  return h('span', { class: 'avatar', style: { ...style, '--colour': colour(person) }, 'aria-hidden': 'true' }, initials(person));
}
