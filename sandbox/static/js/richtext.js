// The rich_text block as nodes.

import { h } from './dom.js';
import { emoji, emojiInText } from './emoji.js';
import { broadcast, channelMention, dateNode, link, userMention } from './mrkdwn.js';

/** The nodes of a rich_text block, for a reader (see mrkdwn.js). */
export function richText(block, reader) {
  return block.elements.map((element) => part(element, reader));
}

function part(element, reader) {
  const children = () => element.elements.flatMap((leaf) => (leaf.type === 'rich_text_section' ? part(leaf, reader) : leafNodes(leaf, reader)));
  switch (element.type) {
    case 'rich_text_section':
      return h('div', { class: 'rich-section' }, children());
    case 'rich_text_preformatted':
      return h('pre', null, children());
    case 'rich_text_quote':
      return h('blockquote', null, children());
    case 'rich_text_list':
      return h(
        element.style === 'ordered' ? 'ol' : 'ul',
        { class: `rich-list indent-${element.indent ?? 0}`, start: element.offset ? element.offset + 1 : undefined },
        element.elements.map((item) => h('li', null, part(item, reader))),
      );
    default:
      return null;
  }
}

function leafNodes(leaf, reader) {
  return [styled(leafNode(leaf, reader), leaf.style)];
}

function leafNode(leaf, reader) {
  switch (leaf.type) {
    case 'text':
      return leaf.text.split('\n').map((row, index) => [index > 0 && h('br'), emojiInText(row)]);
    case 'link':
      return link(leaf.url, [leaf.text ?? leaf.url]);
    case 'user':
      return userMention(leaf.user_id, undefined, reader);
    case 'channel':
      return channelMention(leaf.channel_id, undefined, reader);
    case 'usergroup':
      return broadcast(leaf.usergroup_id);
    case 'broadcast':
      return broadcast(leaf.range);
    case 'emoji':
      return emoji(leaf.name);
    case 'date':
      return dateNode(new Date(leaf.timestamp * 1000), leaf.format, leaf.url, reader);
    case 'color':
      return leaf.value;
    default:
      return leaf.fallback ?? '';
  }
}

function styled(node, style = {}) {
  const tags = [['code', 'code'], ['bold', 'b'], ['italic', 'i'], ['strike', 's'], ['underline', 'u']];
  return tags.reduce((inner, [name, tag]) => (style[name] ? h(tag, null, inner) : inner), node);
}
