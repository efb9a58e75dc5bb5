// The values of elements in messages, modals and App Home, and what happens when one is used.
// A form is `{key, surface, container}`; container is what the control API calls so: `{channel, ts}` or `{view}`.

import { slack } from './api.js';
import { askFirst } from './confirm.js';
import { changed } from './signals.js';
import { app, state } from './store.js';
import { toast } from './toasts.js';

export const messageForm = (message) => ({
  key: `${state.channel}:${message.ts}`,
  surface: 'message',
  container: { channel: state.channel, ts: message.ts },
});

export function viewForm(view, surface) {
  forgetGone(view);
  return { key: view.id, surface, container: { view: view.id } };
}

/** What was entered into elements that the app has taken out of a view is gone with them, as in Slack. */
function forgetGone(view) {
  const shown = new Set(view.blocks.flatMap((block) => elementsOf(block).map((element) => `${block.block_id} ${element.action_id}`)));
  for (const [blockId, byAction] of Object.entries(state.values[view.id] ?? {})) {
    for (const actionId of Object.keys(byAction)) if (!shown.has(`${blockId} ${actionId}`)) delete byAction[actionId];
  }
}

const INITIAL = {
  plain_text_input: 'initial_value',
  email_text_input: 'initial_value',
  url_text_input: 'initial_value',
  number_input: 'initial_value',
  rich_text_input: 'initial_value',
  static_select: 'initial_option',
  external_select: 'initial_option',
  radio_buttons: 'initial_option',
  checkboxes: 'initial_options',
  multi_static_select: 'initial_options',
  multi_external_select: 'initial_options',
  users_select: 'initial_user',
  conversations_select: 'initial_conversation',
  channels_select: 'initial_channel',
  multi_users_select: 'initial_users',
  multi_conversations_select: 'initial_conversations',
  multi_channels_select: 'initial_channels',
  datepicker: 'initial_date',
  timepicker: 'initial_time',
  datetimepicker: 'initial_date_time',
  file_input: '',
};

/** Whether an element holds a value (a button does not). */
export const holdsValue = (element) => element.type in INITIAL;

/** Whether an element holds a list. */
export const isMultiple = (element) => element.type === 'checkboxes' || element.type === 'file_input' || element.type.startsWith('multi_');

/** What an element holds: options as Slack's option objects, the rest as plain values. Nothing is null or []. */
export function valueOf(form, blockId, element) {
  const own = state.values[form.key]?.[blockId]?.[element.action_id];
  if (own !== undefined) return own;
  return element[INITIAL[element.type]] ?? (isMultiple(element) ? [] : null);
}

export function setValue(form, blockId, element, value) {
  ((state.values[form.key] ??= {})[blockId] ??= {})[element.action_id] = value;
  changed();
}

/** A value as the control API takes it. */
export function wire(value) {
  if (Array.isArray(value)) return value.map(wire);
  if (value === null || typeof value !== 'object') return value;
  return 'content' in value ? value : value.value;
}

/** A file from the person's computer, as the control API takes it. */
export async function picked(file) {
  const url = await new Promise((resolve, reject) => {
    const reading = new FileReader();
    reading.onload = () => resolve(reading.result);
    reading.onerror = () => reject(reading.error);
    reading.readAsDataURL(file);
  });
  return { name: file.name, content: url.split(',')[1] ?? '', encoding: 'base64' };
}

/** Every value of a form's blocks, as the control API takes them. */
export function wireAll(form, blocks) {
  const values = {};
  for (const block of blocks) {
    for (const element of elementsOf(block).filter(holdsValue)) {
      (values[block.block_id] ??= {})[element.action_id] = wire(valueOf(form, block.block_id, element));
    }
  }
  return values;
}

/** What was entered into a form so far, as the control API takes it. */
function entered(form) {
  const values = {};
  for (const [blockId, byAction] of Object.entries(state.values[form.key] ?? {})) {
    values[blockId] = Object.fromEntries(Object.entries(byAction).map(([actionId, value]) => [actionId, wire(value)]));
  }
  return values;
}

/** The interactive elements of a block. */
export function elementsOf(block) {
  return [block.element, block.accessory, ...(block.type === 'actions' ? block.elements : [])].filter((element) => element?.action_id);
}

/** The element's value has changed: keep it, and tell the app unless it only counts on submit. */
export async function choose(form, block, element, value) {
  setValue(form, block.block_id, element, value);
  if (block.type !== 'input' || block.dispatch_action) await act(form, block, element, value);
}

/** Use an element: ask for confirmation if it wants one, then tell the app. Gives whether the app took it. */
export async function act(form, block, element, value = null) {
  if (element.confirm && !(await askFirst(element.confirm))) {
    if (holdsValue(element)) forget(form, block.block_id, element);
    return false;
  }
  const pending = `${form.key}|${block.block_id}|${element.action_id}`;
  busy.add(pending);
  changed();
  const answer = await slack
    .action(state.team, { user: state.as, container: form.container, block_id: block.block_id, action_id: element.action_id, value: wire(value), state: entered(form) })
    .catch((error) => ({ ok: false, message: error.message }));
  busy.delete(pending);
  if (answer.ok === false) toast(answer.message ?? `${app().name} did not respond. Please try again.`);
  changed();
  return answer.ok !== false;
}

const busy = new Set();

/** Whether the app has not answered yet to the use of an element. */
export const isBusy = (form, blockId, element) => busy.has(`${form.key}|${blockId}|${element.action_id}`);

function forget(form, blockId, element) {
  delete state.values[form.key]?.[blockId]?.[element.action_id];
  changed();
}

/** The app's options for what was typed into an external select, grouped as `openOptions` takes them. */
export async function externalOptions(form, blockId, element, typed) {
  const answer = await slack.options(state.team, { user: state.as, container: form.container, block_id: blockId, action_id: element.action_id, value: typed });
  if (answer.ok === false) throw new Error(answer.error);
  return optionGroups(answer);
}

/** `options` or `option_groups` as groups of choices that keep Slack's option. */
export function optionGroups({ options, option_groups: groups }, query = '') {
  const matches = (option) => !query || option.text.text.toLowerCase().includes(query.toLowerCase());
  const choices = (list) =>
    list.filter(matches).map((option) => ({ value: option.value, label: option.text.text, note: option.description?.text, option }));
  if (groups) return groups.map((group) => ({ label: group.label.text, choices: choices(group.options) })).filter((group) => group.choices.length);
  return [{ choices: choices(options ?? []) }];
}
