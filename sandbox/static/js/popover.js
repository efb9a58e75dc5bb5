// The one floating layer: menus, option lists and pickers. Only one is open at a time.

import { h, render } from './dom.js';

let open = null;
let layer = null;

/**
 * Open a floating panel at `anchor`. `draw` gives its nodes; `place` is "below" (default), "above" or "right-edge";
 * `role` and `label` name it for assistive technology; `onclose` runs when it goes.
 */
export function openPopover(anchor, { draw, label, role = 'dialog', place = 'below', width, kind = '', onclose }) {
  const same = open?.anchor === anchor;
  closePopover();
  if (same) return;
  open = { anchor, draw, label, role, place, width, kind, onclose, before: document.activeElement };
  anchor.setAttribute('aria-expanded', 'true');
  drawPopover();
}

/** Close the panel, if there is one; `refocus` gives the focus back to what it was opened from. */
export function closePopover({ refocus = true } = {}) {
  if (!open) return;
  const { anchor, onclose, before } = open;
  open = null;
  anchor.setAttribute('aria-expanded', 'false');
  drawPopover();
  if (refocus) (anchor.isConnected ? anchor : before)?.focus?.({ preventScroll: true });
  onclose?.();
}

/** The element that the open panel belongs to. */
export const popoverAnchor = () => open?.anchor ?? null;

/** Draw the panel again: its data changed. */
export function drawPopover() {
  layer ??= makeLayer();
  if (!open) return render(layer);
  const { draw, label, role, width, kind } = open;
  render(
    layer,
    h('div', { class: `popover ${kind}`, role, 'aria-label': label, tabindex: '-1', style: width ? { width: `${width}px` } : {} }, draw()),
  );
  position();
}

function makeLayer() {
  const element = document.body.appendChild(document.createElement('div'));
  element.className = 'popover-layer';
  element.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') {
      event.preventDefault();
      event.stopPropagation();
      closePopover();
    } else if (event.key === 'Tab') {
      closePopover();
    }
  });
  document.addEventListener('pointerdown', (event) => {
    if (open && !element.contains(event.target) && !open.anchor.contains(event.target)) closePopover({ refocus: false });
  }, true);
  addEventListener('resize', () => open && position());
  addEventListener('scroll', (event) => open && !element.contains(event.target) && position(), true);
  return element;
}

function position() {
  const panel = layer.firstChild;
  if (!open.anchor.isConnected) return closePopover();
  const at = open.anchor.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = panel;
  const below = at.bottom + 4;
  const above = at.top - height - 4;
  const fitsBelow = below + height < innerHeight - 8;
  const top = open.place === 'above' ? (above > 8 ? above : below) : fitsBelow || above < 8 ? below : above;
  const left = open.place === 'right-edge' ? at.right - width : at.left;
  panel.style.top = `${Math.max(8, Math.min(top, innerHeight - height - 8))}px`;
  panel.style.left = `${Math.max(8, Math.min(left, innerWidth - width - 8))}px`;
}
