// The Slack page.

import { conversation, thread } from '../channel.js';
import { confirmDialog } from '../confirm.js';
import { h, render } from '../dom.js';
import { modal } from '../modal.js';
import { drawPopover, popoverAnchor } from '../popover.js';
import { tick } from '../sandboxclock.js';
import { settleAll } from '../scroller.js';
import { shell } from '../shell.js';
import { sidebar } from '../sidebar.js';
import { drawWith } from '../signals.js';
import { app, channelById, isAppChannel, reader, start, state, zone } from '../store.js';

const page = document.getElementById('page');

function draw() {
  render(page, shell('slack', zone(), [sidebar(), h('div', { class: 'panes' }, conversation(), thread())], [modal(), confirmDialog(reader())]));
  settleAll();
  if (popoverAnchor()) drawPopover();
  document.title = title();
}

function title() {
  const channel = channelById(state.channel);
  const forReader = (state.workspace?.channels ?? []).reduce((sum, { mentions }) => sum + mentions, 0);
  const place = isAppChannel(channel) ? app().name : channel?.name;
  return `${forReader ? `(${forReader}) ` : ''}${place ? `${place} – ` : ''}Slack sandbox`;
}

drawWith(draw);
draw();
start();
tick();
