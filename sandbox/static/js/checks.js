// What Slack's own client checks before it sends a modal to the app.

import { elementsOf, valueOf } from './forms.js';

const isEmpty = (value) => value === null || value === '' || (Array.isArray(value) && !value.length);

/** Sentences by block id: what keeps a view from being submitted. */
export function problems(form, view) {
  const found = {};
  for (const block of view.blocks.filter(({ type }) => type === 'input')) {
    const [element] = elementsOf(block);
    if (!element) continue;
    const value = valueOf(form, block.block_id, element);
    const problem = isEmpty(value) ? !block.optional && missing(element) : wrong(element, value);
    if (problem) found[block.block_id] = problem;
  }
  return found;
}

const missing = (element) => (/select|checkboxes|radio|picker/.test(element.type) ? 'Please make a selection.' : 'Please complete this required field.');

function wrong(element, value) {
  const { type } = element;
  if (type === 'file_input') return wrongFiles(element, value);
  if (type === 'email_text_input' && !/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(value.trim())) return 'Please enter a valid email address.';
  if (type === 'url_text_input' && !/^https?:\/\/[^\s]+\.[^\s]+$|^https?:\/\/(localhost|127\.)[^\s]*$/.test(value.trim())) return 'Please enter a valid URL.';
  if (type === 'number_input') return wrongNumber(element, value.trim());
  if (element.min_length && value.length < element.min_length) return `Please enter at least ${element.min_length} characters.`;
  if (element.max_length && value.length > element.max_length) return `Please enter at most ${element.max_length} characters.`;
  return null;
}

function wrongFiles(element, files) {
  const endings = element.filetypes?.map((ending) => ending.toLowerCase());
  const isTaken = ({ name }) => !endings || endings.includes(name.split('.').at(-1).toLowerCase());
  return files.every(isTaken) ? null : `Please choose a file of one of these types: ${endings.join(', ')}.`;
}

function wrongNumber(element, text) {
  const pattern = element.is_decimal_allowed ? /^-?\d+(\.\d+)?$/ : /^-?\d+$/;
  if (!pattern.test(text)) return element.is_decimal_allowed ? 'Please enter a number.' : 'Please enter a whole number.';
  const number = Number(text);
  if (element.min_value !== undefined && number < Number(element.min_value)) return `Please enter a number no smaller than ${element.min_value}.`;
  if (element.max_value !== undefined && number > Number(element.max_value)) return `Please enter a number no greater than ${element.max_value}.`;
  return null;
}
