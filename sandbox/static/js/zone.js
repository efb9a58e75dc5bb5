// The zone in which the pages show the clock: that of the person last looked at, in this tab or in another.

import { slack } from './api.js';

const KEPT = 'zone';

const kept = () => sessionStorage.getItem(KEPT) ?? localStorage.getItem(KEPT);

/** The zone for pages that belong to no one person. */
export const lastZone = () => kept() ?? 'UTC';

/** Keep the zone in which the clock is shown, for the other pages. */
export function keepZone(zone) {
  sessionStorage.setItem(KEPT, zone);
  localStorage.setItem(KEPT, zone);
}

/** Before any page has shown the clock, it is that of the person as whom the Slack page opens. */
export async function findZone() {
  if (kept()) return;
  const { workspaces } = await slack.workspaces();
  if (workspaces.length) keepZone((await slack.workspace(workspaces[0].id)).user.tz);
}
