// One message, and the list of a channel or a thread.

import { slack } from './api.js';
import { avatar } from './avatar.js';
import { blocks } from './blocks.js';
import { dayNumber, monthName, ordinal, slackDate, time, weekdayName } from './dates.js';
import { classes, h } from './dom.js';
import { messageForm } from './forms.js';
import { icon } from './icons.js';
import { openMenu } from './lists.js';
import { mrkdwn } from './mrkdwn.js';
import { runShortcut } from './shortcuts.js';
import { address, app, displayName, go, reader, state, userById } from './store.js';
import { toast } from './toasts.js';

const instantOf = (ts) => new Date(Number(ts) * 1000);

/** The messages of a channel or a thread, by day, with runs of one person drawn together. */
export function messageList(messages, { newFrom = null, inThread = false } = {}) {
  const { zone, now } = reader();
  const nodes = [];
  let day = null;
  messages.forEach((message, index) => {
    const own = dayNumber(instantOf(message.ts), zone);
    const fresh = message.ts === newFrom;
    if (own !== day && !inThread) nodes.push(dayDivider(message, fresh, zone, now));
    else if (fresh) nodes.push(h('div', { class: 'new-line', key: 'new' }, h('span', null, 'New')));
    nodes.push(messageNode(message, own === day && continues(messages[index - 1], message) && !(inThread && index === 1), inThread));
    if (inThread && index === 0) nodes.push(replyCount(messages.length - 1));
    day = own;
  });
  return nodes;
}

function dayDivider(message, fresh, zone, now) {
  const instant = instantOf(message.ts);
  const days = dayNumber(instant, zone) - dayNumber(now, zone);
  const name = { '-1': 'Yesterday', 0: 'Today' }[days] ?? `${weekdayName(instant, zone)}, ${monthName(instant, zone)} ${ordinal(Number(slackDate(instant, '{date_num}', zone, now).slice(8)))}`;
  return h(
    'div',
    { class: classes('day-divider', fresh && 'day-new'), key: `day-${message.ts}`, role: 'separator' },
    h('span', { class: 'day-pill' }, name),
    fresh && h('span', { class: 'day-new-label' }, 'New'),
  );
}

const replyCount = (count) =>
  count > 0 && h('div', { class: 'thread-count', key: 'count' }, h('span', null, `${count} ${count === 1 ? 'reply' : 'replies'}`));

/** Whether a message goes on the one before it, so that it needs no name of its own. */
function continues(before, message) {
  return (
    before && before.user === message.user && (before.bot_id ?? null) === (message.bot_id ?? null) && before.username === message.username &&
    !message.subtype && !before.subtype && Boolean(before.ephemeral) === Boolean(message.ephemeral) && !before.reply_count && Number(message.ts) - Number(before.ts) < 300
  );
}

function sender(message) {
  const user = userById(message.user);
  if (!message.bot_id) return { name: displayName(user), user };
  const own = app()?.bot_user_id === message.user || !user;
  return { name: message.username || (own ? app()?.name : displayName(user)), user: user ?? { is_bot: true }, isApp: true };
}

function messageNode(message, continued, inThread) {
  if (/^(channel|group)_(join|leave|topic|purpose|name|archive)$/.test(message.subtype ?? '')) return systemMessage(message);
  const { zone, now } = reader();
  const from = sender(message);
  const instant = instantOf(message.ts);
  const stamp = time(instant, zone);
  const moment = h('time', { class: 'message-time', datetime: instant.toISOString(), title: slackDate(instant, '{date_long} at {time_secs}', zone, now) }, stamp);
  return h(
    'article',
    {
      class: classes('message', continued && 'message-continued', message.ephemeral && 'message-ephemeral', message.ts === state.pointed && 'message-pointed'),
      key: `${message.ts}${message.ephemeral ? 'e' : ''}`, 'data-ts': message.ts, 'data-testid': 'message', 'aria-label': `${from.name} at ${stamp}`,
    },
    message.ephemeral && h('div', { class: 'message-only-you' }, icon('eye', 14), 'Only visible to you'),
    h('div', { class: 'message-gutter' }, continued ? moment : avatar(from.user, 36)),
    h(
      'div',
      { class: 'message-content' },
      !continued &&
        h('div', { class: 'message-head' }, h('span', { class: 'message-name' }, from.name), from.isApp && h('span', { class: 'badge-app' }, 'APP'), from.user?.is_stranger && h('span', { class: 'badge-stranger' }, 'External'), moment),
      h('div', { class: 'message-body' }, body(message)),
      !inThread && message.reply_count > 0 && threadLine(message),
    ),
    !message.ephemeral && toolbar(message, inThread),
  );
}

function systemMessage(message) {
  const user = userById(message.user);
  const { zone } = reader();
  return h(
    'article',
    { class: 'message', key: message.ts, 'data-ts': message.ts },
    h('div', { class: 'message-gutter' }, avatar(user, 36)),
    h('div', { class: 'message-content' },
      h('div', { class: 'message-head' }, h('span', { class: 'message-name' }, displayName(user)), h('time', { class: 'message-time' }, time(instantOf(message.ts), zone))),
      h('div', { class: 'message-system' }, mrkdwn(message.text.replace(/^<@\w+> /, ''), reader()))),
  );
}

function body(message) {
  const form = messageForm(message);
  const edited = message.edited && h('span', { class: 'message-edited' }, ' (edited)');
  const nodes = message.blocks?.length
    ? [blocks(form, message.blocks), edited]
    : [message.text && h('div', { class: 'message-text' }, mrkdwn(message.text, reader()), edited)];
  return [...nodes, message.attachments?.map((attachment, index) => attachmentNode(attachment, form, index)), message.files?.map(fileTile)];
}

const NAMED_COLOURS = { good: '#2eb67d', warning: '#ecb22e', danger: '#e01e5a' };

function attachmentNode(attachment, form, index) {
  const who = reader();
  const colour = NAMED_COLOURS[attachment.color] ?? (/^#?[0-9a-f]{3,8}$/i.test(attachment.color ?? '') ? `#${attachment.color.replace('#', '')}` : '#ddd');
  return h(
    'div',
    { class: 'attachment', key: `attachment-${index}` },
    h('div', { class: 'attachment-bar', style: { 'background-color': colour } }),
    h(
      'div',
      { class: 'attachment-body' },
      attachment.pretext && h('div', null, mrkdwn(attachment.pretext, who)),
      attachment.title && h('div', { class: 'attachment-title' }, attachment.title_link ? mrkdwn(`<${attachment.title_link}|${attachment.title}>`, who) : mrkdwn(attachment.title, who)),
      attachment.blocks ? blocks(form, attachment.blocks) : attachment.text && h('div', null, mrkdwn(attachment.text, who)),
      attachment.fields && h('div', { class: 'section-fields' }, attachment.fields.map((field) => h('div', { class: 'section-field' }, h('b', null, field.title), h('br'), mrkdwn(field.value, who)))),
      attachment.footer && h('div', { class: 'attachment-footer' }, mrkdwn(attachment.footer, who)),
    ),
  );
}

function fileTile(file) {
  const size = file.size >= 1024 ? `${Math.round(file.size / 1024)} kB` : `${file.size ?? 0} bytes`;
  return h(
    'a',
    { class: 'file-tile', key: file.id, 'data-file-id': file.id, href: slack.fileAddress(state.team, state.as, file.id), download: file.name },
    h('span', { class: 'file-icon' }, icon('file', 22)),
    h('span', { class: 'file-words' }, h('b', null, file.title || file.name), h('span', null, `${(file.pretty_type ?? file.filetype ?? file.name.split('.').at(-1)).toUpperCase()} · ${size}`)),
  );
}

function threadLine(message) {
  const { now, zone } = reader();
  const count = message.reply_count;
  const last = message.latest_reply && instantOf(message.latest_reply);
  return h(
    'button',
    { class: 'thread-line', 'data-testid': 'open-thread', onclick: () => go({ thread: message.ts }) },
    (message.reply_users ?? []).slice(0, 4).map((id) => avatar(userById(id), 24)),
    h('span', { class: 'thread-replies' }, `${count} ${count === 1 ? 'reply' : 'replies'}`),
    last && h('span', { class: 'thread-last' }, `Last reply ${slackDate(last, '{day_divider_pretty}', zone, now) === 'Today' ? slackDate(last, '{ago}', zone, now) : slackDate(last, '{date_short_pretty} at {time}', zone, now)}`),
    h('span', { class: 'thread-view' }, 'View thread', icon('chevron-right', 16)),
  );
}

function toolbar(message, inThread) {
  const shortcuts = state.workspace.shortcuts.filter(({ type }) => type === 'message');
  const more = (event) =>
    openMenu(event.currentTarget, [
      { label: 'Copy link', icon: icon('link'), onpick: () => copyLink(message) },
      ...(shortcuts.length ? ['-', { heading: 'Message shortcuts' }] : []),
      ...shortcuts.map(({ name, callback_id: callback }) => ({
        label: name, value: callback, icon: avatar({ is_bot: true }, 20), note: app().name, onpick: () => runShortcut(callback, message),
      })),
    ], { label: 'More actions', width: 280 });
  return h(
    'div',
    { class: 'message-toolbar', role: 'toolbar', 'aria-label': 'Message actions' },
    !inThread && h('button', { class: 'icon-button', 'aria-label': 'Reply in thread', 'data-tip': 'Reply in thread', onclick: () => go({ thread: message.thread_ts ?? message.ts }) }, icon('reply')),
    h('button', { class: 'icon-button', 'aria-label': 'Copy link', 'data-tip': 'Copy link', onclick: () => copyLink(message) }, icon('link')),
    h('button', { class: 'icon-button', 'aria-label': 'More actions', 'data-tip': 'More actions', 'aria-haspopup': 'menu', 'aria-expanded': 'false', onclick: more }, icon('dots')),
  );
}

async function copyLink(message) {
  const link = new URL(address({ thread: message.thread_ts ?? null }), location.href);
  link.hash = message.ts;
  await navigator.clipboard.writeText(link.href).then(() => toast('Link copied', 'done', 3), () => toast('The browser did not allow copying.'));
}
