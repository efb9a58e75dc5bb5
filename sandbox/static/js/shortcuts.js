// Global and message shortcuts.

import { slack } from './api.js';
import { app, state } from './store.js';
import { toast } from './toasts.js';

/** Run a shortcut, on a message if one is given. */
export async function runShortcut(callback, message) {
  const place = message ? { channel: state.channel, ts: message.ts } : {};
  const answer = await slack
    .shortcut(state.team, { user: state.as, callback_id: callback, ...place })
    .catch((error) => ({ ok: false, message: error.message }));
  if (answer.ok === false) toast(answer.message ?? `The shortcut failed because ${app().name} did not respond.`);
}
