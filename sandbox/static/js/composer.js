// The box one writes in, below a channel or a thread.

import { slack } from './api.js';
import { avatar } from './avatar.js';
import { commandBeingTyped, completionPanel, propose } from './completion.js';
import { classes, h } from './dom.js';
import { picked } from './forms.js';
import { icon } from './icons.js';
import { openMenu } from './lists.js';
import { escaped } from './mrkdwn.js';
import { showNewest } from './scroller.js';
import { runShortcut } from './shortcuts.js';
import { changed } from './signals.js';
import { app, displayName, people, refresh, state } from './store.js';
import { attempt, toast } from './toasts.js';

const drafts = new Map();
const MARKS = [['bold', 'Bold', '*'], ['italic', 'Italic', '_'], ['strike', 'Strikethrough', '~'], null, ['code', 'Code', '`']];

function draftOf(id) {
  if (!drafts.has(id)) drafts.set(id, { text: '', files: [], proposal: null, active: 0, sending: false });
  return drafts.get(id);
}

/**
 * A composer. `thread` is the parent's ts when it writes replies.
 * Its parts have keys because a field that moves in the document loses the focus: panels come and go above this one.
 */
export function composer(placeholder, thread = null) {
  const id = `${state.as}:${state.channel}:${thread ?? ''}`;
  const draft = draftOf(id);
  const send = () => sendDraft(draft, thread, fieldOf(id));
  const hint = !draft.proposal && commandBeingTyped(draft.text);
  return h(
    'form',
    { class: 'composer', key: `composer-${id}`, 'data-testid': thread ? 'thread-composer' : 'composer', onsubmit: (event) => (event.preventDefault(), send()) },
    draft.proposal && completionPanel(draft.proposal, draft.active, (item) => take(draft, item, fieldOf(id)), (index) => setActive(draft, index)),
    hint && h('div', { class: 'command-hint', key: 'hint' }, h('b', null, hint.command), ' ', hint.usage_hint, h('span', null, hint.description)),
    formatBar(draft, id),
    h('textarea', {
      id: `field-${id}`, key: 'field', class: 'composer-field', rows: '1', placeholder, 'aria-label': placeholder, value: draft.text, autocomplete: 'off', spellcheck: 'false',
      'aria-expanded': String(Boolean(draft.proposal)), 'aria-controls': draft.proposal ? 'completion' : undefined, 'aria-activedescendant': draft.proposal ? `completion-${draft.active}` : undefined,
      oninput: (event) => typed(draft, event.target),
      onclick: (event) => typed(draft, event.target),
      onkeydown: (event) => steer(event, draft, send),
      onblur: () => ((draft.proposal = null), changed()),
      onmount: (element) => (grow(element), element.focus({ preventScroll: true })),
    }),
    draft.files.length > 0 && h('div', { class: 'composer-files', key: 'files' }, draft.files.map((file) => fileChip(draft, file))),
    footer(draft, id, thread),
  );
}

const fieldOf = (id) => document.getElementById(`field-${id}`);

function typed(draft, field) {
  draft.text = field.value;
  draft.proposal = propose(field.value.slice(0, field.selectionStart));
  draft.active = 0;
  grow(field);
  changed();
}

function grow(field) {
  field.style.height = 'auto';
  field.style.height = `${Math.min(field.scrollHeight, 240)}px`;
}

function setActive(draft, index) {
  draft.active = index;
  changed();
}

function steer(event, draft, send) {
  const { proposal } = draft;
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (proposal && step) {
    event.preventDefault();
    setActive(draft, (draft.active + step + proposal.items.length) % proposal.items.length);
  } else if (proposal && (event.key === 'Tab' || (event.key === 'Enter' && !complete(draft)))) {
    event.preventDefault();
    take(draft, proposal.items[draft.active], event.target);
  } else if (proposal && event.key === 'Escape') {
    event.preventDefault();
    draft.proposal = null;
    changed();
  } else if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    send();
  }
}

/** A command typed in full is sent by Enter, not completed once more. */
const complete = ({ proposal, text, active }) => proposal.kind === 'command' && proposal.items[active].text.trim() === text && proposal.items.length === 1 && !proposal.items[active].command.usage_hint;

function take(draft, item, field) {
  const after = draft.text.slice(field.selectionStart);
  const before = draft.text.slice(0, draft.proposal.from) + item.text;
  draft.text = field.value = before + after;
  draft.proposal = null;
  field.focus();
  field.setSelectionRange(before.length, before.length);
  grow(field);
  changed();
}

/** What was typed, as Slack sends it: escaped, with people and channels by id. `labelled` adds names, as commands get them. */
function encoded(text, labelled) {
  let sent = escaped(text);
  const names = people().flatMap((user) => [displayName(user), user.real_name].map((name) => ({ name: `@${name}`, user })));
  for (const { name, user } of names.sort((one, other) => other.name.length - one.name.length)) {
    sent = replaceWord(sent, escaped(name), labelled ? `<@${user.id}|${user.name}>` : `<@${user.id}>`);
  }
  for (const channel of state.workspace.channels.filter(({ is_im: direct }) => !direct)) {
    sent = replaceWord(sent, `#${channel.name}`, `<#${channel.id}|${channel.name}>`);
  }
  return labelled ? sent : sent.replace(/(^|\s)@(here|channel|everyone)(?!\w)/g, '$1<!$2>');
}

function replaceWord(text, word, replacement) {
  const pattern = new RegExp(`(^|[\\s(])${word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}(?![\\p{L}\\p{N}_-])`, 'gu');
  return text.replace(pattern, (_, lead) => lead + replacement);
}

async function sendDraft(draft, thread, field) {
  const text = draft.text.trim();
  if (draft.sending || (!text && !draft.files.length)) return;
  const isCommand = draft.text.startsWith('/') && !draft.files.length;
  if (isCommand && thread) {
    toast(`${text.split(/\s/)[0]} is not supported in threads. Sorry!`);
    return;
  }
  const before = { text: draft.text, files: draft.files };
  showNewest(field);
  Object.assign(draft, { text: '', files: [], proposal: null, sending: true });
  changed();
  const sent = await attempt(() => (isCommand ? sendCommand(text) : sendMessage(text, before.files, thread)));
  draft.sending = false;
  if (!sent && !draft.text) Object.assign(draft, before);
  changed();
  requestAnimationFrame(() => document.querySelectorAll('.composer-field').forEach(grow));
}

async function sendMessage(text, files, thread) {
  const message = { user: state.as, channel: state.channel, text: encoded(text, false) };
  if (thread) message.thread_ts = thread;
  if (files.length) message.files = files;
  await slack.send(state.team, message);
  await refresh();
  return true;
}

/** Gives whether the command ran. Of one that did not, Slackbot tells in the conversation. */
async function sendCommand(text) {
  const { ok } = await slack.command(state.team, state.as, state.channel, encoded(text, true));
  return ok !== false;
}

function formatBar(draft, id) {
  const wrap = (mark) => () => {
    const field = fieldOf(id);
    const { selectionStart: from, selectionEnd: to, value } = field;
    draft.text = field.value = value.slice(0, from) + mark + value.slice(from, to) + mark + value.slice(to);
    field.focus();
    field.setSelectionRange(from + 1, to + 1);
    changed();
  };
  return h(
    'div',
    { class: 'composer-format', key: 'format', role: 'toolbar', 'aria-label': 'Formatting' },
    MARKS.map((mark) => (mark ? h('button', { type: 'button', class: 'icon-button', 'aria-label': mark[1], title: mark[1], tabindex: '-1', onclick: wrap(mark[2]) }, icon(mark[0], 18)) : h('span', { class: 'composer-line' }))),
  );
}

function footer(draft, id, thread) {
  const ready = Boolean(draft.text.trim() || draft.files.length);
  const insert = (text) => () => {
    const field = fieldOf(id);
    draft.text = field.value = field.value + text;
    field.focus();
    typed(draft, field);
  };
  return h(
    'div',
    { class: 'composer-foot', key: 'foot' },
    h('input', { type: 'file', class: 'hidden-file', id: `file-${id}`, multiple: true, tabindex: '-1', 'aria-label': 'Attach files', onchange: (event) => attach(draft, event.target) }),
    h('button', { type: 'button', class: 'icon-button composer-plus', 'aria-label': 'Attach or run a shortcut', title: 'Attach or run a shortcut', 'aria-haspopup': 'menu', 'aria-expanded': 'false', onclick: (event) => openPlus(event.currentTarget, id) }, icon('plus', 18)),
    h('button', { type: 'button', class: 'icon-button', 'aria-label': 'Mention someone', title: 'Mention someone', onclick: insert('@') }, icon('at', 18)),
    !thread && h('button', { type: 'button', class: 'icon-button', 'aria-label': 'Commands', title: 'Commands', onclick: insert(draft.text ? '' : '/') }, icon('slash', 18)),
    h('span', { class: 'composer-space' }),
    h('button', { type: 'submit', class: classes('composer-send', ready && 'ready'), 'aria-label': 'Send', disabled: !ready || draft.sending }, icon('send', 16)),
  );
}

function openPlus(anchor, id) {
  const shortcuts = state.workspace.shortcuts.filter(({ type }) => type === 'global');
  openMenu(
    anchor,
    [
      { label: 'Upload from your computer', icon: icon('clip'), onpick: () => document.getElementById(`file-${id}`).click() },
      ...(shortcuts.length ? ['-', { heading: 'Shortcuts' }] : []),
      ...shortcuts.map(({ name, callback_id: callback }) => ({ label: name, value: callback, icon: avatar({ is_bot: true }, 20), note: app().name, onpick: () => runShortcut(callback) })),
    ],
    { label: 'Attach or run a shortcut', place: 'above', width: 300 },
  );
}

async function attach(draft, input) {
  for (const file of input.files) draft.files = [...draft.files, await picked(file)];
  input.value = '';
  changed();
}

function fileChip(draft, file) {
  const drop = () => {
    draft.files = draft.files.filter((other) => other !== file);
    changed();
  };
  return h('div', { class: 'file-tile', key: file.name }, h('span', { class: 'file-icon' }, icon('file', 22)), h('b', null, file.name), h('button', { type: 'button', class: 'icon-button', 'aria-label': `Remove ${file.name}`, onclick: drop }, icon('close', 14)));
}
