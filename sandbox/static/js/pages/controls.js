// The controls: what one cannot do to the real services.

import { confirmDialog } from '../confirm.js';
import { accountPanel, transportPanel } from '../controls/accounts.js';
import { callPanel } from '../controls/calls.js';
import { clockPanel } from '../controls/clock.js';
import { faultPanel } from '../controls/faults.js';
import { follow, refresh, state } from '../controls/store.js';
import { h, render } from '../dom.js';
import { run } from '../live.js';
import { shell } from '../shell.js';

const page = document.getElementById('page');

function draw() {
  const content = state.ready
    ? h('div', { class: 'controls' }, clockPanel(), h('div', { class: 'column' }, faultPanel()), h('div', { class: 'column' }, transportPanel(), accountPanel()), callPanel())
    : h('div', { class: 'loading' }, h('span', { class: 'spinner' }), 'Loading…');
  render(page, shell('controls', state.zone, h('main', { class: 'page-main controls-page' }, content), confirmDialog(null)));
}

run({ draw, refresh, topics: ['faults', 'calendar', 'clock'] }).then(follow);
