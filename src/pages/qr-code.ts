/** A QR code (ISO/IEC 18004) as SVG: made here, so that no other site ever sees what it says; no script, no style. */
import encodeQR from 'qr'
import { type Html, html } from '../base/html.ts'

// What the standard asks for around the code; without it some cameras do not find it.
const QUIET = 4

/** Black on white in the dark as well: many cameras read nothing else. */
export const qrCode = (text: string, label: string): Html => {
  const cells = encodeQR(text, 'raw', { ecc: 'medium', border: QUIET })
  const size = cells.length
  return html`<svg class="qr" viewBox="0 0 ${size} ${size}" role="img" aria-label="${label}" shape-rendering="crispEdges"><path fill="#fff" d="M0 0h${size}v${size}H0z"/><path fill="#000" d="${cells.map(rowPath).join('')}"/></svg>`
}

/** The dark runs of a row, a box each. */
const rowPath = (row: readonly boolean[], y: number): string => {
  const runs: string[] = []
  for (let x = 0; x < row.length; x += 1) {
    if (!row[x]) continue
    const start = x
    while (row[x + 1]) x += 1
    const length = x - start + 1
    runs.push(`M${start} ${y}h${length}v1h-${length}z`)
  }
  return runs.join('')
}

/** The same for a terminal, dark on light whatever its colours are. */
export const qrText = (text: string): string => encodeQR(text, 'term', { ecc: 'medium', border: QUIET })
