// A small virtual DOM: pages are functions from data to nodes, and `render` changes only what differs.
// Text always becomes a text node, so nothing that a stranger wrote can turn into markup.

const SVG = new Set(['svg', 'path', 'circle', 'rect', 'g', 'line', 'polyline']);
const AS_PROPERTY = new Set(['value', 'checked', 'disabled', 'indeterminate', 'srcdoc', 'multiple', 'readOnly']);
const HOOKS = new Set(['key', 'onmount', 'onunmount', 'style']);

/** A node: a tag, its properties (attributes, `on…` listeners, `key`, `onmount`, `onunmount`) and its children. */
export function h(tag, props, ...children) {
  return { tag, props: props ?? {}, key: props?.key, children: flat(children, []) };
}

function flat(children, into) {
  for (const child of children) {
    if (Array.isArray(child)) flat(child, into);
    else if (child === null || child === undefined || child === false || child === true || child === '') continue;
    else if (typeof child === 'object') into.push(child);
    else into.push(String(child));
  }
  return into;
}

let arrivals = [];

/** Make the children of `container` look like `nodes`, keeping the elements that already fit. */
export function render(container, ...nodes) {
  const next = flat(nodes, []);
  container.drawn = patchChildren(container, container.drawn ?? [], next);
  const arrived = arrivals;
  arrivals = [];
  for (const { element, props } of arrived) props.onmount(element);
}

/** The class names that hold: `classes('a', b && 'c')`. */
export function classes(...names) {
  return names.filter(Boolean).join(' ');
}

function patchChildren(parent, before, nodes) {
  const byKey = new Map();
  const unkeyed = [];
  for (const old of before) {
    if (old.key === undefined) unkeyed.push(old);
    else byKey.set(old.key, old);
  }
  const drawn = nodes.map((node) => {
    const fits = takeFitting(node, byKey, unkeyed);
    return fits ? update(fits, node) : create(node);
  });
  for (const leftover of [...byKey.values(), ...unkeyed]) remove(leftover);
  let cursor = parent.firstChild;
  for (const { element } of drawn) {
    if (element === cursor) cursor = cursor.nextSibling;
    else parent.insertBefore(element, cursor);
  }
  return drawn;
}

function takeFitting(node, byKey, unkeyed) {
  const tag = typeof node === 'string' ? '#text' : node.tag;
  if (node.key !== undefined) {
    const old = byKey.get(node.key);
    if (old?.tag !== tag) return null;
    byKey.delete(node.key);
    return old;
  }
  const index = unkeyed.findIndex((old) => old.tag === tag);
  return index < 0 ? null : unkeyed.splice(index, 1)[0];
}

function create(node) {
  if (typeof node === 'string') {
    return { tag: '#text', text: node, element: document.createTextNode(node) };
  }
  const element = SVG.has(node.tag)
    ? document.createElementNS('http://www.w3.org/2000/svg', node.tag)
    : document.createElement(node.tag);
  const entry = { tag: node.tag, key: node.key, element, props: {}, children: [] };
  entry.children = patchChildren(element, [], node.children);
  setProps(entry, node.props);
  if (node.props.onmount) arrivals.push(entry);
  return entry;
}

function update(entry, node) {
  if (entry.tag === '#text') {
    if (entry.text !== node) entry.element.data = entry.text = node;
    return entry;
  }
  entry.children = patchChildren(entry.element, entry.children, node.children);
  setProps(entry, node.props);
  return entry;
}

function remove(entry) {
  unmounted(entry);
  entry.element.remove();
}

function unmounted(entry) {
  entry.children?.forEach(unmounted);
  entry.props?.onunmount?.(entry.element);
}

function setProps(entry, next) {
  const { element, props: before } = entry;
  for (const name of Object.keys(before)) {
    if (!(name in next)) setProp(element, name, undefined, before[name]);
  }
  for (const [name, value] of Object.entries(next)) setProp(element, name, value, before[name]);
  entry.props = next;
}

function setProp(element, name, value, before) {
  if (name === 'style') setStyle(element, value ?? {}, before ?? {});
  if (HOOKS.has(name)) return;
  if (name.startsWith('on')) {
    element[name] = value ?? null;
  } else if (AS_PROPERTY.has(name)) {
    const wanted = value ?? (name === 'value' ? '' : false);
    if (element[name] !== wanted) element[name] = wanted;
  } else if (value === before) {
    return;
  } else if (value === undefined || value === null || value === false) {
    element.removeAttribute(name);
  } else {
    element.setAttribute(name, value === true ? '' : value);
  }
}

function setStyle(element, next, before) {
  for (const name of Object.keys(before)) if (!(name in next)) element.style.removeProperty(name);
  for (const [name, value] of Object.entries(next)) {
    if (before[name] !== value) element.style.setProperty(name, value);
  }
}

/** Keep the focus inside `root`: Tab from the last element goes to the first. Use as a keydown listener. */
export function trapTab(event, root) {
  if (event.key !== 'Tab') return;
  const stops = [...root.querySelectorAll('button, [href], input, select, textarea, [tabindex]')].filter(
    (el) => !el.disabled && el.tabIndex >= 0 && el.offsetParent !== null,
  );
  if (!stops.length) return;
  const [first, last] = [stops[0], stops.at(-1)];
  const leaving = event.shiftKey ? document.activeElement === first : document.activeElement === last;
  if (leaving || !root.contains(document.activeElement)) {
    event.preventDefault();
    (event.shiftKey ? last : first).focus();
  }
}

/** Call `fn` once, `ms` after the last of several calls. */
export function debounced(fn, ms) {
  let timer = 0;
  return (...args) => {
    clearTimeout(timer);
    timer = setTimeout(() => fn(...args), ms);
  };
}
