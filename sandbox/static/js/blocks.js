// Block Kit's layout blocks.

import { classes, h } from './dom.js';
import { element, title } from './elements.js';
import { icon } from './icons.js';
import { mrkdwn, textObject } from './mrkdwn.js';
import { richText } from './richtext.js';
import { reader } from './store.js';

/** The nodes of a list of blocks in a form. `errors` are sentences by block id. */
export function blocks(form, list, errors = {}) {
  return list.map((block, index) => {
    const draw = KINDS[block.type];
    if (!draw) return null;
    return h(
      'div',
      { class: classes('block', `block-${block.type}`), key: block.block_id ?? `at-${index}`, 'data-block-id': block.block_id, 'data-block-type': block.type },
      draw(block, form, errors[block.block_id]),
    );
  });
}

const KINDS = { header, section, context, divider, actions, image, rich_text: rich, table, input, alert, markdown, video, file: remoteFile };

function header(block) {
  return h('h3', null, title(block.text.text));
}

function section(block, form) {
  const who = reader();
  return [
    h(
      'div',
      { class: 'section-body' },
      block.text && h('div', { class: 'section-text' }, textObject(block.text, who)),
      block.fields && h('div', { class: 'section-fields' }, block.fields.map((field) => h('div', { class: 'section-field' }, textObject(field, who)))),
    ),
    block.accessory && h('div', { class: classes('section-accessory', `accessory-${block.accessory.type}`) }, element(form, block, block.accessory)),
  ];
}

function context(block) {
  const who = reader();
  return block.elements.map((item) =>
    item.type === 'image' ? h('img', { class: 'context-image', src: item.image_url, alt: item.alt_text }) : h('span', { class: 'context-text' }, textObject(item, who)),
  );
}

function divider() {
  return h('hr');
}

function actions(block, form) {
  return block.elements.map((item) => element(form, block, item));
}

function image(block) {
  return h(
    'figure',
    null,
    block.title && h('figcaption', null, title(block.title.text)),
    h('img', { src: block.image_url ?? block.slack_file?.url, alt: block.alt_text }),
  );
}

function rich(block) {
  return richText(block, reader());
}

function table(block) {
  const [head, ...rows] = block.rows;
  const who = reader();
  const cell = (tag) => (content, column) => {
    const setting = block.column_settings?.[column] ?? {};
    const align = setting.align && setting.align !== 'left' ? `align-${setting.align}` : '';
    return h(tag, { class: classes(align, setting.is_wrapped && 'wrapped') || undefined, scope: tag === 'th' ? 'col' : undefined }, cellNodes(content, who));
  };
  return h(
    'div',
    { class: 'table-scroll', tabindex: '0', role: 'region', 'aria-label': 'Table' },
    h('table', null, h('thead', null, h('tr', null, head.map(cell('th')))), h('tbody', null, rows.map((row) => h('tr', null, row.map(cell('td')))))),
  );
}

function cellNodes(content, who) {
  if (content.type === 'rich_text') return richText(content, who);
  return title(String(content.text ?? content.value ?? ''));
}

function input(block, form, error) {
  const id = `${form.key}-${block.block_id}`;
  const grouped = ['checkboxes', 'radio_buttons', 'datetimepicker'].includes(block.element.type);
  const described = [block.hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(' ');
  const names = { id, 'aria-labelledby': `${id}-label`, 'aria-describedby': described || undefined, 'aria-invalid': error ? 'true' : undefined, 'aria-required': block.optional ? undefined : 'true' };
  const label = [title(block.label.text), block.optional && h('span', { class: 'input-optional' }, ' (optional)')];
  return [
    h(grouped ? 'div' : 'label', { class: 'input-label', id: `${id}-label`, for: grouped ? undefined : id }, label),
    element(form, block, block.element, names),
    error && h('div', { class: 'input-error', id: `${id}-error`, role: 'alert' }, icon('warning', 16), error),
    block.hint && h('div', { class: 'input-hint', id: `${id}-hint` }, textObject(block.hint, reader())),
  ];
}

function alert(block) {
  const level = ['info', 'success', 'warning', 'error'].includes(block.level) ? block.level : 'default';
  const mark = { success: 'check', warning: 'warning', error: 'warning' }[level] ?? 'info';
  return h('div', { class: `alert alert-${level}`, role: level === 'error' || level === 'warning' ? 'alert' : 'note' }, icon(mark), h('div', null, textObject(block.text, reader())));
}

/** The markdown block's commonest marks, brought to mrkdwn: bold, links, headings, bullets. */
function markdown(block) {
  const text = block.text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replace(/^#{1,6} +(.*)$/gm, '*$1*')
    .replace(/\*\*(.+?)\*\*/g, '*$1*')
    .replace(/~~(.+?)~~/g, '~$1~')
    .replace(/^[-*] +/gm, '•  ')
    .replace(/\[([^\]\n]+)\]\((https?:[^)\s]+)\)/g, '<$2|$1>');
  return h('div', { class: 'section-text' }, mrkdwn(text, reader()));
}

function video(block) {
  return h('figure', null, h('figcaption', null, block.title_url ? h('a', { href: block.title_url, target: '_blank', rel: 'noopener noreferrer' }, block.title.text) : block.title.text));
}

function remoteFile(block) {
  return h('div', { class: 'file-tile' }, icon('file', 24), h('span', null, block.external_id));
}
