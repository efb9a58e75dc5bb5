// The control API, as functions. Every failure is a ControlError whose message can be shown.

/** What the control API refused, in its own words. */
export class ControlError extends Error {}

async function call(method, path, body) {
  let response;
  try {
    response = await fetch(`/control/${path}`, {
      method,
      headers: body === undefined ? {} : { 'Content-Type': 'application/json' },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch {
    throw new ControlError('The sandbox is not running.');
  }
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new ControlError(answer.error ?? `The sandbox answered ${response.status}.`);
  return answer;
}

const get = (path) => call('GET', path);
const post = (path, body = {}) => call('POST', path, body);
const remove = (path) => call('DELETE', path);
const part = encodeURIComponent;

export const slack = {
  workspaces: () => get('slack/workspaces'),
  workspace: (team, user) => get(`slack/${team}${user ? `?user=${part(user)}` : ''}`),
  channel: (team, user, channel) => get(`slack/${team}/channels/${part(channel)}?user=${part(user)}`),
  thread: (team, user, channel, ts) => get(`slack/${team}/channels/${part(channel)}/threads/${ts}?user=${part(user)}`),
  read: (team, user, channel) => post(`slack/${team}/channels/${part(channel)}/read`, { user }),
  send: (team, message) => post(`slack/${team}/messages`, message),
  command: (team, user, channel, text) => post(`slack/${team}/commands`, { user, channel, text }),
  action: (team, action) => post(`slack/${team}/actions`, action),
  options: (team, query) => post(`slack/${team}/options`, query),
  submit: (team, user, view, values) => post(`slack/${team}/views/${view}/submit`, { user, values }),
  close: (team, user, view, clear) => post(`slack/${team}/views/${view}/close`, { user, clear }),
  shortcut: (team, shortcut) => post(`slack/${team}/shortcuts`, shortcut),
  fileAddress: (team, user, file) => `/control/slack/${team}/files/${part(file)}?user=${part(user)}`,
  home: (team, user) => get(`slack/${team}/home?user=${part(user)}`),
  openHome: (team, user) => post(`slack/${team}/home`, { user }),
  calls: () => get('slack/calls'),
  forgetCalls: () => remove('slack/calls'),
  connections: () => get('slack/connections'),
};

const calendarPath = (id) => `calendar/${part(id)}/events`;

export const calendar = {
  list: () => get('calendar'),
  events: (id, from, to) => get(from ? `${calendarPath(id)}?from=${part(from)}&to=${part(to)}` : calendarPath(id)),
  create: (id, event) => post(calendarPath(id), event),
  rsvp: (id, event, answer) => post(`${calendarPath(id)}/${part(event)}/rsvp`, answer),
  move: (id, event, times) => post(`${calendarPath(id)}/${part(event)}/move`, times),
  remove: (id, event) => post(`${calendarPath(id)}/${part(event)}/delete`),
  expireSync: (id) => post(`calendar/${part(id)}/expire-sync`),
  revoke: (id) => post(`calendar/${part(id)}/revoke`),
  restore: (id) => post(`calendar/${part(id)}/restore`),
  conferences: (mode) => post('calendar/conferences', { mode }),
};

export const mail = {
  list: (to) => get(`mail${to ? `?to=${part(to)}` : ''}`),
  one: (id) => get(`mail/${part(id)}`),
  bounces: () => get('mail/bounces'),
  bounce: (address, kind) => call('PUT', `mail/bounces/${part(address)}`, { kind }),
  empty: () => remove('mail'),
};

export const clock = {
  get: () => get('clock'),
  move: (how) => post('clock', how),
};

export const faults = {
  list: () => get('faults'),
  add: (fault) => post('faults', fault),
  remove: (id) => remove(id === undefined ? 'faults' : `faults/${id}`),
};

/**
 * Calls `changed(topics)` whenever the sandbox says that something changed: several notices in a row make one call.
 * After a lost connection everything may have changed, so all topics are named.
 */
export function listen(changed) {
  const topics = new Set();
  let timer = 0;
  const note = (names) => {
    names.forEach((name) => topics.add(name));
    timer ||= setTimeout(() => {
      timer = 0;
      const noted = new Set(topics);
      topics.clear();
      changed(noted);
    }, 40);
  };
  const source = new EventSource('/control/events');
  let lost = false;
  source.onmessage = (event) => note([JSON.parse(event.data).topic]);
  source.onerror = () => (lost = true);
  source.onopen = () => {
    if (lost) note(['slack', 'calendar', 'mail', 'clock', 'faults']);
    lost = false;
  };
}
