// Bad days on demand: a fault for a service, and those in force.

import { faults as api } from '../api.js';
import { h } from '../dom.js';
import { field, form, input } from '../fields.js';
import { icon } from '../icons.js';
import { act, set, state } from './store.js';

const SERVICES = {
  slack: {
    label: 'Slack',
    methods: ['apps.connections.open', 'chat.postEphemeral', 'chat.postMessage', 'chat.update', 'conversations.history', 'conversations.info', 'conversations.members', 'conversations.open', 'files.download', 'response_url', 'users.info', 'users.list', 'views.open', 'views.publish', 'views.push', 'views.update'],
  },
  calendar: {
    label: 'Calendar',
    methods: ['events.delete', 'events.get', 'events.insert', 'events.list', 'events.patch', 'events.watch', 'freebusy.query', 'token'],
  },
  mail: { label: 'Mail', methods: ['send'] },
};

const KINDS = {
  rate_limit: {
    label: 'Rate limit',
    explained: { slack: 'Slack answers 429 and says when to come back.', calendar: 'Google answers 403 rateLimitExceeded and says when to come back.', mail: 'The server answers 452: too many messages, slow down.' },
    option: { slack: 'retry_after', calendar: 'retry_after' },
  },
  error: {
    label: 'Server error',
    explained: { slack: 'Slack answers with an HTTP error and does nothing.', calendar: 'Google answers with an HTTP error and does nothing.', mail: 'The server answers 451, or the code below, and does not take the mail.' },
    option: { slack: 'status', calendar: 'status', mail: 'status' },
  },
  timeout: {
    label: 'Slow answer',
    explained: { slack: 'What was asked is done, but the answer is held back.', calendar: 'What was asked is done, but the answer is held back.', mail: 'The mail is taken, but the answer is held back.' },
    option: { slack: 'seconds', calendar: 'seconds', mail: 'seconds' },
  },
  accept_then_drop: {
    label: 'Done, then silence',
    explained: { slack: 'What was asked is done, then the connection breaks without an answer.', calendar: 'What was asked is done, then the connection breaks without an answer.', mail: 'The mail is taken, then the connection breaks without an answer.' },
    option: {},
  },
  gone: {
    label: 'Out of reach',
    explained: { slack: 'Every connection is cut at once, Socket Mode included.', calendar: 'Every connection is cut at once.', mail: 'Every connection is cut at once.' },
    option: {},
  },
};

const OPTIONS = {
  retry_after: { label: 'Retry after (seconds)', least: 0, most: 86_400, said: (fault) => `retry after ${fault.retry_after} s` },
  seconds: { label: 'Held for (seconds)', least: 0, most: 600, said: (fault) => `held for ${fault.seconds} s` },
  status: { label: 'Status code', least: 400, most: 599, said: (fault) => `status ${fault.status}` },
};

export function faultPanel() {
  return h('section', { class: 'panel', 'aria-labelledby': 'faults-title' }, h('h2', { id: 'faults-title' }, 'Faults'), h('p', { class: 'hint' }, 'What a service does on a bad day. Nothing that Callsheet was asked to do may get lost.'), faultForm(), inForce());
}

const change = (values) => set({ draft: { ...state.draft, ...values } });

function faultForm() {
  const { draft } = state;
  const option = KINDS[draft.kind].option[draft.service];
  const add = async () => {
    const fault = { service: draft.service, kind: draft.kind, method: draft.method.trim() || null, count: draft.count ? Number(draft.count) : null, ...(option && { [option]: Number(draft[option]) }) };
    await act(() => api.add(fault));
  };
  return form(
    { class: 'fault-form', 'data-testid': 'fault-form' },
    add,
    h('div', { class: 'segments', role: 'radiogroup', 'aria-label': 'Service' }, Object.entries(SERVICES).map(([service, { label }]) => segment(service, label))),
    h('div', { class: 'kinds', role: 'radiogroup', 'aria-label': 'Fault' }, Object.entries(KINDS).map(([kind, about]) => kindChoice(kind, about))),
    h(
      'div',
      { class: 'fault-fields' },
      field('Method', input({ list: 'methods', placeholder: 'any', value: draft.method, 'data-testid': 'fault-method' }, (method) => change({ method }))),
      field('Number of calls', number({ placeholder: 'until ended', min: 1, value: draft.count, 'data-testid': 'fault-count' }, (count) => change({ count }))),
      option && field(OPTIONS[option].label, number({ required: true, min: OPTIONS[option].least, max: OPTIONS[option].most, value: draft[option], 'data-testid': 'fault-option' }, (value) => change({ [option]: value }))),
    ),
    h('datalist', { id: 'methods' }, SERVICES[draft.service].methods.map((method) => h('option', { value: method, key: method }))),
    h('div', { class: 'buttons' }, h('button', { class: 'btn btn-large btn-danger', 'data-testid': 'fault-add' }, icon('bolt', 18), 'Start this fault')),
  );
}

const number = (props, oninput) => input({ ...props, type: 'number', step: 1 }, oninput);

const segment = (service, label) =>
  h('label', { class: 'segment', key: service }, h('input', { type: 'radio', name: 'service', checked: state.draft.service === service, 'data-testid': `fault-service-${service}`, onchange: () => change({ service, method: '' }) }), h('span', null, label));

const kindChoice = (kind, { label, explained }) =>
  h(
    'label',
    { class: 'kind', key: kind },
    h('input', { type: 'radio', name: 'kind', checked: state.draft.kind === kind, 'data-testid': `fault-kind-${kind}`, onchange: () => change({ kind }) }),
    h('span', null, h('b', null, label), h('span', { class: 'soft' }, explained[state.draft.service])),
  );

function inForce() {
  const { faults } = state;
  return h(
    'div',
    { class: 'in-force' },
    h('div', { class: 'panel-line' }, h('h3', null, 'In force'), faults.length > 0 && h('button', { class: 'btn', 'data-testid': 'faults-end-all', onclick: () => act(() => api.remove()) }, 'End all')),
    faults.length === 0 && h('p', { class: 'hint' }, 'None: all services work.'),
    h('ul', { 'data-testid': 'faults' }, faults.map(faultRow)),
  );
}

function faultRow(fault) {
  const about = KINDS[fault.kind];
  const option = about.option[fault.service];
  const left = fault.count === null ? 'until ended' : `${fault.count} ${fault.count === 1 ? 'call' : 'calls'} left`;
  return h(
    'li',
    { class: 'fault', key: fault.id, 'data-testid': 'fault' },
    icon('bolt', 18),
    h('span', { class: 'fault-words' }, h('b', null, `${SERVICES[fault.service].label}: ${about.label.toLowerCase()}`), h('span', { class: 'soft' }, [fault.method ?? 'any method', option && OPTIONS[option].said(fault), left].filter(Boolean).join(' · '))),
    h('button', { class: 'btn', 'data-testid': 'fault-end', 'aria-label': `End fault ${fault.id}`, onclick: () => act(() => api.remove(fault.id)) }, 'End'),
  );
}
