/** What every query takes: a transaction as a value, and the shape of a page of a list. */

declare const tx: unique symbol
/** A handle to run queries with; made by the store, opaque to everyone else. */
export type Tx = { readonly [tx]: true }

export type Page<T> = { readonly items: T[]; readonly next: string | null }
/**
 * `cursor` is opaque, from the page before. `limit` is 1 to 200; beyond, it is capped (M11). `sort` is one of the columns
 * allowed, `-` before it for descending. What cannot be answered throws `BadQuery`.
 */
export type ListQuery = {
  readonly organisation: string
  readonly search?: string
  readonly limit: number
  readonly cursor?: string
  readonly sort?: string
}
