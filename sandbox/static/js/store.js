// What the Slack page shows. Data comes from the control API; the address holds where one is, so a link brings one back.

import { listen, slack } from './api.js';
import { now, readClock } from './sandboxclock.js';
import { changed } from './signals.js';
import { toast } from './toasts.js';
import { keepZone, lastZone } from './zone.js';

export const state = {
  workspaces: [],
  team: null,
  as: null,
  channel: null,
  thread: null,
  pointed: null, // the ts of the message that a permalink led to
  tab: 'messages',
  sidebarOpen: false, // on a narrow screen it lies over the conversation
  workspace: null,
  messages: null,
  replies: null,
  home: undefined,
  newFrom: null,
  values: {},
  drafts: {},
};

let running = false;
let again = false;

/** Where the address says one is. */
function readAddress() {
  const query = new URLSearchParams(location.search);
  state.team = query.get('team');
  state.as = query.get('as');
  state.channel = query.get('channel');
  state.thread = query.get('thread');
  state.pointed = query.get('ts');
  state.tab = query.get('tab') === 'home' ? 'home' : 'messages';
}

/** The address of a place: what is not named stays as it is. */
export function address(place = {}) {
  const { team, as, channel, thread, tab } = { ...state, ...place };
  const query = new URLSearchParams();
  if (state.workspaces.length > 1 && team) query.set('team', team);
  if (as) query.set('as', as);
  if (channel) query.set('channel', channel);
  if (thread) query.set('thread', thread);
  if (tab === 'home') query.set('tab', 'home');
  return `/?${query}`;
}

/** Go somewhere: `{team, as, channel, thread, tab}`. What belongs to the old place is forgotten. */
export function go(place) {
  const moved = (name) => name in place && place[name] !== state[name];
  if (moved('team')) Object.assign(place, { as: place.as ?? null, channel: place.channel ?? null, workspace: null });
  if (moved('team') || moved('as') || moved('channel')) {
    Object.assign(state, { pointed: null, messages: null, replies: null, thread: null, newFrom: null, home: undefined, tab: 'messages' });
  }
  if (moved('thread')) state.replies = null;
  Object.assign(state, place, { sidebarOpen: false });
  history.pushState(null, '', address());
  changed();
  return refresh().then(() => state.tab === 'home' && openHome());
}

/** Fetch again what is shown. Calls that overlap make one more round, so the last answer is the newest. */
export async function refresh() {
  if (running) {
    again = true;
    return;
  }
  running = true;
  try {
    do {
      again = false;
      await fetchAll();
    } while (again);
  } catch (error) {
    toast(error.message);
  } finally {
    running = false;
    changed();
  }
}

async function fetchAll() {
  ({ workspaces: state.workspaces } = await slack.workspaces());
  if (!state.workspaces.some(({ id }) => id === state.team)) state.team = state.workspaces[0]?.id ?? null;
  if (!state.team) return;
  const { team } = state;
  const workspace = await slack.workspace(team, state.as);
  if (team !== state.team) return refreshOnceMore();
  state.workspace = workspace;
  if (!userById(state.as)) state.as = workspace.user?.id ?? workspace.user ?? people()[0]?.id;
  keepZone(zone());
  if (!channelById(state.channel)) state.channel = firstChannel();
  if (state.tab === 'home') goHome();
  await fetchChannel();
}

/** Home is part of the conversation with the app, which a stranger does not have. */
function goHome() {
  const channel = appChannel();
  if (channel) state.channel = channel.id;
  else state.tab = 'messages';
}

function refreshOnceMore() {
  again = true;
}

async function fetchChannel() {
  const { team, as, channel, thread, tab } = state;
  if (!as || !channel) return;
  const [{ messages }, replies, home] = await Promise.all([
    slack.channel(team, as, channel),
    thread ? slack.thread(team, as, channel, thread).catch(() => ({ messages: [] })) : null,
    tab === 'home' ? slack.home(team, as) : null,
  ]);
  if (as !== state.as || channel !== state.channel || thread !== state.thread || team !== state.team) return refreshOnceMore();
  state.messages = messages;
  state.replies = replies?.messages ?? null;
  if (home) state.home = home.view;
  await markRead(messages);
}

async function markRead(messages) {
  const { unread } = channelById(state.channel) ?? {};
  if (!unread || state.tab === 'home' || document.hidden) return;
  if (state.newFrom === null) state.newFrom = messages.at(-unread)?.ts ?? null;
  Object.assign(channelById(state.channel), { unread: 0, mentions: 0 });
  await slack.read(state.team, state.as, state.channel);
}

async function openHome() {
  await slack.openHome(state.team, state.as).catch((error) => toast(error.message));
  await refresh();
}

/** Read the address, fetch, and follow what changes from now on. */
export async function start() {
  readAddress();
  addEventListener('popstate', () => {
    Object.assign(state, { messages: null, replies: null, newFrom: null, home: undefined });
    readAddress();
    changed();
    refresh();
  });
  addEventListener('visibilitychange', () => !document.hidden && refresh());
  listen((topics) => {
    if (topics.has('clock')) readClock().catch((error) => toast(error.message));
    if (topics.has('slack') || topics.has('clock')) refresh();
  });
  await readClock().catch((error) => toast(error.message));
  await refresh();
  history.replaceState(null, '', address());
  if (state.tab === 'home') await openHome();
}

export const userById = (id) => state.workspace?.users.find((user) => user.id === id);
export const channelById = (id) => state.workspace?.channels.find((channel) => channel.id === id);
export const actingUser = () => userById(state.as);
export const people = () => (state.workspace?.users ?? []).filter((user) => !user.is_bot);
export const zone = () => actingUser()?.tz || lastZone();
export const displayName = (user) => user?.display_name || user?.real_name || user?.name || 'Someone';
export const app = () => state.workspace?.app;

/** The direct conversation with the app, if the acting person has one. */
export const appChannel = () => state.workspace?.channels.find(isAppChannel);

/** Whether a channel is the direct conversation with the app. */
export const isAppChannel = (channel) => Boolean(channel?.is_im && channel.user === app()?.bot_user_id);

/** For mrkdwn: who reads, where and when. */
export const reader = () => ({
  zone: zone(),
  now: now(),
  user: actingUser(),
  userById,
  channelById,
  channelAddress: (id) => (channelById(id) ? address({ channel: id, thread: null, tab: 'messages' }) : undefined),
});

function firstChannel() {
  const open = state.workspace.channels.filter((channel) => !channel.is_archived);
  return (open.find((channel) => channel.name === 'general') ?? open.find((channel) => !channel.is_im) ?? open[0])?.id ?? null;
}
