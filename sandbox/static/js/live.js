// How the pages beside Slack run: fetch, draw, and follow what changes in the sandbox.

import { listen } from './api.js';
import { drawPopover, popoverAnchor } from './popover.js';
import { readClock, tick } from './sandboxclock.js';
import { changed, drawWith } from './signals.js';
import { attempt, toast } from './toasts.js';
import { findZone } from './zone.js';

/** Makes a `refresh` of a function that fetches: calls that overlap make one more round, so the last answer is the newest. */
export function refresher(fetchAll) {
  let running = null;
  let again = false;
  const rounds = async () => {
    try {
      do {
        again = false;
        await fetchAll();
      } while (again);
    } catch (error) {
      toast(error.message);
    } finally {
      running = null;
      changed();
    }
  };
  return () => {
    if (running) again = true;
    else running = rounds();
    return running;
  };
}

/** Run a page: `readAddress` takes over where the address says one is; a change of one of `topics` makes `refresh` run. */
export async function run({ draw, readAddress, refresh, topics }) {
  drawWith(() => {
    draw();
    if (popoverAnchor()) drawPopover();
  });
  readAddress?.();
  changed();
  addEventListener('popstate', () => {
    readAddress?.();
    changed();
    refresh();
  });
  listen((changes) => {
    if (changes.has('clock')) attempt(readClock);
    if (topics.some((topic) => changes.has(topic))) refresh();
  });
  tick();
  await attempt(readClock);
  await attempt(findZone);
  await refresh();
}
