// A scrolling list that stays where the reader is: at the end when they were there, else where they were.

const NEAR = 60;

/** Attributes for the list's element. `id` names what is shown: a new one starts at the end. */
export function follow(id) {
  return {
    'data-shown': id,
    onmount: (element) => {
      const state = { id: null, atEnd: true };
      element.follow = state;
      element.addEventListener('scroll', () => (state.atEnd = isAtEnd(element)), { passive: true });
      // Pictures and late text change the height after drawing.
      new ResizeObserver(() => state.atEnd && toEnd(element)).observe(element.firstElementChild ?? element);
      settle(element);
    },
  };
}

/** Bring the list in the same pane as `element` to its end, where it stays: who writes wants to see what comes of it. */
export function showNewest(element) {
  const list = element.closest('.conversation, .thread')?.querySelector('[data-shown]');
  if (!list?.follow) return;
  list.follow.atEnd = true;
  toEnd(list);
}

const isAtEnd = (element) => element.scrollHeight - element.scrollTop - element.clientHeight < NEAR;

function toEnd(element) {
  element.scrollTop = element.scrollHeight;
}

/** After drawing: bring every list to where it belongs. */
export function settleAll() {
  for (const element of document.querySelectorAll('[data-shown]')) if (element.follow) settle(element);
}

function settle(element) {
  const { follow: state } = element;
  if (state.id !== element.dataset.shown) {
    state.id = element.dataset.shown;
    const pointed = element.querySelector('.message-pointed');
    pointed?.scrollIntoView({ block: 'center' });
    state.atEnd = !pointed;
  }
  if (state.atEnd) toEnd(element);
}
