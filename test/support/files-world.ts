/** Configuration files over a real store, key ring and password hashing, in a folder of their own. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { systemClock } from '../../src/base/clock.ts'
import { systemRandom } from '../../src/base/random.ts'
import { secret } from '../../src/base/secret.ts'
import { createPasswordService } from '../../src/domain/credentials/password-service.ts'
import type { KeyRing } from '../../src/domain/keys/key-ring.ts'
import type { Actor } from '../../src/events/event.ts'
import { openKeyRing } from '../../src/ops/keys/key-ring.ts'
import { keyRows } from '../../src/ops/keys/key-rows.ts'
import type { EditingDeps } from '../../src/resources/edit/editing-deps.ts'
import { type ConfigurationFiles, createConfigurationFiles } from '../../src/resources/file/configuration-files.ts'
import type { FilesDeps } from '../../src/resources/file/files-deps.ts'
import { serverSecrets } from '../../src/resources/secrets/server-secrets.ts'
import type { DataKey, Store } from '../../src/store/store.ts'
import { type ConfigurationWorld, configurationWorld, START } from './configuration-world.ts'
import { testRecorder } from './test-recorder.ts'

const SECRET_KEY = secret('the secret key of an instance that tests export and wipe')

/** A ring over the keys of a store, and those given beside. */
const ringOver = async (store: Store, more: readonly DataKey[] = []): Promise<KeyRing | null> => {
  const rows = keyRows(store, testRecorder(store, { now: () => START }))
  const opened = await openKeyRing({
    keys: { ...rows, all: async () => [...(await rows.all()), ...more] },
    secretKey: SECRET_KEY,
    previousKeys: [],
    now: START,
    random: systemRandom,
  })
  return opened.ok ? opened.value : null
}

/** The process's ring, which knows adopted keys once it was opened again. */
const openRing = async (store: Store) => {
  const first = await ringOver(store)
  if (!first) throw new Error('the ring does not open')
  let current = first
  const ring: KeyRing = {
    seal: (plain, place) => current.seal(plain, place),
    unseal: (sealed, place) => current.unseal(sealed, place),
    hash: (purpose, text) => current.hash(purpose, text),
    sealValue: (purpose, value, expiresAt) => current.sealValue(purpose, value, expiresAt),
    unsealValue: (purpose, text, now) => current.unsealValue(purpose, text, now),
  }
  const dataKeys: FilesDeps['dataKeys'] = {
    including: (keys) => ringOver(store, keys),
    adopted: async () => {
      current = (await ringOver(store)) ?? current
    },
  }
  return { ring, dataKeys }
}

export const byFile: Actor = { kind: 'system', name: 'configuration' }

export type FilesWorld = ConfigurationWorld & {
  readonly deps: FilesDeps
  readonly files: ConfigurationFiles
  readonly folder: string
  readonly environment: Record<string, string>
  readonly passwords: ReturnType<typeof createPasswordService>
  /** Writes the text as the one configuration file and applies it. */
  apply(text: string, options?: { yes?: boolean }): ReturnType<ConfigurationFiles['apply']>
  plan(text: string): ReturnType<ConfigurationFiles['plan']>
  write(text: string): string
  /** As the settings in force would. */
  forbid(word: string): void
}

export const filesWorld = async (
  store: Store,
  options: { readonly ship?: boolean; readonly guard?: EditingDeps['guard'] } = {},
): Promise<FilesWorld & { remove(): void }> => {
  const folder = mkdtempSync(path.join(tmpdir(), 'gatehouse-files-'))
  const { ring, dataKeys } = await openRing(store)
  const world = await configurationWorld(store, { ring, ...options })
  const environment: Record<string, string> = {}
  const passwords = createPasswordService({ concurrency: 2, clock: systemClock, random: systemRandom })
  const forbidden: string[] = []
  const deps: FilesDeps = {
    ...world.editing,
    store,
    ring,
    passwords,
    forbiddenWords: () => forbidden,
    secretSources: (at) => serverSecrets(environment, { folder: at, roots: [] }),
    dataKeys,
  }
  const files = createConfigurationFiles(deps)
  const write = (text: string): string => {
    const file = path.join(folder, 'gatehouse.yaml')
    writeFileSync(file, text)
    return file
  }
  const read = (text: string) => files.read(write(text))
  return {
    ...world,
    deps,
    files,
    folder,
    environment,
    passwords,
    forbid: (word) => void forbidden.push(word),
    write,
    apply: async (text, { yes = false } = {}) => {
      const configuration = read(text)
      return configuration.ok ? files.apply(configuration.value, { actor: byFile, yes }) : configuration
    },
    plan: async (text) => {
      const configuration = read(text)
      return configuration.ok ? files.plan(configuration.value) : configuration
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}
