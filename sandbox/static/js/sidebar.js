// The workspace's sidebar: channels, direct messages, apps, and who one acts as.

import { avatar } from './avatar.js';
import { time, zoneCity } from './dates.js';
import { classes, h, trapTab } from './dom.js';
import { icon } from './icons.js';
import { openMenu, openOptions } from './lists.js';
import { now } from './sandboxclock.js';
import { changed } from './signals.js';
import { address, actingUser, appChannel, displayName, go, isAppChannel, people, state, userById } from './store.js';

export function sidebar() {
  const { workspace } = state;
  const channels = workspace?.channels ?? [];
  const rooms = channels.filter((channel) => !channel.is_im && !channel.is_archived).sort(byName);
  const archived = channels.filter((channel) => channel.is_archived && channel.id === state.channel);
  const people = channels.filter((channel) => channel.is_im && !isAppChannel(channel));
  return [
    state.sidebarOpen && h('div', { class: 'sidebar-scrim', key: 'scrim', onclick: close }),
    h(
      'aside',
      { class: classes('sidebar', state.sidebarOpen && 'sidebar-open'), id: 'sidebar', key: 'sidebar', 'data-testid': 'sidebar', onkeydown: state.sidebarOpen ? steer : undefined },
      workspaceName(),
      h(
        'nav',
        { class: 'sidebar-scroll', 'aria-label': 'Conversations' },
        group('Channels', [...rooms, ...archived].map(channelLink)),
        people.length > 0 && group('Direct messages', people.map(directLink)),
        appChannel() && group('Apps', [appLink(appChannel())]),
      ),
      workspace && actingAs(),
    ),
  ];
}

/** The button that opens the sidebar where there is no room for it beside the conversation. */
export function menuButton() {
  const open = () => {
    state.sidebarOpen = true;
    changed();
    requestAnimationFrame(() => document.querySelector('.sidebar-link.current')?.focus());
  };
  return h('button', { class: 'icon-button menu-button', 'aria-label': 'Conversations', 'aria-expanded': String(state.sidebarOpen), 'aria-controls': 'sidebar', 'data-testid': 'open-sidebar', onclick: open }, icon('menu'));
}

function close() {
  state.sidebarOpen = false;
  changed();
  document.querySelector('.menu-button')?.focus();
}

function steer(event) {
  if (event.key === 'Escape') close();
  else trapTab(event, event.currentTarget);
}

const byName = (one, other) => one.name.localeCompare(other.name);

const group = (name, links) => h('section', { class: 'sidebar-group', 'aria-label': name }, h('h2', null, icon('caret', 14), name), h('ul', null, links));

function workspaceName() {
  const { workspaces, team } = state;
  const current = workspaces.find(({ id }) => id === team);
  const choose = (event) =>
    openMenu(
      event.currentTarget,
      [{ heading: 'Workspaces' }, ...workspaces.map((workspace) => ({ label: workspace.name, note: `${workspace.domain}.slack.com`, checked: workspace.id === team, value: workspace.id, onpick: () => go({ team: workspace.id }) }))],
      { label: 'Switch workspace', place: 'below', width: 280 },
    );
  const label = current?.name ?? 'Slack sandbox';
  return h(
    'div',
    { class: 'workspace' },
    workspaces.length > 1
      ? h('button', { class: 'workspace-name', 'data-testid': 'workspace', 'aria-haspopup': 'menu', 'aria-expanded': 'false', onclick: choose }, h('span', null, label), icon('chevron-down', 16))
      : h('span', { class: 'workspace-name', 'data-testid': 'workspace' }, label),
  );
}

/** Unread messages make the name bold; a number counts those that call for the reader. */
function link(channel, picture, name, kind = '') {
  const { id, unread, mentions } = channel;
  const current = id === state.channel;
  const place = { channel: id, thread: null, tab: 'messages' };
  return h(
    'li',
    { key: id },
    h(
      'a',
      {
        class: classes('sidebar-link', kind, current && 'current', unread > 0 && 'unread'), href: address(place), 'aria-current': current ? 'page' : undefined,
        'data-channel': id, 'data-testid': 'sidebar-link', onclick: (event) => follow(event, place),
      },
      picture,
      h('span', { class: 'sidebar-label' }, name),
      mentions > 0 && h('span', { class: 'unread-badge', 'aria-label': `${mentions} for you` }, String(mentions)),
    ),
  );
}

function follow(event, place) {
  if (event.metaKey || event.ctrlKey || event.shiftKey) return;
  event.preventDefault();
  go(place);
}

function channelLink(channel) {
  return link(channel, icon(channel.is_private ? 'lock' : 'hash', 18), channel.name, channel.is_archived ? 'archived' : '');
}

function directLink(channel) {
  const user = userById(channel.user);
  return link(channel, avatar(user, 20), displayName(user));
}

function appLink(channel) {
  return link(channel, avatar({ is_bot: true }, 20), state.workspace.app.name);
}

function actingAs() {
  const user = actingUser();
  const choose = (event) =>
    openOptions(event.currentTarget, {
      label: 'Act as',
      typing: 'Find a person',
      chosen: () => [state.as],
      load: (query) => [{ choices: people().filter(matching(query)).map(personChoice) }],
      onpick: ({ value }) => go({ as: value, channel: state.channel }),
    });
  return h(
    'button',
    { class: 'acting', 'data-testid': 'acting-as', 'aria-haspopup': 'listbox', 'aria-expanded': 'false', onclick: choose },
    avatar(user, 36),
    h('span', { class: 'acting-words' }, h('span', { class: 'acting-label' }, 'Acting as'), h('b', null, user?.real_name ?? displayName(user)), user?.is_stranger && h('span', { class: 'badge-stranger' }, 'External')),
    icon('chevron-down', 16),
  );
}

const matching = (query) => (user) => `${user.real_name} ${user.display_name} ${user.name} ${user.title}`.toLowerCase().includes(query.toLowerCase());

function personChoice(user) {
  const where = `${zoneCity(user.tz)} ${time(now(), user.tz)}`;
  return { value: user.id, label: [user.real_name, user.is_stranger && h('span', { class: 'badge-stranger' }, 'External')], note: [user.title, user.is_admin && 'Workspace admin', where].filter(Boolean).join(' · '), icon: avatar(user, 28) };
}
