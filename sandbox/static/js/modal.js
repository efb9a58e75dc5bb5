// The app's modals: a stack of views, of which the top one is shown.

import { slack } from './api.js';
import { avatar } from './avatar.js';
import { blocks } from './blocks.js';
import { problems } from './checks.js';
import { classes, h, trapTab } from './dom.js';
import { title } from './elements.js';
import { viewForm, wireAll } from './forms.js';
import { icon } from './icons.js';
import { changed } from './signals.js';
import { app, refresh, state } from './store.js';
import { attempt } from './toasts.js';

const TROUBLE = 'We had some trouble connecting. Try again?';
const standing = new Map();

function standingOf(view) {
  if (!standing.has(view.id)) standing.set(view.id, { errors: {}, submitting: false, trouble: null });
  return standing.get(view.id);
}

/** The open modal, if there is one. */
export function modal() {
  const stack = state.workspace?.modals ?? [];
  const view = stack.at(-1);
  return view ? dialog(view, stack.length) : null;
}

function dialog(view, depth) {
  const form = viewForm(view, 'modal');
  const status = standingOf(view);
  const submit = () => submitView(view, form, status);
  const onkeydown = (event) => {
    if (event.key === 'Escape') {
      event.preventDefault();
      closeView(view, true);
    } else if (event.key === 'Enter' && view.submit && (event.metaKey || event.ctrlKey || isSingleLine(event.target))) {
      event.preventDefault();
      submit();
    }
    trapTab(event, event.currentTarget);
  };
  return h(
    'div',
    { class: 'overlay', key: `modal-${view.id}` },
    h(
      'div',
      { class: 'dialog modal', role: 'dialog', 'aria-modal': 'true', 'aria-labelledby': 'modal-title', 'aria-busy': String(status.submitting), tabindex: '-1', 'data-testid': 'modal', 'data-view-id': view.id, 'data-callback-id': view.callback_id, onkeydown, onmount: focusFirst, onunmount: giveFocusBack },
      head(view, depth),
      status.trouble && h('div', { class: 'modal-trouble', key: 'trouble', role: 'alert', 'data-testid': 'modal-trouble' }, icon('warning'), status.trouble),
      h('div', { class: 'modal-body', key: 'body', onmount: watchScroll }, blocks(form, view.blocks, status.errors)),
      foot(view, status, submit),
    ),
  );
}

const isSingleLine = (target) => target.matches('input[type="text"], input[type="email"], input[type="url"], input[type="number"]');

function head(view, depth) {
  return h(
    'header',
    { class: 'modal-head' },
    depth > 1 ? h('button', { class: 'icon-button', 'aria-label': 'Back', onclick: () => closeView(view, false) }, icon('back')) : avatar({ is_bot: true }, 28),
    h('h1', { id: 'modal-title' }, title(view.title.text)),
    h('button', { class: 'icon-button modal-close', 'aria-label': 'Close', onclick: () => closeView(view, true) }, icon('close')),
  );
}

function foot(view, status, submit) {
  return h(
    'footer',
    { class: 'modal-foot' },
    h('span', { class: 'modal-owner' }, `${app().name} app`),
    h('button', { class: 'btn btn-large', onclick: () => closeView(view, false) }, view.close?.text ?? (view.submit ? 'Cancel' : 'Close')),
    view.submit &&
      h('button', { class: classes('btn btn-large btn-primary', status.submitting && 'btn-busy'), 'data-testid': 'modal-submit', disabled: status.submitting, onclick: submit },
        status.submitting && h('span', { class: 'spinner spinner-light' }), view.submit.text),
  );
}

/** What had the focus before the first modal of the stack opened. */
let focusedBefore = null;

function focusFirst(element) {
  focusedBefore ??= document.activeElement;
  const field = element.querySelector('.modal-body .text-input, .modal-body .select-button, .modal-body .picker-button, .modal-body input') ?? element;
  if (!element.contains(document.activeElement)) field.focus({ preventScroll: true });
}

function giveFocusBack() {
  requestAnimationFrame(() => {
    if (document.querySelector('.modal')) return;
    if (document.activeElement === document.body) focusedBefore?.focus({ preventScroll: true });
    focusedBefore = null;
  });
}

/** Lines under the title and over the buttons show that there is more to scroll to. */
function watchScroll(element) {
  const look = () => {
    element.parentElement?.classList.toggle('scrolled', element.scrollTop > 0);
    element.parentElement?.classList.toggle('more-below', element.scrollHeight - element.scrollTop - element.clientHeight > 1);
  };
  element.addEventListener('scroll', look, { passive: true });
  new ResizeObserver(look).observe(element);
  look();
}

async function submitView(view, form, status) {
  if (status.submitting) return;
  const found = problems(form, view);
  Object.assign(status, { errors: found, trouble: null });
  changed();
  if (Object.keys(found).length) return showFirstError();
  status.submitting = true;
  changed();
  const answer = await slack.submit(state.team, state.as, view.id, wireAll(form, view.blocks)).catch(() => ({ ok: false }));
  status.submitting = false;
  if (answer.ok === false) status.trouble = TROUBLE;
  if (answer.response_action === 'errors') status.errors = answer.errors ?? {};
  else if (answer.ok !== false) await refresh();
  changed();
  if (Object.keys(status.errors).length) showFirstError();
}

function showFirstError() {
  requestAnimationFrame(() => {
    const error = document.querySelector('.modal .input-error');
    const field = error?.closest('.block')?.querySelector('input, textarea, button');
    error?.scrollIntoView({ block: 'nearest' });
    field?.focus({ preventScroll: true });
  });
}

const closing = new Set();

/** Close the top view, or (`clear`) all of them. A second click while it is closing does nothing. */
async function closeView(view, clear) {
  if (closing.has(view.id)) return;
  closing.add(view.id);
  standing.delete(view.id);
  await attempt(() => slack.close(state.team, state.as, view.id, clear));
  await refresh();
}
