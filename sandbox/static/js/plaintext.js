// Plain text with its web addresses as links.

import { link } from './mrkdwn.js';

const ADDRESS = /(https?:\/\/[^\s<>"]*[^\s<>".,;:!?)\]'])/;

/** The nodes of a plain text. Whatever else is in it stays text. */
export const linked = (text) => text.split(ADDRESS).map((piece, index) => (index % 2 ? link(piece, [piece]) : piece));
