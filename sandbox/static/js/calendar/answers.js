// What people answered to an invitation, in words and marks.

import { h } from '../dom.js';
import { icon } from '../icons.js';

/** The answers that can be given, with what Google calls them. */
export const ANSWERS = [
  { response: 'accepted', label: 'Yes' },
  { response: 'tentative', label: 'Maybe' },
  { response: 'declined', label: 'No' },
];
const MARKS = {
  accepted: { words: 'Yes', icon: 'check' },
  tentative: { words: 'Maybe', icon: 'question' },
  declined: { words: 'No', icon: 'close' },
  needsAction: { words: 'No answer yet', icon: 'dots-row' },
};

export const answerWords = (response) => MARKS[response]?.words ?? response;

/** A small mark of an answer: its shape says it, the colour only helps. */
export const answerMark = (response, size = 12) => h('span', { class: `answer-mark answer-${response}`, title: answerWords(response) }, icon(MARKS[response]?.icon ?? 'question', size));

/** How the owner of the shown calendar answered; without an invitation the event is simply theirs. */
export const ownAnswer = (event) => event.attendees?.find((guest) => guest.self)?.responseStatus ?? 'accepted';

/** Everybody but the organizer. */
export const guestsOf = (event) => (event.attendees ?? []).filter((guest) => !guest.organizer);
