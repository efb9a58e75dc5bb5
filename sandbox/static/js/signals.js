// One page, one drawing function: whoever changes data calls `changed`, and the page is drawn once per frame.

let draw = () => {};
let waiting = false;

/** Name the function that draws the page. */
export function drawWith(fn) {
  draw = fn;
}

/** Draw the page soon. */
export function changed() {
  if (waiting) return;
  waiting = true;
  // A hidden tab gets no frames, and a test may look at one.
  const soon = document.hidden ? (fn) => setTimeout(fn, 30) : requestAnimationFrame;
  soon(() => {
    waiting = false;
    draw();
  });
}
