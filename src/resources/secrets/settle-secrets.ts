/**
 * Turns the secrets of a given spec into `{ secret, version }`, with the rows to write beside it (DESIGN §3). The name
 * of the variable or file stays in the spec, so that history tells where a secret came from and an export names it
 * again. The same value again makes no new version: it is compared by opening what is kept.
 */
import { sameBytes } from '../../base/bytes.ts'
import type { JsonObject } from '../../base/json.ts'
import { err, ok, type Result } from '../../base/result.ts'
import type { Issue, TSchema } from '../../base/schema.ts'
import { reveal, type Sealed, type Secret, secret } from '../../base/secret.ts'
import type { StoredSecret } from '../../base/secret-reference.ts'
import { type KeyRing, UnsealError } from '../../domain/keys/key-ring.ts'
import { annotated, isObject, mapValue } from '../schema/annotated-schema.ts'
import { secretPlace, storedSecrets } from './stored-secrets.ts'

/** A row of the table of secrets. */
export type HeldSecret = { readonly sealed: Sealed; readonly version: number }
export type SecretWrite = HeldSecret & { readonly id: string }

/** What a file on the server may name. Absent for the API: a caller there must not read the server's own (I12). */
export type SecretSources = {
  env(name: string): string | undefined
  file(path: string): Result<string, string>
}

export type SettleInput = {
  readonly schema: TSchema
  readonly spec: JsonObject
  /** The spec as it stands, or null. */
  readonly before: JsonObject | null
  /** Ids this resource had in older revisions: undo may name them again. */
  readonly formerly: ReadonlySet<string>
  held(id: string): HeldSecret | undefined
  readonly sources: SecretSources | null
  readonly ring: Pick<KeyRing, 'seal' | 'unseal'>
  newId(): string
}

export type Settled = { readonly spec: JsonObject; readonly writes: readonly SecretWrite[] }

export const settleSecrets = (input: SettleInput): Result<Settled, Issue[]> => {
  const issues: Issue[] = []
  const writes: SecretWrite[] = []
  const before = input.before ? storedSecrets(input.schema, input.before) : new Map<string, StoredSecret>()
  const known = new Set([...input.formerly, ...[...before.values()].map((one) => one.secret)])
  const spec = mapValue(annotated(input.schema), input.spec, ({ schema, value, path }) => {
    if (!schema['x-secret'] || !isObject(value)) return undefined
    const settled =
      typeof value.secret === 'string'
        ? keep(input, value.secret, known, before, path)
        : take(input, value, before.get(path), writes)
    if (settled.ok) return { ...settled.value }
    issues.push({ path, message: settled.error })
    return value
  }) as JsonObject
  return issues.length > 0 ? err(issues) : ok({ spec, writes })
}

/** A secret named by its id: the one that stands today, whatever version the spec speaks of (undo keeps today's). */
const keep = (
  input: SettleInput,
  id: string,
  known: ReadonlySet<string>,
  before: ReadonlyMap<string, StoredSecret>,
  path: string,
): Result<StoredSecret, string> => {
  // Otherwise whoever may edit one application could put another's secret to use in it.
  if (!known.has(id)) return err('names a secret that is not this one’s; give a value instead')
  const held = input.held(id)
  if (!held) return err('the secret is gone; give a value')
  const today =
    before.get(path)?.secret === id ? before.get(path) : [...before.values()].find((one) => one.secret === id)
  return ok({ ...(today ?? { secret: id }), version: held.version })
}

/** A value, from wherever it comes. */
const take = (
  input: SettleInput,
  given: JsonObject,
  before: StoredSecret | undefined,
  writes: SecretWrite[],
): Result<StoredSecret, string> => {
  const read = readGiven(input, given)
  if (!read.ok) return read
  const { plain, source, carried } = read.value
  const held = before && input.held(before.secret)
  if (before && held && isSame(input, before.secret, held, plain)) {
    return ok({ secret: before.secret, version: held.version, ...source })
  }
  // A sealed text keeps its id and its bytes where both are free, so that an export brings back the same export.
  const free = !before && carried && !input.held(carried.id) && !writes.some((one) => one.id === carried.id)
  const id = before?.secret ?? (free ? carried.id : input.newId())
  const version = (held?.version ?? before?.version ?? 0) + 1
  const sealed = free ? carried.sealed : input.ring.seal(plain, secretPlace(id))
  writes.push({ id, version, sealed })
  return ok({ secret: id, version, ...source })
}

type Given = {
  readonly plain: Secret
  readonly source: { readonly env?: string; readonly file?: string }
  readonly carried: { readonly id: string; readonly sealed: Sealed } | null
}

// As in the schema of `{ value }`: what is longer is a mix-up of files.
const LONGEST = 4096

const readGiven = (input: SettleInput, given: JsonObject): Result<Given, string> => {
  if (typeof given.value === 'string') return bounded(given.value, {})
  if (!input.sources) return err('can be read from the server by its own configuration files only; give a value')
  if (typeof given.env === 'string') {
    if (isOwnSecret(given.env)) return err(`${given.env} is the server’s own and serves nothing else`)
    const value = input.sources.env(given.env)
    if (value === undefined || value === '') return err(`the environment variable ${given.env} is not set`)
    return bounded(value, { env: given.env })
  }
  if (typeof given.file === 'string') {
    const read = input.sources.file(given.file)
    return read.ok ? bounded(read.value, { file: given.file }) : read
  }
  return typeof given.sealed === 'string' ? openCarried(input, given.sealed) : err('is not a secret')
}

const bounded = (text: string, source: Given['source']): Result<Given, string> => {
  if (text === '') return err('is empty')
  if (text.length > LONGEST) return err(`is longer than ${LONGEST} characters`)
  return ok({ plain: secret(text), source, carried: null })
}

// Handing the house's own keys to an application would be the end of them (I12).
const isOwnSecret = (name: string): boolean => /^(GATEHOUSE|AUTHENTIK)_|^(PG_PASS|POSTGRES_PASSWORD)$/.test(name)

/** `<id>:<cipher text>`: the place is part of what is sealed, so the id travels with it. */
export const carriedSecret = (id: string, sealed: Sealed): string => `${id}:${sealed}`

const openCarried = (input: SettleInput, text: string): Result<Given, string> => {
  const split = text.indexOf(':')
  const id = text.slice(0, split)
  const sealed = text.slice(split + 1) as Sealed
  const plain = split > 0 ? unsealed(input, id, sealed) : null
  return plain
    ? ok({ plain, source: {}, carried: { id, sealed } })
    : err('does not open with the keys of this instance')
}

const unsealed = (input: SettleInput, id: string, sealed: Sealed): Secret | null => {
  try {
    return input.ring.unseal(sealed, secretPlace(id))
  } catch (error) {
    if (error instanceof UnsealError) return null
    throw error
  }
}

const isSame = (input: SettleInput, id: string, held: HeldSecret, plain: Secret): boolean => {
  const present = unsealed(input, id, held.sealed)
  return present !== null && sameBytes(reveal(present, 'compare a secret'), reveal(plain, 'compare a secret'))
}
