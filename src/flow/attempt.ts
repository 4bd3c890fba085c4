/**
 * An attempt between two requests. Until the first proof it is a sealed value in the page, so that strangers write no
 * rows; then it is a row, named by its id. Both are bound to the browser they began in and end at a fixed time.
 */
import { DAY, MINUTE } from '../base/clock.ts'
import type { AttemptId } from '../base/ids.ts'
import type { JsonObject } from '../base/json.ts'
import { Closed, parse, Type } from '../base/schema.ts'
import { pendingUser } from '../kinds/contract/fact.ts'
import type { FlowPurpose } from '../kinds/contract/stage.ts'
import type { CompiledFlow } from './compiled-flow.ts'
import { END } from './document.ts'
import { nextPath, readFacts } from './facts.ts'
import type { AttemptRow, FlowContext, FlowPorts, RefusalCode } from './ports.ts'

export const ATTEMPT_LASTS = 30 * MINUTE
// A page left open overnight is told that it was open too long, and led back to where it was going.
const REMEMBERED = DAY

/** An attempt under way: `stored` where a row stands for it. */
export type Attempt = { readonly row: AttemptRow; readonly flow: CompiledFlow; readonly stored: boolean }

export type Refused = {
  readonly code: RefusalCode
  readonly restart: { readonly flow: string; readonly next: string | null } | null
  readonly onward: string | null
}

export const HOME = '/if/user/'

const SEALED = 's.'
const STORED = 'r.'

/** How the page names the attempt. */
export const attemptName = (ports: FlowPorts, { row, stored }: Attempt): string =>
  // The row is plain JSON by its type; a type alias with named members is only not indexable.
  stored ? storedAttempt(row.id) : SEALED + ports.seal('attempt', { ...row } as JsonObject, row.expiresAt + REMEMBERED)

/** The name of an attempt that is kept as a row. */
export const storedAttempt = (id: AttemptId): string => STORED + id

export const nextOf = (row: AttemptRow): string | null => readFacts(row.facts).get(nextPath) ?? null

export const refusal = (code: RefusalCode, row: AttemptRow): Refused => ({
  code,
  restart: { flow: row.flow, next: nextOf(row) },
  onward: row.node === END ? (nextOf(row) ?? HOME) : null,
})

const NOWHERE = { restart: null, onward: null } as const

/** Purposes of somebody who is signed in: about them, and only while they are. */
const BOUND_TO_SESSION: ReadonlySet<FlowPurpose> = new Set(['step_up', 'consent', 'settings'])

export const isBoundToSession = (purpose: FlowPurpose): boolean => BOUND_TO_SESSION.has(purpose)

/** Finds the attempt that a page names, and judges whether this browser may go on with it now. */
export const loadAttempt = async (
  ports: FlowPorts,
  name: string,
  context: FlowContext,
): Promise<{ readonly attempt: Attempt } | { readonly refused: Refused }> => {
  const found = name.startsWith(STORED)
    ? await loadRow(ports, name.slice(STORED.length))
    : await loadSealed(ports, name, context.request.at)
  if (!found) return { refused: { code: 'unknown', ...NOWHERE } }
  const { row } = found
  // Neither where it leads nor how to go on is another browser's business (H03).
  if (row.browser !== context.browser) return { refused: { code: 'other_browser', ...NOWHERE } }
  if (found.movedOn || row.node === END) return { refused: refusal('stale', row) }
  if (context.request.at >= row.expiresAt) return { refused: refusal('expired', row) }
  const flow = await ports.flow(row.flow, row.revision)
  if (!flow?.nodes.has(row.node)) return { refused: refusal('expired', row) }
  if (isBoundToSession(flow.purpose)) {
    if (!context.signedIn) return { refused: refusal('signed_out', row) }
    // What was asked of one is not answered by another (A74).
    const theirs = context.signedIn.person.user.id === readFacts(row.facts).get(pendingUser)
    if (!theirs) return { refused: refusal('other_person', row) }
  }
  return { attempt: { row, flow, stored: found.stored } }
}

type Found = { readonly row: AttemptRow; readonly stored: boolean; readonly movedOn: boolean }

const loadRow = async (ports: FlowPorts, id: string): Promise<Found | null> => {
  // Any text finds at most a row whose browser then has to be this one.
  const row = await ports.attempt(id as AttemptId)
  return row && { row, stored: true, movedOn: false }
}

const SealedRow = Closed({
  id: Type.String(),
  flow: Type.String(),
  revision: Type.Integer(),
  node: Type.String(),
  facts: Type.Record(Type.String(), Type.Unknown()),
  browser: Type.String(),
  expiresAt: Type.Integer(),
  step: Type.Integer(),
})

const loadSealed = async (ports: FlowPorts, name: string, now: number): Promise<Found | null> => {
  const value = name.startsWith(SEALED) ? ports.unseal('attempt', name.slice(SEALED.length), now) : null
  const parsed = value && parse(SealedRow, value)
  if (!parsed?.ok) return null
  // Sealed by us, so its shape stands for its meaning: the id is an attempt's, the facts are JSON.
  const row = parsed.value as unknown as AttemptRow
  // An attempt that became a row goes on as the row: the sealed value of before it counts no more.
  const later = await ports.attempt(row.id)
  return later ? { row: later, stored: true, movedOn: true } : { row, stored: false, movedOn: false }
}
