/** What the primary and its workers say to each other. Both are the same code, started by the same command. */
import type { MetricsSnapshot } from '../metrics.ts'

export type ToWorker =
  /** The answer to `here`: this worker's number, and what it does beside serving. */
  | { readonly say: 'begin'; readonly worker: number; readonly leads: boolean; readonly greets: boolean }
  /** Another worker committed something that a memory may hold. */
  | { readonly say: 'changed' }
  | { readonly say: 'tell'; readonly ask: number }
  | { readonly say: 'stop' }

export type ToPrimary =
  /** It hears what is said from now on. */
  | { readonly say: 'here' }
  /** It serves. */
  | { readonly say: 'ready' }
  /** It cannot start, and why: one plain sentence. */
  | { readonly say: 'failed'; readonly message: string }
  | { readonly say: 'changed' }
  | { readonly say: 'told'; readonly ask: number; readonly metrics: MetricsSnapshot }
