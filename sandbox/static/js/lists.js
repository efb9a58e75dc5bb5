// Menus and option lists in the floating layer: arrows move, Enter picks, typing filters.

import { classes, debounced, h } from './dom.js';
import { icon } from './icons.js';
import { closePopover, drawPopover, openPopover } from './popover.js';

/**
 * Open a menu of `items`: `{label, onpick, icon?, note?, danger?, href?, checked?}` or `{heading}` or `'-'`.
 */
export function openMenu(anchor, items, { label = 'Menu', place = 'right-edge', width, kind = '' } = {}) {
  const choices = items.filter((item) => item !== '-' && !item.heading);
  const list = { active: -1 };
  const pick = (item) => {
    closePopover();
    item.onpick?.();
  };
  const draw = () =>
    h('div', { class: 'menu', tabindex: '0', onkeydown: (event) => steer(event, list, choices, pick), onmount: (el) => el.focus({ preventScroll: true }) },
      items.map((item) => menuItem(item, list, choices, pick)));
  openPopover(anchor, { draw, label, role: 'menu', place, width, kind: `popover-menu ${kind}` });
}

function menuItem(item, list, choices, pick) {
  if (item === '-') return h('hr', { class: 'menu-line' });
  if (item.heading) return h('div', { class: 'menu-heading' }, item.heading);
  const index = choices.indexOf(item);
  return h(
    item.href ? 'a' : 'button',
    {
      class: classes('menu-item', item.danger && 'menu-danger', list.active === index && 'active'),
      role: item.checked === undefined ? 'menuitem' : 'menuitemradio',
      'aria-checked': item.checked === undefined ? undefined : String(item.checked),
      tabindex: '-1',
      href: item.href,
      'data-value': item.value,
      onpointermove: () => activate(list, index),
      onclick: () => pick(item),
    },
    item.icon && h('span', { class: 'menu-icon' }, item.icon),
    h('span', { class: 'menu-label' }, item.label, item.note && h('span', { class: 'menu-note' }, item.note)),
    item.checked && icon('check', 18),
  );
}

function activate(list, index) {
  if (list.active === index) return;
  list.active = index;
  drawPopover();
}

function steer(event, list, choices, pick) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step && choices.length) {
    event.preventDefault();
    activate(list, (list.active + step + choices.length + (list.active < 0 && step < 0 ? 1 : 0)) % choices.length);
  } else if (event.key === 'Home' || event.key === 'End') {
    activate(list, event.key === 'Home' ? 0 : choices.length - 1);
  } else if ((event.key === 'Enter' || event.key === ' ') && list.active >= 0) {
    event.preventDefault();
    layerItem(list.active)?.click();
  }
}

const layerItem = (index) => document.querySelectorAll('.popover [role^="menuitem"]')[index];

/**
 * Open an option list. `load(query)` gives, perhaps later, groups of choices: `[{label?, choices: [{value, label, note?, icon?}]}]`.
 * `chosen()` lists the chosen values; `onpick(choice)` is called for each; a multiple list stays open.
 * `wait` is how many milliseconds of silence while typing come before `load`, `least` how many characters it needs.
 */
export function openOptions(anchor, { load, chosen, onpick, onclose, label, multiple = false, typing = 'Filter', wait = 0, least = 0 }) {
  const list = { query: '', groups: [], active: 0, state: 'loading', round: 0 };
  const fetchNow = async () => {
    const round = (list.round += 1);
    if (list.query.length < least) {
      Object.assign(list, { groups: [], state: 'short' });
      drawPopover();
      return;
    }
    let groups = [];
    let state = 'ready';
    try {
      groups = await load(list.query);
    } catch {
      state = 'failed';
    }
    if (round !== list.round) return;
    Object.assign(list, { groups, state, active: Math.max(0, startIndex(groups, chosen())) });
    drawPopover();
  };
  const fetchSoon = debounced(fetchNow, wait);
  const pick = (choice) => {
    if (!choice) return;
    if (!multiple) closePopover();
    onpick(choice);
    if (multiple) drawPopover();
  };
  const type = (query) => {
    Object.assign(list, { query, state: wait ? 'loading' : list.state });
    drawPopover();
    fetchSoon();
  };
  openPopover(anchor, {
    draw: () => optionList(list, { chosen: chosen(), label, multiple, typing, type, pick }),
    label,
    role: 'presentation',
    kind: 'popover-options',
    width: Math.max(anchor.offsetWidth, 240),
    onclose,
  });
  fetchNow();
}

const flatChoices = (groups) => groups.flatMap((group) => group.choices);
const startIndex = (groups, chosen) => flatChoices(groups).findIndex(({ value }) => chosen.includes(value));

function optionList(list, { chosen, label, multiple, typing, type, pick }) {
  const choices = flatChoices(list.groups);
  const move = (step) => {
    list.active = (list.active + step + choices.length) % choices.length;
    drawPopover();
    document.querySelector('.popover .option.active')?.scrollIntoView({ block: 'nearest' });
  };
  const onkeydown = (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) event.preventDefault();
    if (step && choices.length) move(step);
    if (event.key === 'Enter') {
      event.preventDefault();
      if (list.state === 'ready') pick(choices[list.active]);
    }
  };
  return [
    typing && h('div', { class: 'option-search' },
      icon('search', 16),
      h('input', {
        type: 'text', role: 'combobox', 'aria-expanded': 'true', 'aria-controls': 'options', 'aria-label': label, autocomplete: 'off',
        'aria-activedescendant': choices.length ? `option-${list.active}` : undefined,
        placeholder: typing, value: list.query, onkeydown, oninput: (event) => type(event.target.value), onmount: (el) => el.focus({ preventScroll: true }),
      })),
    h('div', { class: 'options', id: 'options', role: 'listbox', 'aria-label': label, 'aria-multiselectable': multiple ? 'true' : undefined,
      tabindex: typing ? undefined : '0', onkeydown: typing ? undefined : onkeydown, onmount: (el) => typing || el.focus({ preventScroll: true }) },
      list.state === 'loading' && !choices.length && h('div', { class: 'options-note' }, h('span', { class: 'spinner' }), 'Loading…'),
      list.state === 'short' && h('div', { class: 'options-note' }, 'Type to search'),
      list.state === 'failed' && h('div', { class: 'options-note options-failed' }, icon('warning', 16), 'The options could not be loaded.'),
      list.state === 'ready' && !choices.length && h('div', { class: 'options-note' }, 'No results'),
      list.groups.map((group) => [
        group.label && h('div', { class: 'option-group' }, group.label),
        group.choices.map((choice) => option(choice, choices.indexOf(choice), list, chosen, pick)),
      ])),
  ];
}

function option(choice, index, list, chosen, pick) {
  const picked = chosen.includes(choice.value);
  return h(
    'div',
    {
      class: classes('option', index === list.active && 'active', picked && 'picked'),
      role: 'option', id: `option-${index}`, 'aria-selected': String(picked), 'data-value': choice.value,
      onpointermove: () => activate(list, index),
      onclick: () => pick(choice),
    },
    choice.icon,
    h('span', { class: 'option-text' }, choice.label, choice.note && h('span', { class: 'option-note' }, choice.note)),
    picked && icon('check', 16),
  );
}
