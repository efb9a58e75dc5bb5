// The plain facts of a mail: who, to whom, about what.

/** The subject as mail programs show it: folding leaves blanks at its ends. */
export const subjectOf = (mail) => mail.subject.trim() || '(no subject)';

/** Whom the mail was really sent to: `{address, name?}`, the name from its header. */
export const receivers = (mail) => mail.to.map((address) => ({ address, name: nameOf(address, mail.headers.To ?? mail.headers.to ?? '') }));

function nameOf(address, header) {
  for (const [, quoted, plain, found] of header.matchAll(/(?:"((?:[^"\\]|\\.)*)"|([^,<>"]*?))\s*<([^<>]+)>/g)) {
    if (found.toLowerCase() === address.toLowerCase()) return (quoted?.replace(/\\(.)/g, '$1') ?? plain)?.trim() || undefined;
  }
  return undefined;
}
