/* global document, Node */

/**
 * Makes an element. Text goes in as text, never as markup.
 * @param {string} tag
 * @param {Record<string, unknown>} [properties] `class`, `text`, `on…` listeners, `aria-…` and other attributes
 * @param {(Node | null | undefined | false)[]} [children]
 * @returns {HTMLElement}
 */
export function make(tag, properties = {}, children = []) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === 'text') element.textContent = String(value);
    else if (name === 'class') element.className = String(value);
    else if (name.startsWith('on') && typeof value === 'function') element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? '' : String(value));
  }
  element.append(...children.filter((child) => child instanceof Node));
  return element;
}

/** @param {string} id */
export function byId(id) {
  const element = document.getElementById(id);
  if (!element) throw new Error(`there is no #${id}`);
  return element;
}

/** A round picture with initials, in a colour that stays the same for a name. @param {string} name @param {string} [ring] */
export function avatar(name, ring = '') {
  const initials = name
    .split(/\s+/)
    .slice(0, 2)
    .map((word) => word[0] ?? '')
    .join('');
  const hue = [...name].reduce((sum, letter) => (sum * 31 + (letter.codePointAt(0) ?? 0)) % 360, 7);
  const element = make('span', { class: `avatar ${ring}`, text: initials.toUpperCase(), 'aria-hidden': 'true' });
  element.style.setProperty('--hue', String(hue));
  return element;
}

/** @param {number} at */
export function timeAgo(at) {
  const minutes = Math.floor((Date.now() - at) / 60_000);
  if (minutes < 1) return 'just now';
  if (minutes < 60) return `${minutes} min ago`;
  return `${Math.floor(minutes / 60)} h ago`;
}

let toastTimer = 0;
/** Shows one sentence for some seconds. @param {string} text @param {'good' | 'bad'} [mood] */
export function toast(text, mood = 'good') {
  const element = byId('toast');
  element.textContent = text;
  element.className = `toast shown ${mood}`;
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => element.classList.remove('shown'), 4_500);
}
