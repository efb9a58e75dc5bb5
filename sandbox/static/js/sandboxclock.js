// The sandbox's present: real time plus the offset that the control API names.

import { clock } from './api.js';
import { changed } from './signals.js';

/** The hour of the button "Next morning": the one at which digests come. */
export const MORNING = '09:00';

let offset = 0;

export const now = () => new Date(Date.now() + offset);

export async function readClock() {
  const { now: present } = await clock.get();
  offset = Date.parse(present) - Date.now();
  changed();
}

/** Move the sandbox's clock: `{advance_seconds}`, `{to}` or `{next, time_zone}`. */
export async function moveClock(how) {
  const { now: present } = await clock.move(how);
  offset = Date.parse(present) - Date.now();
  changed();
}

/** Move the sandbox's clock to the next morning in `zone`. */
export const moveToMorning = (zone) => moveClock({ next: MORNING, time_zone: zone });

/** Draw the page again as the minutes pass. */
export function tick() {
  setTimeout(() => {
    changed();
    tick();
  }, 60_050 - (now().getTime() % 60_000));
}
