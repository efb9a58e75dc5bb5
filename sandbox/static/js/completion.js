// What the composer proposes while one types: commands after "/", people after "@", channels after "#", emoji after ":".

import { avatar } from './avatar.js';
import { classes, h } from './dom.js';
import { emoji, emojiStartingWith } from './emoji.js';
import { icon } from './icons.js';
import { displayName, people, state } from './store.js';

const starts = (typed) => (name) => name?.toLowerCase().startsWith(typed.toLowerCase());

/**
 * Proposals for the text before the caret: `{kind, from, items: [{text, …}]}`, or null.
 * Taking an item replaces what was typed from `from` on by its text.
 */
export function propose(before) {
  const command = before.match(/^\/[\w-]*$/);
  if (command) return list('command', 0, state.workspace.commands.filter((item) => starts(command[0])(item.command)).map((item) => ({ text: `${item.command} `, command: item })));
  const word = before.match(/(?:^|\s)([@#:])([^\s@#:]*)$/);
  if (!word) return null;
  const [, sign, typed] = word;
  const from = before.length - typed.length - 1;
  if (sign === '@') {
    const fitting = people().filter((user) => [displayName(user), user.real_name, user.name, user.real_name?.split(' ').at(-1)].some(starts(typed)));
    return list('person', from, fitting.slice(0, 8).map((user) => ({ text: `@${displayName(user)} `, user })));
  }
  if (sign === '#') {
    const fitting = state.workspace.channels.filter((channel) => !channel.is_im && !channel.is_archived && starts(typed)(channel.name));
    return list('channel', from, fitting.slice(0, 8).map((channel) => ({ text: `#${channel.name} `, channel })));
  }
  if (typed.length < 2) return null;
  return list('emoji', from, emojiStartingWith(typed).map((name) => ({ text: `:${name}: `, name })));
}

const list = (kind, from, items) => (items.length ? { kind, from, items } : null);

/** The command that is being filled in, to show how it goes on. */
export function commandBeingTyped(text) {
  const name = text.match(/^(\/[\w-]+)\s/)?.[1];
  return name && state.workspace.commands.find(({ command }) => command === name);
}

const HEADINGS = { command: 'Commands', person: 'People', channel: 'Channels', emoji: 'Emoji' };

/** The panel above the composer. */
export function completionPanel(proposal, active, take, hover) {
  return h(
    'div',
    { class: 'completion', key: 'completion', id: 'completion', role: 'listbox', 'aria-label': HEADINGS[proposal.kind], 'data-testid': 'completion' },
    h('div', { class: 'completion-head' }, h('span', null, HEADINGS[proposal.kind]), h('span', { class: 'completion-keys' }, h('kbd', null, '↑'), h('kbd', null, '↓'), ' to move ', h('kbd', null, 'Enter'), ' to choose')),
    proposal.items.map((item, index) =>
      h(
        'div',
        {
          class: classes('completion-item', index === active && 'active'), id: `completion-${index}`, role: 'option', 'aria-selected': String(index === active), 'data-value': item.text.trim(),
          onpointerdown: (event) => {
            event.preventDefault();
            take(item);
          },
          onpointermove: () => hover(index),
        },
        PICTURES[proposal.kind](item),
      ),
    ),
  );
}

const PICTURES = {
  command: ({ command }) => [
    avatar({ is_bot: true }, 36),
    h('span', { class: 'completion-words' }, h('span', null, h('b', null, command.command), ' ', h('span', { class: 'completion-usage' }, command.usage_hint)), h('span', { class: 'completion-note' }, command.description)),
    h('span', { class: 'completion-owner' }, state.workspace.app.name),
  ],
  person: ({ user }) => [avatar(user, 20), h('b', null, displayName(user)), h('span', { class: 'completion-note' }, user.real_name, user.is_stranger && ' · external')],
  channel: ({ channel }) => [icon(channel.is_private ? 'lock' : 'hash', 16), h('b', null, channel.name)],
  emoji: ({ name }) => [emoji(name), h('b', null, `:${name}:`)],
};
