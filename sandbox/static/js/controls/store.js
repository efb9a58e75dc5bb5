// What the controls page shows.

import { calendar, faults, slack } from '../api.js';
import { refresher } from '../live.js';
import { changed } from '../signals.js';
import { attempt } from '../toasts.js';
import { keepZone, lastZone } from '../zone.js';

export const state = {
  ready: false,
  zone: lastZone(),
  faults: [],
  calls: [],
  transport: { mode: 'socket', connections: 0 },
  calendars: [],
  conferences: 'instant',
  filter: '',
  errorsOnly: false,
  unfolded: new Set(),
  draft: { service: 'slack', kind: 'rate_limit', method: '', count: '', retry_after: '30', seconds: '15', status: '500' },
  goTo: { date: '', time: '' },
};

export function set(values) {
  Object.assign(state, values);
  changed();
}

/** Show the clock in another zone, here and on the pages that belong to no one person. */
export function showZone(zone) {
  keepZone(zone);
  set({ zone });
}

/** Fetch again what is shown. */
export const refresh = refresher(async () => {
  const [{ faults: inForce }, { calls }, transport, calendars] = await Promise.all([faults.list(), slack.calls(), slack.connections(), calendar.list()]);
  if (!state.ready) state.zone = lastZone();
  Object.assign(state, { ready: true, faults: inForce, calls, transport, ...calendars });
});

/** Do something, show what is refused, and fetch again. Gives whether it was done. */
export async function act(work) {
  const answer = await attempt(work);
  await refresh();
  return answer !== undefined;
}

const CALLS_SECONDS = 2;

/** Calls, connections and the counts of faults change without a notice. */
export function follow() {
  setTimeout(async () => {
    if (!document.hidden) await refresh();
    follow();
  }, CALLS_SECONDS * 1000);
}
