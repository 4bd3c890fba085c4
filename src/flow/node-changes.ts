/**
 * What differs between two documents of a flow, told the way it is drawn: nodes that come, go and change, the edges that
 * lead elsewhere, and the settings of the flow itself.
 */
import type { Json } from '../base/json.ts'

/** A difference by its path in the document; `before` is absent for what was added, `after` for what was taken away. */
export type Change = { readonly path: string; readonly before?: Json; readonly after?: Json }

export type FlowChanges = {
  readonly added: readonly string[]
  readonly removed: readonly string[]
  readonly changed: readonly ChangedNode[]
  /** Name, title, purpose, start. */
  readonly flow: readonly Change[]
}

export type ChangedNode = {
  readonly node: string
  /** Outcomes whose edges differ, each with all of its edges. */
  readonly edges: readonly (Omit<Change, 'path'> & { readonly outcome: string })[]
  /** The stage and its settings. */
  readonly settings: readonly Change[]
}

/** `changes` are those of the whole document, secrets left out of them already. */
export const nodeChanges = (changes: readonly Change[]): FlowChanges => {
  const whole = changes.map((change) => ({ change, at: placeOf(change.path) }))
  const changed = Map.groupBy(
    whole.filter(({ at }) => at !== null && at.inner !== ''),
    ({ at }) => at?.node ?? '',
  )
  const alone = whole.filter(({ at }) => at?.inner === '')
  const names = (which: (change: Change) => boolean): string[] =>
    alone.flatMap(({ change, at }) => (at && which(change) ? [at.node] : []))
  return {
    added: names((change) => change.before === undefined),
    removed: names((change) => change.after === undefined),
    changed: [...changed].map(([node, of]) =>
      changedNode(
        node,
        of.map(({ change, at }) => ({ ...change, path: at?.inner ?? '' })),
      ),
    ),
    flow: whole.flatMap(({ change, at }) => (at === null ? [change] : [])),
  }
}

/** `nodes.password.next.ok` stands at `next.ok` of `password`. */
const placeOf = (path: string): { readonly node: string; readonly inner: string } | null => {
  const [root, node, ...inner] = path.split('.')
  return root === 'nodes' && node !== undefined ? { node, inner: inner.join('.') } : null
}

const NEXT = 'next.'

const changedNode = (node: string, changes: readonly Change[]): ChangedNode => ({
  node,
  edges: changes.flatMap(({ path, ...change }) =>
    path.startsWith(NEXT) ? [{ outcome: path.slice(NEXT.length), ...change }] : [],
  ),
  settings: changes.filter(({ path }) => !path.startsWith(NEXT)),
})
