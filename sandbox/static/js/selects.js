// Select menus: one choice or several, from options, from the app, or from the workspace's people and channels.

import { avatar } from './avatar.js';
import { classes, h } from './dom.js';
import { choose, externalOptions, isMultiple, optionGroups, setValue, valueOf } from './forms.js';
import { icon } from './icons.js';
import { openOptions } from './lists.js';
import { channelById, displayName, people, state, userById } from './store.js';

const PEOPLE = /users_select$/;
const CHANNELS = /(channels|conversations)_select$/;

/** The groups of choices that an element offers for what was typed. */
function load(form, block, element, query) {
  if (PEOPLE.test(element.type)) return [{ choices: people().filter(named(query)).map(personChoice) }];
  if (CHANNELS.test(element.type)) return [{ choices: channels(element).filter(named(query)).map(channelChoice) }];
  if (element.type.endsWith('external_select')) return externalOptions(form, block.block_id, element, query);
  return optionGroups(element, query);
}

const named = (query) => (thing) =>
  [thing.name, thing.real_name, thing.display_name].some((name) => name?.toLowerCase().includes(query.toLowerCase().replace(/^[#@]/, '')));

const personChoice = (user) => ({ value: user.id, label: user.real_name || displayName(user), note: user.title || undefined, icon: avatar(user, 20) });
const channelChoice = (channel) => ({ value: channel.id, label: channel.name, icon: icon(channel.is_private ? 'lock' : 'hash', 16) });

function channels(element) {
  const wanted = element.filter?.include ?? ['public', 'private'];
  const publicOnly = element.type.includes('channels');
  return state.workspace.channels.filter(
    (channel) => !channel.is_archived && !channel.is_im && (publicOnly ? !channel.is_private : wanted.includes(channel.is_private ? 'private' : 'public')),
  );
}

/** The text of one chosen value: an option object, or a user's or channel's id. */
function chosenLabel(element, value) {
  if (typeof value === 'object') return value.text.text;
  if (PEOPLE.test(element.type)) return userById(value)?.real_name ?? value;
  return `#${channelById(value)?.name ?? value}`;
}

const identity = (value) => (typeof value === 'object' ? value.value : value);

function open(anchor, form, block, element, label) {
  const multiple = isMultiple(element);
  const chosen = () => [valueOf(form, block.block_id, element)].flat().filter((value) => value !== null).map(identity);
  const before = JSON.stringify(chosen());
  const external = element.type.endsWith('external_select');
  openOptions(anchor, {
    label,
    multiple,
    chosen,
    load: (query) => load(form, block, element, query),
    wait: external ? 250 : 0,
    least: external ? (element.min_query_length ?? 3) : 0,
    typing: external || (element.options?.length ?? 99) > 6 ? 'Search' : '',
    onpick: (choice) => pick(form, block, element, choice.option ?? choice.value),
    onclose: () => {
      if (multiple && JSON.stringify(chosen()) !== before) choose(form, block, element, valueOf(form, block.block_id, element));
    },
  });
}

function pick(form, block, element, value) {
  if (!isMultiple(element)) return choose(form, block, element, value);
  const held = valueOf(form, block.block_id, element);
  const kept = held.filter((other) => identity(other) !== identity(value));
  if (kept.length === held.length && held.length >= (element.max_selected_items ?? Infinity)) return undefined;
  return setValue(form, block.block_id, element, kept.length < held.length ? kept : [...held, value]);
}

/** A select of any kind. `props` are the attributes of its control (names, errors). */
export function select(form, block, element, props) {
  return isMultiple(element) ? manySelect(form, block, element, props) : oneSelect(form, block, element, props);
}

function oneSelect(form, block, element, props) {
  const value = valueOf(form, block.block_id, element);
  const placeholder = element.placeholder?.text ?? 'Select an option';
  const label = props['aria-label'] ?? placeholder;
  return h(
    'div',
    { class: 'select' },
    h(
      'button',
      { ...props, type: 'button', class: classes('select-button', value === null && 'select-empty'), 'aria-haspopup': 'listbox', 'aria-expanded': 'false', onclick: (event) => open(event.currentTarget, form, block, element, label), onkeydown: openByKey },
      value !== null && PEOPLE.test(element.type) && avatar(userById(value), 18),
      h('span', { class: 'select-text' }, value === null ? placeholder : chosenLabel(element, value)),
      icon('chevron-down', 16),
    ),
    value !== null && block.type === 'input' && block.optional &&
      h('button', { type: 'button', class: 'select-clear', 'aria-label': 'Clear', onclick: () => choose(form, block, element, null) }, icon('close', 14)),
  );
}

function openByKey(event) {
  if (event.key !== 'ArrowDown') return;
  event.preventDefault();
  event.currentTarget.click();
}

function manySelect(form, block, element, props) {
  const held = valueOf(form, block.block_id, element);
  const placeholder = element.placeholder?.text ?? 'Select options';
  const drop = (value) => choose(form, block, element, held.filter((other) => other !== value));
  return h(
    'div',
    { class: 'select select-many' },
    held.map((value) =>
      h(
        'span',
        { class: 'chip', key: identity(value) },
        PEOPLE.test(element.type) && avatar(userById(value), 18),
        h('span', { class: 'chip-text' }, chosenLabel(element, value)),
        h('button', { type: 'button', 'aria-label': `Remove ${chosenLabel(element, value)}`, onclick: () => drop(value) }, icon('close', 12)),
      ),
    ),
    h(
      'button',
      { ...props, key: 'open', type: 'button', class: 'select-button select-empty', 'aria-haspopup': 'listbox', 'aria-expanded': 'false', onclick: (event) => open(event.currentTarget, form, block, element, props['aria-label'] ?? placeholder), onkeydown: openByKey },
      h('span', { class: 'select-text' }, held.length ? '' : placeholder),
      icon('chevron-down', 16),
    ),
  );
}
