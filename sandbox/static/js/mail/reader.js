// The open mail: as its reader sees it, and as it really is.

import { avatar } from '../avatar.js';
import { dateWords, time } from '../dates.js';
import { h } from '../dom.js';
import { icon } from '../icons.js';
import { linked } from '../plaintext.js';
import { changed } from '../signals.js';
import { lastZone } from '../zone.js';
import { bounceButton } from './bounces.js';
import { invitation } from './invitation.js';
import { receivers, subjectOf } from './letter.js';
import { address, go, openMail, source, state } from './store.js';

const TABS = [
  { name: 'html', label: 'HTML', draw: htmlFrame },
  { name: 'text', label: 'Text', draw: (mail) => h('div', { class: 'mail-text', 'data-testid': 'mail-text' }, linked(mail.text)) },
  { name: 'headers', label: 'Headers', draw: headers },
  { name: 'source', label: 'Source', draw: (mail) => h('pre', { class: 'mail-source', 'data-testid': 'mail-source' }, source(mail.id) ?? 'Loading…') },
];

export function reader() {
  const mail = openMail();
  if (!mail) return h('main', { class: 'page-main' }, state.mails && h('div', { class: 'empty' }, icon('mail', 36), h('p', null, state.open ? 'This mail is no longer here.' : 'Pick a mail to read it.')));
  const tabs = TABS.filter(({ name }) => name in { headers: 1, source: 1 } || mail[name]);
  const tab = tabs.find(({ name }) => name === state.tab) ?? tabs[0];
  return h(
    'main',
    { class: 'page-main', key: mail.id, 'aria-label': 'Mail' },
    head(mail),
    h('div', { class: 'mail-parts' }, invitation(mail.ics, lastZone()), mail.attachments.length > 0 && h('ul', { class: 'attachments', 'aria-label': 'Attachments' }, mail.attachments.map(attachment))),
    h(
      'div',
      { class: 'tabs', role: 'tablist', 'aria-label': 'Show as', onkeydown: (event) => turn(event, tabs, tab) },
      tabs.map(({ name, label }) => h('button', { class: 'tab', role: 'tab', key: name, id: `tab-${name}`, 'aria-selected': String(name === tab.name), 'aria-controls': 'mail-body', tabindex: name === tab.name ? '0' : '-1', 'data-testid': `tab-${name}`, onclick: () => pick(name) }, label)),
    ),
    h('div', { class: 'mail-body', id: 'mail-body', role: 'tabpanel', 'aria-labelledby': `tab-${tab.name}`, key: tab.name, tabindex: tab.name === 'html' ? undefined : '0' }, tab.draw(mail)),
  );
}

function pick(name) {
  state.tab = name;
  changed();
}

function turn(event, tabs, tab) {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!step) return;
  const next = tabs[(tabs.indexOf(tab) + step + tabs.length) % tabs.length];
  pick(next.name);
  document.getElementById(`tab-${next.name}`).focus();
}

function head(mail) {
  const date = new Date(mail.date);
  const zone = lastZone();
  const [, sender, from] = mail.from.match(/^\s*"?(.*?)"?\s*<([^<>]+)>\s*$/) ?? [null, mail.from, ''];
  return h(
    'header',
    { class: 'mail-head' },
    h('div', { class: 'mail-title' }, h('button', { class: 'icon-button mail-back', 'aria-label': 'Back to the list', onclick: () => go({ open: null }) }, icon('back')), h('h1', { 'data-testid': 'mail-subject' }, subjectOf(mail))),
    h(
      'div',
      { class: 'mail-envelope' },
      avatar({ id: mail.from, name: sender || '?' }, 36),
      h('div', { class: 'mail-people' }, h('span', null, h('b', null, sender || mail.sender), h('span', { class: 'soft' }, ` ${from}`)), receivers(mail).map(receiver)),
      h('time', { class: 'soft', datetime: mail.date }, `${dateWords(date, zone)}, ${time(date, zone)}`),
    ),
  );
}

function receiver({ address: to, name }) {
  const only = (event) => {
    event.preventDefault();
    go({ to });
  };
  return h('span', { class: 'mail-receiver', key: to }, h('span', { class: 'soft' }, 'to ', name && `${name} `), h('a', { href: address({ to }), title: 'Show only mail to this address', onclick: only }, to), bounceButton(to));
}

function headers(mail) {
  return h('dl', { class: 'mail-headers', 'data-testid': 'mail-headers' }, Object.entries(mail.headers).map(([name, value]) => [h('dt', { key: `${name} name` }, name), h('dd', { key: `${name} value` }, value)]));
}

/** No scripts, no forms, nothing of this page within reach; a link opens a tab of its own. */
function htmlFrame(mail) {
  return h('iframe', { class: 'mail-frame', key: mail.id, sandbox: 'allow-popups allow-popups-to-escape-sandbox', title: subjectOf(mail), 'data-testid': 'mail-html', srcdoc: framed(mail) });
}

const frames = new Map();

/** The mail's HTML with every link going to a new tab. */
function framed({ id, date, html }) {
  const key = `${id} ${date}`;
  if (!frames.has(key)) {
    const page = new DOMParser().parseFromString(html, 'text/html');
    for (const element of page.querySelectorAll('base, meta[http-equiv]')) element.remove();
    for (const link of page.querySelectorAll('a[href], area[href]')) {
      link.target = '_blank';
      link.rel = 'noopener noreferrer';
    }
    frames.set(key, `<!doctype html>${page.documentElement.outerHTML}`);
  }
  return frames.get(key);
}

function attachment({ name, type, content, encoding }) {
  const octets = encoding === 'base64' ? Uint8Array.from(atob(content), (octet) => octet.charCodeAt(0)) : new TextEncoder().encode(content);
  const download = () => {
    const url = URL.createObjectURL(new Blob([octets], { type: 'application/octet-stream' }));
    const link = Object.assign(document.createElement('a'), { href: url, download: name });
    link.click();
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
  };
  return h('li', { key: name }, h('button', { class: 'attachment', 'data-testid': 'attachment', 'aria-label': `Download ${name}`, onclick: download }, icon('file', 18), h('span', null, name), h('span', { class: 'soft' }, `${type} · ${size(octets.length)}`), icon('download', 16)));
}

const size = (octets) => (octets < 1024 ? `${octets} B` : octets < 1024 * 1024 ? `${Math.round(octets / 1024)} kB` : `${(octets / 1024 / 1024).toFixed(1)} MB`);
