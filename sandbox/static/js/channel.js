// The middle and the right of the Slack page: a channel, the app's home, and a thread.

import { avatar } from './avatar.js';
import { blocks } from './blocks.js';
import { composer } from './composer.js';
import { classes, h } from './dom.js';
import { viewForm } from './forms.js';
import { icon } from './icons.js';
import { messageList } from './messages.js';
import { mrkdwn } from './mrkdwn.js';
import { follow } from './scroller.js';
import { menuButton } from './sidebar.js';
import { actingUser, app, channelById, displayName, go, isAppChannel, reader, state, userById } from './store.js';

/** The conversation in the middle. */
export function conversation() {
  const channel = channelById(state.channel);
  if (!state.workspace) return h('main', { class: 'conversation' }, h('div', { class: 'loading' }, h('span', { class: 'spinner' }), 'Loading…'));
  if (isAppChannel(channel)) return appConversation(channel);
  if (!channel) return h('main', { class: 'conversation' }, h('div', { class: 'loading' }, 'Choose a channel.'));
  return h('main', { class: 'conversation', key: 'conversation', 'data-testid': 'conversation' }, channelHead(channel), messagePane(channel));
}

function channelName(channel) {
  if (channel.is_im) return displayName(userById(channel.user));
  return channel.name;
}

function channelHead(channel) {
  const members = (channel.members ?? []).map(userById).filter(Boolean);
  const people = members.filter((user) => !user.is_bot);
  return h(
    'header',
    { class: 'conversation-head' },
    menuButton(),
    h('h1', null, channel.is_im ? avatar(userById(channel.user), 24) : icon(channel.is_private ? 'lock' : 'hash'), h('span', null, channelName(channel))),
    channel.topic && h('span', { class: 'conversation-topic', title: channel.topic }, mrkdwn(channel.topic, reader())),
    h('span', { class: 'composer-space' }),
    !channel.is_im &&
      h('span', { class: 'members', title: people.map((user) => user.real_name || displayName(user)).join(', ') }, people.slice(0, 3).map((user) => avatar(user, 20)), String(members.length)),
  );
}

function messagePane(channel) {
  const messages = state.messages;
  return [
    h(
      'div',
      { class: 'messages', key: `messages-${channel.id}`, 'data-testid': 'messages', tabindex: '0', role: 'log', 'aria-live': 'polite', 'aria-label': `Messages in ${channelName(channel)}`, ...follow(`${state.as}:${channel.id}:${messages ? 'here' : ''}`) },
      h('div', { class: 'messages-inner' }, messages ? [beginning(channel), messageList(messages, { newFrom: state.newFrom })] : h('div', { class: 'loading' }, h('span', { class: 'spinner' }))),
    ),
    channel.is_archived
      ? h('div', { class: 'composer-closed' }, `#${channel.name} is archived. Nothing more can be written here.`)
      : h('div', { class: 'composer-place' }, composer(`Message ${channel.is_im ? '' : '#'}${channelName(channel)}`)),
  ];
}

function beginning(channel) {
  if (channel.is_im) {
    const user = userById(channel.user);
    return h('div', { class: 'beginning', key: 'beginning' }, h('h2', null, avatar(user, 48), channelName(channel)), h('p', null, `This is the very beginning of your messages with ${channelName(channel)}.`));
  }
  return h('div', { class: 'beginning', key: 'beginning' }, h('h2', null, icon(channel.is_private ? 'lock' : 'hash', 28), channel.name), h('p', null, `This is the very beginning of the #${channel.name} channel.`, channel.topic && [' ', mrkdwn(channel.topic, reader()), '.']));
}

function appConversation(channel) {
  const atHome = state.tab === 'home';
  const tab = (name, label) =>
    h('button', { class: classes('tab', state.tab === name && 'current'), role: 'tab', 'aria-selected': String(state.tab === name), 'data-testid': `tab-${name}`, onclick: () => go({ tab: name, thread: null }) }, label);
  return h(
    'main',
    { class: 'conversation', key: 'app', 'data-testid': 'conversation' },
    h('header', { class: 'conversation-head' }, menuButton(), h('h1', null, avatar({ is_bot: true }, 24), h('span', null, app().name), h('span', { class: 'badge-app' }, 'APP'))),
    h('div', { class: 'tabs', role: 'tablist' }, tab('home', 'Home'), tab('messages', 'Messages')),
    atHome ? home() : messagePane(channel),
  );
}

function home() {
  const view = state.home;
  return h(
    'div',
    { class: 'home', key: 'home', 'data-testid': 'home' },
    view === undefined && h('div', { class: 'loading' }, h('span', { class: 'spinner' })),
    view === null && h('div', { class: 'home-empty' }, avatar({ is_bot: true }, 64), h('h2', null, `${app().name} has nothing to show yet`), h('p', null, `Hello ${displayName(actingUser())}. This page fills as soon as the app publishes its Home.`)),
    view && h('div', { class: 'home-inner', key: view.id }, blocks(viewForm(view, 'home'), view.blocks)),
  );
}

/** The thread at the right, if one is open. */
export function thread() {
  if (!state.thread || state.tab === 'home') return null;
  const channel = channelById(state.channel);
  return h(
    'aside',
    { class: 'thread', key: 'thread', 'data-testid': 'thread', 'aria-label': 'Thread' },
    h('header', { class: 'thread-head' }, h('h2', null, 'Thread', h('span', null, channel && (channel.is_im ? channelName(channel) : `# ${channel.name}`))), h('button', { class: 'icon-button', 'aria-label': 'Close thread', onclick: () => go({ thread: null }) }, icon('close'))),
    h('div', { class: 'messages thread-messages', role: 'log', 'aria-live': 'polite', 'aria-label': 'Replies', tabindex: '0', ...follow(`thread:${state.thread}`) },
      h('div', { class: 'messages-inner' }, state.replies ? messageList(state.replies, { inThread: true }) : h('div', { class: 'loading' }, h('span', { class: 'spinner' })))),
    channel && !channel.is_archived && h('div', { class: 'composer-place' }, composer('Reply…', state.thread)),
  );
}
