// Slack's mrkdwn as nodes. What people wrote only ever becomes text; links keep to harmless schemes.

import { slackDate } from './dates.js';
import { emoji, emojiInText } from './emoji.js';
import { h } from './dom.js';

// In this order: ```pre```, `code`, <entity>, :emoji:, *bold*, _italic_, ~strike~, a bare address.
const INLINE = new RegExp(
  [
    '```\\n?(?<pre>[\\s\\S]+?)\\n?```',
    '`(?<code>[^`\\n]+)`',
    '<(?<entity>[^<>\\n]+)>',
    ":(?<emoji>[a-z0-9_+'-]+):",
    '(?<![\\p{L}\\p{N}*])\\*(?<bold>[^\\s*](?:[^*\\n]*[^\\s*])?)\\*(?![\\p{L}\\p{N}*])',
    '(?<![\\p{L}\\p{N}_])_(?<italic>[^\\s_](?:[^\\n]*?[^\\s])??)_(?![\\p{L}\\p{N}_])',
    '(?<![\\p{L}\\p{N}~])~(?<strike>[^\\s~](?:[^~\\n]*[^\\s~])?)~(?![\\p{L}\\p{N}~])',
    '(?<address>https?://[^\\s<>|]*[^\\s<>|.,;:!?)\\]\'"*_~])',
  ].join('|'),
  'gu',
);
const STYLES = { bold: 'b', italic: 'i', strike: 's' };
/** A line that people begin with a bullet; where it wraps, it goes on under its own text. */
const BULLET = /^•\s+(.*)$/;
const SAFE = /^(https?|mailto|tel):/i;

/** Turn Slack's three escapes back into the characters they stand for. */
export function unescaped(text) {
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
}

/** Escape the three characters that Slack escapes in what people type. */
export function escaped(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/**
 * The nodes of a mrkdwn text. The reader is `{zone, now, user, userById, channelById}`:
 * dates are shown in the reader's zone, and a mention of the reader stands out.
 */
export function mrkdwn(text, reader) {
  const pieces = text.split(/(```[\s\S]+?```)/g);
  return pieces.flatMap((piece) => (piece.startsWith('```') ? inline(piece, reader) : quotes(piece, reader)));
}

/** A plain_text or mrkdwn text object. */
export function textObject(object, reader) {
  if (!object) return [];
  if (typeof object === 'string') return withBreaks(object);
  return object.type === 'mrkdwn' ? mrkdwn(object.text, reader) : plainText(object.text, object.emoji !== false);
}

function quotes(text, reader) {
  const nodes = [];
  let plain = [];
  let quoted = [];
  const flush = () => {
    if (quoted.length) nodes.push(h('blockquote', null, lines(quoted, reader)));
    if (plain.length) nodes.push(lines(plain, reader));
    plain = [];
    quoted = [];
  };
  for (const line of text.split('\n')) {
    const match = line.match(/^(?:&gt;|>) ?(.*)$/);
    if (match) {
      if (plain.length) flush();
      quoted.push(match[1]);
    } else {
      if (quoted.length) flush();
      plain.push(line);
    }
  }
  flush();
  return nodes;
}

function lines(rows, reader) {
  return rows.map((row, index) => {
    const point = row.match(BULLET)?.[1];
    if (point !== undefined) return h('span', { class: 'bullet-line' }, h('span', { class: 'bullet' }, '• '), inline(point, reader));
    if (row === '') return index > 0 && h('span', { class: 'paragraph-break' });
    return [index > 0 && !endsItsLine(rows[index - 1]) && h('br'), inline(row, reader)];
  });
}

/** Whether a row is drawn as a block, after which another line begins anyway. */
const endsItsLine = (row) => row === '' || BULLET.test(row);

function inline(text, reader) {
  const nodes = [];
  let from = 0;
  for (const match of text.matchAll(INLINE)) {
    if (match.index > from) nodes.push(...literal(text.slice(from, match.index)));
    nodes.push(...token(match, reader));
    from = match.index + match[0].length;
  }
  if (from < text.length) nodes.push(...literal(text.slice(from)));
  return nodes;
}

function token({ 0: whole, groups }, reader) {
  if (groups.pre !== undefined) return [h('pre', null, preformatted(groups.pre))];
  if (groups.code !== undefined) return [h('code', null, preformatted(groups.code))];
  if (groups.entity !== undefined) return entity(groups.entity, whole, reader);
  if (groups.emoji !== undefined) return [emoji(groups.emoji)];
  if (groups.address !== undefined) return [link(unescaped(groups.address), [unescaped(groups.address)])];
  const style = Object.keys(STYLES).find((name) => groups[name] !== undefined);
  return [h(STYLES[style], null, inline(groups[style], reader))];
}

const literal = (text) => emojiInText(unescaped(text));
const preformatted = (text) => unescaped(text.replace(/<([^<>|\n]+)(?:\|([^<>\n]*))?>/g, (_, target, label) => label ?? target));
const withBreaks = (text) => text.split('\n').map((row, index) => [index > 0 && h('br'), row]);

function plainText(text, withEmoji) {
  return text.split('\n').map((row, index) => [
    index > 0 && h('br'),
    withEmoji
      ? row.split(/(:[a-z0-9_+'-]+:)/).map((piece, odd) => (odd % 2 ? emoji(piece.slice(1, -1)) : emojiInText(piece)))
      : row,
  ]);
}

function entity(body, whole, reader) {
  const bar = body.indexOf('|');
  const [target, label] = bar < 0 ? [body, undefined] : [body.slice(0, bar), body.slice(bar + 1)];
  if (target.startsWith('@')) return [userMention(target.slice(1), label, reader)];
  if (target.startsWith('#')) return [channelMention(target.slice(1), label, reader)];
  if (target.startsWith('!date^')) return dateMention(target, label, reader);
  if (target.startsWith('!')) return [broadcast(target.slice(1), label)];
  const address = unescaped(target);
  if (!SAFE.test(address)) return [unescaped(whole)];
  return [link(address, label ? inline(label, reader) : [address.replace(/^mailto:/, '')])];
}

/** A link to an address with a harmless scheme, in a new tab; any other address stays text. */
export function link(address, children) {
  if (!SAFE.test(address)) return h('span', null, children);
  return h('a', { href: address, target: '_blank', rel: 'noopener noreferrer' }, children);
}

export function userMention(id, label, reader) {
  const user = reader.userById(id);
  const name = user?.display_name || user?.real_name || label || id;
  const own = id === reader.user?.id;
  return h('span', { class: `mention${own ? ' mention-own' : ''}`, 'data-user': id }, `@${name}`);
}

export function channelMention(id, label, reader) {
  const channel = reader.channelById(id);
  return h('a', { class: 'mention', href: reader.channelAddress?.(id) ?? '#', 'data-channel': id }, `#${channel?.name ?? label ?? 'private channel'}`);
}

export function broadcast(name, label) {
  const range = name.split('^')[0];
  const text = label || (['here', 'channel', 'everyone'].includes(range) ? `@${range}` : `@${range}`);
  return h('span', { class: 'mention mention-own' }, text.startsWith('@') ? text : `@${text}`);
}

function dateMention(target, fallback, reader) {
  const [, stamp, template, address] = target.split('^');
  const instant = new Date(Number(stamp) * 1000);
  if (!template || Number.isNaN(instant.getTime())) return literal(fallback ?? '');
  return [dateNode(instant, unescaped(template), address && unescaped(address), reader)];
}

export function dateNode(instant, template, address, reader) {
  const shown = slackDate(instant, template, reader.zone, reader.now);
  const full = slackDate(instant, '{date_long_full} at {time}', reader.zone, reader.now);
  const node = h('time', { datetime: instant.toISOString(), title: `${full} (${reader.zone})` }, shown);
  return address ? link(address, [node]) : node;
}
