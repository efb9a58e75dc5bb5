// The mail page: every mail that was sent, to whomever.

import { confirmDialog } from '../confirm.js';
import { h, render } from '../dom.js';
import { run } from '../live.js';
import { mailList } from '../mail/list.js';
import { reader } from '../mail/reader.js';
import { readAddress, refresh, state, unreadCount } from '../mail/store.js';
import { shell } from '../shell.js';
import { lastZone } from '../zone.js';

const page = document.getElementById('page');

function draw() {
  render(page, shell('mail', lastZone(), h('div', { class: state.open ? 'mail mail-open' : 'mail' }, mailList(), reader()), confirmDialog(null)));
  const unread = unreadCount();
  document.title = `${unread ? `(${unread}) ` : ''}Mail sandbox`;
}

run({ draw, readAddress, refresh, topics: ['mail'] });
