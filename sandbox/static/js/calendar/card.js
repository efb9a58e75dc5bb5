// The card of one event: what it is, who comes, and what can be done with it.

import { calendar as api } from '../api.js';
import { avatar } from '../avatar.js';
import { askPlainly } from '../confirm.js';
import { dateWords, duration, time, zoneCity } from '../dates.js';
import { classes, h, trapTab } from '../dom.js';
import { choice, field, input } from '../fields.js';
import { icon } from '../icons.js';
import { link } from '../mrkdwn.js';
import { linked } from '../plaintext.js';
import { changed } from '../signals.js';
import { toast } from '../toasts.js';
import { ANSWERS, answerMark, answerWords, guestsOf } from './answers.js';
import { endOf, isAllDay, noon, shifted, startOf } from './days.js';
import { done, moveEvent, moveForm } from './forms.js';
import { nameOf, openEvent, show, state, zone } from './store.js';

export function eventCard() {
  const event = openEvent();
  if (!event) return null;
  const onkeydown = (press) => {
    if (press.key === 'Escape') close();
    trapTab(press, press.currentTarget);
  };
  return h(
    'div',
    { class: 'event-card', key: event.id, role: 'dialog', 'aria-label': event.summary || 'Event', 'data-testid': 'event-card', tabindex: '-1', onkeydown, onmount: (element) => element.focus({ preventScroll: true }) },
    h(
      'div',
      { class: 'card-head' },
      h('h2', { 'data-testid': 'event-summary' }, event.summary || '(no title)'),
      h('button', { class: 'icon-button', 'aria-label': 'Close', onclick: close }, icon('close')),
    ),
    h(
      'div',
      { class: 'card-body' },
      fact('clock', when(event)),
      meeting(event),
      event.location && fact('home', linked(event.location)),
      event.description && fact('list', h('div', { class: 'card-text' }, linked(event.description))),
      guests(event),
      answering(event),
      state.form?.kind === 'move' && h('section', { class: 'card-section' }, h('h3', null, 'Move'), moveForm(event)),
    ),
    state.form?.kind !== 'move' && actions(event),
  );
}

function close() {
  const id = state.open;
  show(null);
  document.querySelector(`[data-event="${CSS.escape(id)}"]`)?.focus({ preventScroll: true });
}

const fact = (name, ...children) => h('div', { class: 'fact' }, icon(name, 18), h('div', null, ...children));

function when(event) {
  if (isAllDay(event)) {
    const last = shifted(event.end.date, -1);
    return [dateWords(noon(event.start.date), 'UTC'), last > event.start.date && ` to ${dateWords(noon(last), 'UTC')}`, h('span', { class: 'soft' }, 'All day')];
  }
  const [start, end] = [startOf(event, zone()), endOf(event, zone())];
  return [h('b', null, `${time(start, zone())}–${time(end, zone())}`), ` ${dateWords(start, zone())}`, h('span', { class: 'soft' }, `${duration(start, end)} · ${zoneCity(zone())} time`)];
}

function meeting(event) {
  const status = event.conferenceData?.createRequest?.status?.statusCode;
  if (event.hangoutLink) return fact('video', link(event.hangoutLink, ['Join with Google Meet']), h('span', { class: 'soft' }, event.hangoutLink.replace('https://', '')));
  if (status === 'pending') return fact('video', h('span', { class: 'soft' }, 'The Meet link is being made.'));
  if (status === 'failure') return fact('video', h('span', { class: 'soft' }, 'No Meet link could be made.'));
  return null;
}

function guests(event) {
  const all = event.attendees ?? [];
  if (!all.length) return null;
  return h(
    'section',
    { class: 'card-section' },
    h('h3', null, all.length === 1 ? '1 guest' : `${all.length} guests`, event.attendeesOmitted && h('span', { class: 'soft' }, 'Other guests are hidden')),
    h('ul', { class: 'guests' }, [...all].sort((one, other) => Boolean(other.organizer) - Boolean(one.organizer)).map(guest)),
  );
}

function guest({ email, displayName, responseStatus, organizer, comment }) {
  const name = nameOf({ email, displayName });
  return h(
    'li',
    { class: 'guest', key: email, 'data-testid': 'attendee', 'data-email': email, 'data-response': responseStatus },
    h('span', { class: 'guest-picture' }, avatar({ id: email, name: name ?? email }, 30), answerMark(responseStatus, 10)),
    h('span', { class: 'guest-words' }, h('b', null, name ?? email), h('span', { class: 'soft' }, [name && email, organizer && 'Organizer', answerWords(responseStatus)].filter(Boolean).join(' · ')), comment && h('q', null, comment)),
  );
}

function answering(event) {
  const all = [...guestsOf(event), ...(event.attendees ?? []).filter((each) => each.organizer)];
  if (!all.length) return null;
  const own = all.find(({ self }) => self && event.attendeesOmitted);
  const chosen = all.find(({ email }) => email === state.answer.as) ?? own ?? all[0];
  const set = (values) => {
    Object.assign(state.answer, values);
    changed();
  };
  const answer = async (response) => {
    const comment = state.answer.comment.trim();
    if (await done(() => api.rsvp(state.calendar, event.id, { email: chosen.email, response, ...(comment && { comment }) }))) set({ comment: '' });
  };
  return h(
    'section',
    { class: 'card-section' },
    h(
      'div',
      { class: 'answering' },
      field('Answer as', choice({ 'data-testid': 'answer-as' }, all.map((each) => [each.email, nameOf(each) ? `${nameOf(each)} (${each.email})` : each.email]), chosen.email, (as) => set({ as }))),
      field('Comment (optional)', input({ value: state.answer.comment, 'data-testid': 'rsvp-comment', placeholder: 'I may be ten minutes late' }, (comment) => set({ comment }))),
      h(
        'div',
        { class: 'answers', role: 'group', 'aria-label': 'Going?' },
        ANSWERS.map(({ response, label }) =>
          h('button', { class: classes('btn', `answer-button-${response}`), key: response, 'data-testid': `rsvp-${response}`, 'aria-pressed': String(chosen.responseStatus === response), onclick: () => answer(response) }, answerMark(response), label),
        ),
      ),
    ),
  );
}

function actions(event) {
  const isOwn = Boolean(event.organizer?.self);
  const remove = async () => {
    const sentence = isOwn && guestsOf(event).length ? 'It disappears from the calendars of all guests, too.' : isOwn ? 'It disappears from the calendar.' : 'It disappears from this calendar, and the invitation is declined.';
    if (!(await askPlainly(`Delete “${event.summary || '(no title)'}”?`, sentence, 'Delete'))) return;
    if (await done(() => api.remove(state.calendar, event.id))) {
      show(null);
      toast('Deleted.', 'done', 3);
    }
  };
  return h(
    'div',
    { class: 'card-foot' },
    isOwn && !isAllDay(event) && h('button', { class: 'btn', 'data-testid': 'event-move', onclick: () => moveEvent(event) }, icon('pencil', 16), 'Move'),
    h('button', { class: 'btn', 'data-testid': 'event-delete', onclick: remove }, icon('bin', 16), isOwn ? 'Delete' : 'Remove from calendar'),
  );
}

const GAP = 8;

/** Put the card beside its event: to the right, or where there is more room. */
export function placeCard() {
  const card = document.querySelector('.event-card');
  if (!card) return;
  const anchor = document.querySelector(`[data-event="${CSS.escape(state.open)}"]`);
  const frame = document.querySelector('.frame').getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = card;
  const at = anchor?.getBoundingClientRect() ?? new DOMRect(frame.left + (frame.width - width) / 2, frame.top + GAP, 0, 0);
  const right = at.right + GAP;
  const left = right + width < frame.right ? right : at.left - GAP - width;
  card.style.left = `${clamp(left, frame.left + GAP, frame.right - width - GAP)}px`;
  card.style.top = `${clamp(at.top - 40, frame.top + GAP, frame.bottom - height - GAP)}px`;
}

const clamp = (value, least, most) => Math.max(least, Math.min(value, most));

/** Clicks outside the card close it; the card follows its event when the week scrolls. */
export function watchCard() {
  document.addEventListener('pointerdown', (event) => {
    if (state.open && !event.target.closest('.event-card, .event, .overlay, .toasts, .popover-layer, .topbar, .rail')) show(null);
  });
  addEventListener('scroll', placeCard, true);
  addEventListener('resize', () => changed());
}
