// Block Kit's interactive elements.

import { isoDate } from './dates.js';
import { classes, h } from './dom.js';
import { act, choose, isBusy, picked, setValue, valueOf } from './forms.js';
import { icon } from './icons.js';
import { openMenu } from './lists.js';
import { emojiInText } from './emoji.js';
import { textObject } from './mrkdwn.js';
import { datePicker, dateTimePicker, timePicker } from './pickers.js';
import { select } from './selects.js';
import { reader } from './store.js';

/**
 * An element of a block in a form. `names` ties it to its label, hint and error:
 * `{id, 'aria-labelledby', 'aria-describedby', 'aria-invalid'}`.
 */
export function element(form, block, item, names = {}) {
  const props = { 'data-action-id': item.action_id, 'data-block-id': block.block_id, ...names };
  if (!names['aria-labelledby'] && item.placeholder) props['aria-label'] = item.placeholder.text;
  if (item.accessibility_label) props['aria-label'] = item.accessibility_label;
  if (item.type.endsWith('_select')) return select(form, block, item, props);
  return (KINDS[item.type] ?? unknown)(form, block, item, props);
}

const unknown = (_form, _block, item) => h('span', { class: 'unknown-element' }, `(${item.type} is not shown here)`);

function button(form, block, item, props) {
  const onclick = () => act(form, block, item);
  const content = item.type === 'icon_button' ? [icon('bin', 16)] : textObject(item.text, reader());
  const look = classes('btn', item.style && `btn-${item.style}`, isBusy(form, block.block_id, item) && 'btn-busy');
  if (item.url && /^https?:/i.test(item.url)) {
    return h('a', { ...props, class: look, href: item.url, target: '_blank', rel: 'noopener noreferrer', onclick }, content);
  }
  return h('button', { ...props, type: 'button', class: look, value: item.value, onclick }, content);
}

function overflow(form, block, item, props) {
  const open = (event) =>
    openMenu(
      event.currentTarget,
      item.options.map((option) => ({
        label: textObject(option.text, reader()),
        note: option.description?.text,
        value: option.value,
        href: option.url && /^https?:/i.test(option.url) ? option.url : undefined,
        onpick: () => act(form, block, item, option),
      })),
      { label: 'More actions' },
    );
  return h('button', { 'aria-label': 'More actions', ...props, type: 'button', class: 'btn btn-overflow', 'aria-haspopup': 'menu', 'aria-expanded': 'false', onclick: open }, icon('dots-row', 18));
}

function datepicker(form, block, item, props) {
  const { zone, now } = reader();
  return datePicker({ value: valueOf(form, block.block_id, item), today: isoDate(now, zone), placeholder: item.placeholder?.text, onpick: (date) => choose(form, block, item, date), props });
}

function timepicker(form, block, item, props) {
  return timePicker({ value: valueOf(form, block.block_id, item), zone: reader().zone, placeholder: item.placeholder?.text, onpick: (time) => choose(form, block, item, time), props });
}

function datetimepicker(form, block, item, props) {
  const { zone, now } = reader();
  return dateTimePicker({ value: valueOf(form, block.block_id, item), zone, now, onpick: (seconds) => choose(form, block, item, seconds), props });
}

function checkboxes(form, block, item, props) {
  const held = valueOf(form, block.block_id, item);
  const isOn = (option) => held.some(({ value }) => value === option.value);
  const flip = (option) => choose(form, block, item, isOn(option) ? held.filter(({ value }) => value !== option.value) : [...held, option]);
  return ticks('checkbox', item, props, isOn, flip, `${form.key}-${block.block_id}`);
}

function radioButtons(form, block, item, props) {
  const held = valueOf(form, block.block_id, item);
  return ticks('radio', item, props, (option) => held?.value === option.value, (option) => choose(form, block, item, option), `${form.key}-${block.block_id}`);
}

function ticks(type, item, { id, ...props }, isOn, pick, name) {
  return h(
    'div',
    { ...props, class: 'ticks', role: type === 'radio' ? 'radiogroup' : 'group' },
    item.options.map((option, index) =>
      h(
        'label',
        { class: 'tick' },
        h('input', { type, id: index ? undefined : id, name: `${name}-${item.action_id}`, value: option.value, checked: isOn(option), onchange: () => pick(option) }),
        h('span', null, textObject(option.text, reader()), option.description && h('span', { class: 'tick-note' }, textObject(option.description, reader()))),
      ),
    ),
  );
}

function textInput(form, block, item, props) {
  const dispatchOn = item.dispatch_action_config?.trigger_actions_on ?? ['on_enter_pressed'];
  const tell = () => block.dispatch_action && act(form, block, item, valueOf(form, block.block_id, item));
  const common = {
    ...props,
    class: 'text-input',
    value: valueOf(form, block.block_id, item) ?? '',
    placeholder: item.placeholder?.text,
    maxlength: item.max_length ? String(item.max_length) : undefined,
    autocomplete: 'off',
    'aria-label': undefined,
    onmount: item.focus_on_load ? (el) => el.focus() : undefined,
    oninput: (event) => {
      setValue(form, block.block_id, item, event.target.value || '');
      if (dispatchOn.includes('on_character_entered')) tell();
    },
  };
  if (item.multiline || item.type === 'rich_text_input') return h('textarea', { ...common, rows: '4' });
  const onkeydown = (event) => {
    if (event.key !== 'Enter' || !block.dispatch_action || !dispatchOn.includes('on_enter_pressed')) return;
    event.preventDefault();
    event.stopPropagation();
    tell();
  };
  const kind = { email_text_input: 'email', url_text_input: 'url', number_input: 'text' }[item.type] ?? 'text';
  return h('input', { ...common, type: kind, inputmode: item.type === 'number_input' ? (item.is_decimal_allowed ? 'decimal' : 'numeric') : undefined, onkeydown });
}

/** Files from the person's computer; each can be taken away again before the modal is submitted. */
function fileInput(form, block, item, props) {
  const held = valueOf(form, block.block_id, item);
  const most = item.max_files ?? 10;
  const hold = (files) => setValue(form, block.block_id, item, files);
  const add = async (event) => {
    const given = await Promise.all([...event.target.files].map(picked));
    hold([...valueOf(form, block.block_id, item), ...given].slice(0, most));
  };
  const pick = h('input', { type: 'file', class: 'hidden-file', key: 'pick', multiple: most > 1, accept: item.filetypes?.map((ending) => `.${ending}`).join(','), tabindex: '-1', 'aria-hidden': 'true', onchange: add });
  return h(
    'div',
    { class: 'file-input' },
    held.map((file) =>
      h('div', { class: 'file-tile', key: file.name }, h('span', { class: 'file-icon' }, icon('file', 22)), h('b', null, file.name),
        h('button', { type: 'button', class: 'icon-button', 'aria-label': `Remove ${file.name}`, onclick: () => hold(held.filter((other) => other !== file)) }, icon('close', 14))),
    ),
    pick,
    held.length < most && h('button', { ...props, key: 'open', type: 'button', class: 'btn', onclick: (event) => event.currentTarget.parentElement.querySelector('input').click() }, icon('clip', 16), most > 1 ? 'Choose files' : 'Choose a file'),
  );
}

const image = (_form, _block, item) => h('img', { class: 'accessory-image', src: item.image_url, alt: item.alt_text });

const KINDS = {
  button,
  workflow_button: button,
  icon_button: button,
  overflow,
  datepicker,
  timepicker,
  datetimepicker,
  checkboxes,
  radio_buttons: radioButtons,
  plain_text_input: textInput,
  rich_text_input: textInput,
  email_text_input: textInput,
  url_text_input: textInput,
  number_input: textInput,
  file_input: fileInput,
  image,
};

/** A short text with its emoji drawn, for titles. */
export const title = (text) => emojiInText(text);
