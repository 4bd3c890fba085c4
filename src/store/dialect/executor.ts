/**
 * What both engines offer to the queries of this room: a `Tx`, seen from inside. A failed statement dooms its
 * transaction on both engines, as PostgreSQL has it, so that no code comes to lean on SQLite's leniency.
 */
import type { Engine, Tx } from '../store.ts'

/** A value as it is bound. Lists go to PostgreSQL as arrays; on SQLite they are bound as JSON text. */
export type Value = string | number | boolean | null | readonly string[]
export type Row = Readonly<Record<string, unknown>>

/** A place in a statement that is filled in when it runs. */
export class Parameter {
  readonly name: string
  constructor(name: string) {
    this.name = name
  }
}

export type Statement = {
  readonly sql: string
  readonly parameters: readonly (Parameter | Value)[]
  readonly writes: boolean
  /** The name it is prepared under on PostgreSQL; statements built for one call have none. */
  readonly name?: string
}

export type Executor = {
  readonly engine: Engine
  all(statement: Statement, values: readonly Value[]): Promise<Row[]>
  first(statement: Statement, values: readonly Value[]): Promise<Row | undefined>
  /** Runs a statement that returns no rows; tells how many rows it touched. */
  run(statement: Statement, values: readonly Value[]): Promise<number>
  /** Keeps a change to be numbered and written right before the commit. */
  note(what: string, key: string): void
  /** Holds everyone else off from the same name until the transaction ends. Nothing to do on SQLite's one writer. */
  exclusive(name: string): Promise<void>
}

export type Note = { readonly what: string; readonly key: string }

/** One engine, opened. */
export type Driver = {
  readonly engine: Engine
  readonly read: Executor
  write<T>(work: (executor: Executor) => Promise<T>): Promise<T>
  close(): Promise<void>
}

/** What a driver does around the commit of a transaction that noted changes. */
export type CommitHooks = {
  /** Numbers and writes the notes; the last thing in the transaction. Tells the highest number given. */
  numberNotes(executor: Executor, notes: readonly Note[]): Promise<number>
  committed(seq: number): void
}

// Every Tx is made by a driver of this room and is an Executor; outside, the type is opaque on purpose.
export const executorOf = (tx: Tx): Executor => tx as unknown as Executor
export const txOf = (executor: Executor): Tx => executor as unknown as Tx

export const notWritable = (): Error => new Error('store.read cannot write: use store.write')
export const transactionFailed = (cause: unknown): Error =>
  new Error('a statement of this transaction failed', { cause })
export const transactionOver = (): Error => new Error('this transaction is over: a query of it was not awaited')
