/** Icons: 20 by 20, one stroke, no fill. Decoration always: the words beside them say it. */
import { type Html, html, trusted } from '../base/html.ts'

const PATHS = {
  lock: '<rect x="4" y="9" width="12" height="8.5" rx="1"/><path d="M6.5 9V6.5a3.5 3.5 0 0 1 7 0V9"/>',
  globe:
    '<circle cx="10" cy="10" r="7.5"/><path d="M2.5 10h15M10 2.5c2.5 2.2 3.5 4.7 3.5 7.5s-1 5.3-3.5 7.5C7.5 15.3 6.5 12.8 6.5 10s1-5.3 3.5-7.5"/>',
  warning: '<path d="M10 3.2 17.8 16.5H2.2zM10 8v4M10 14.2v.1"/>',
  info: '<circle cx="10" cy="10" r="7.5"/><path d="M10 9v5M10 6.2v.1"/>',
  person: '<circle cx="10" cy="6.5" r="3.5"/><path d="M3.5 17.5c0-3.6 2.8-6 6.5-6s6.5 2.4 6.5 6"/>',
  mail: '<path d="M2.5 4.5h15v11h-15zM2.5 5.5 10 11l7.5-5.5"/>',
  group:
    '<circle cx="7.5" cy="7" r="3"/><path d="M2 17c0-3 2.4-5 5.5-5s5.5 2 5.5 5M13 4.3a3 3 0 0 1 0 5.4M15 12.5c1.9.7 3 2.3 3 4.5"/>',
  arrow: '<path d="M3.5 10h13M11.5 5l5 5-5 5"/>',
  clock: '<circle cx="10" cy="10" r="7.5"/><path d="M10 5.5V10l3 2"/>',
  device: '<rect x="3" y="4" width="14" height="9.5" rx="1"/><path d="M1.5 16.5h17"/>',
  phone: '<rect x="5.5" y="2.5" width="9" height="15" rx="1.5"/><path d="M9 15h2"/>',
  key: '<circle cx="7.5" cy="6.5" r="3"/><path d="M2 16.5c0-3 2.4-5 5.5-5 1 0 1.9.2 2.7.6"/><circle cx="14.5" cy="10.5" r="2.5"/><path d="M14.5 13v5M14.5 15.8H16.5"/>',
  list: '<path d="M7.5 5h9M7.5 10h9M7.5 15h9M3.5 5v.1M3.5 10v.1M3.5 15v.1"/>',
  check: '<path d="M4 10.5l4 4 8-9"/>',
  eye: '<path d="M1.5 10S4.5 4.5 10 4.5 18.5 10 18.5 10 15.5 15.5 10 15.5 1.5 10 1.5 10z"/><circle cx="10" cy="10" r="2.5"/><path class="bar" d="M3.5 16.5l13-13"/>',
  apps: '<path d="M3.5 3.5h5v5h-5zM11.5 3.5h5v5h-5zM3.5 11.5h5v5h-5zM11.5 11.5h5v5h-5z"/>',
  help: '<circle cx="10" cy="10" r="7.5"/><path d="M7.8 8a2.3 2.3 0 1 1 3.3 2.1c-.8.4-1.1.8-1.1 1.7M10 14.2v.1"/>',
} as const
export type Icon = keyof typeof PATHS

export const icon = (name: Icon, flip = false): Html =>
  html`<svg class="${flip ? 'ico flip' : 'ico'}" viewBox="0 0 20 20" aria-hidden="true">${trusted(PATHS[name])}</svg>`

const GATE =
  '<path d="M1.5 22.5v-3H3V11a9 9 0 0 1 5-8.06l1.8 3.57A5 5 0 0 0 7 11v8.5h1.5v3zM22.5 22.5v-3H21V11a9 9 0 0 0-5-8.06l-1.8 3.57A5 5 0 0 1 17 11v8.5h-1.5v3z"/><path class="key" d="M9.2.8h5.6l-1.6 6h-2.4z"/>'

/** The mark; with a name it is an image that is read out. */
export const mark = (name?: string): Html =>
  name === undefined
    ? html`<svg viewBox="0 0 24 24" fill="currentColor" aria-hidden="true">${trusted(GATE)}</svg>`
    : html`<svg viewBox="0 0 24 24" fill="currentColor" role="img" aria-label="${name}">${trusted(GATE)}</svg>`

/** The gate, shut: a no. */
export const shutGate: Html = trusted(
  '<svg class="shut" viewBox="0 0 72 72" aria-hidden="true" fill="none" stroke="currentColor" stroke-width="2"><path d="M9 70V36a27 27 0 0 1 54 0v34M17 70V36a19 19 0 0 1 38 0v34M3 70h66"/><path d="M26.5 20.5V62l2.5 4 2.5-4V18M40.5 18v44l2.5 4 2.5-4V20.5M17 33h38M17 45h38M17 57h38" stroke-width="1.5"/><path class="key" stroke="none" d="M32 7h8l-2 12h-4z"/></svg>',
)

/** The arch with nobody in it: done, or nothing yet. */
export const openGate: Html = trusted(
  '<svg class="shut" viewBox="0 0 72 72" aria-hidden="true" fill="none" stroke="currentColor" stroke-width="2"><path d="M9 70V36a27 27 0 0 1 54 0v34M17 70V36a19 19 0 0 1 38 0v34M3 70h66"/><path class="key" stroke="none" d="M32 7h8l-2 12h-4z"/></svg>',
)

/** Courses of stones left and right of the opening, 60 px high each. */
const COURSES = Array.from({ length: 20 }, (_, row) => `M0 ${344 + row * 60}h44M524 ${344 + row * 60}h44`).join('')

/** The stones around the doorway. */
export const ring: Html = trusted(
  `<div class="ring"><svg viewBox="0 0 568 1500" aria-hidden="true"><path d="M.5 1500V284a283.5 283.5 0 0 1 567 0V1500M366.1 58.5L381.1 17.1M201.9 58.5L186.9 17.1M418.2 85L442.8 48.6M149.8 85L125.2 48.6M462.4 123.4L495.1 94M105.6 123.4L72.9 94M495.9 171.3L534.8 150.7M72.1 171.3L33.2 150.7M516.9 225.9L559.6 215.3M51.1 225.9L8.4 215.3M524 284L568 284M44 284L0 284${COURSES}"/><polygon class="key" points="259.3 49.3 253.3 -8.4 314.7 -8.4 308.7 49.3"/></svg></div>`,
)
