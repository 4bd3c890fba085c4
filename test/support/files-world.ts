/** Configuration files over a real store, key ring and password hashing, in a folder of their own. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { systemClock } from '../../src/base/clock.ts'
import { systemRandom } from '../../src/base/random.ts'
import { secret } from '../../src/base/secret.ts'
import { createRunTests } from '../../src/core/create-run-tests.ts'
import { createPasswordService } from '../../src/domain/credentials/password-service.ts'
import type { Actor } from '../../src/events/event.ts'
import { openHouseRing } from '../../src/ops/keys/house-ring.ts'
import type { EditingDeps } from '../../src/resources/edit/editing-deps.ts'
import { type ConfigurationFiles, createConfigurationFiles } from '../../src/resources/file/configuration-files.ts'
import type { FilesDeps } from '../../src/resources/file/files-deps.ts'
import { serverSecrets } from '../../src/resources/secrets/server-secrets.ts'
import type { Store } from '../../src/store/store.ts'
import {
  applicationsWith,
  type ConfigurationWorld,
  configurationWorld,
  START,
  testPolicies,
} from './configuration-world.ts'
import { testRecorder } from './test-recorder.ts'

const SECRET_KEY = secret('the secret key of an instance that tests export and wipe')

const openRing = async (store: Store) => {
  const clock = { now: () => START }
  const world = { clock, random: systemRandom, recorder: testRecorder(store, clock) }
  const opened = await openHouseRing(store, { current: SECRET_KEY, previous: [] }, world)
  if (!opened.ok) throw new Error('the ring does not open')
  return opened.value
}

export const byFile: Actor = { kind: 'system', name: 'configuration' }

export type FilesWorld = ConfigurationWorld & {
  readonly deps: FilesDeps
  readonly files: ConfigurationFiles
  readonly folder: string
  readonly environment: Record<string, string>
  readonly passwords: ReturnType<typeof createPasswordService>
  /** Writes the text as the one configuration file and applies it. */
  apply(text: string, options?: { yes?: boolean; skipTests?: boolean }): ReturnType<ConfigurationFiles['apply']>
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
  const world = await configurationWorld(store, { ring, ready: dataKeys.current, ...options })
  const environment: Record<string, string> = {}
  const passwords = createPasswordService({ concurrency: 2, clock: systemClock, random: systemRandom })
  const forbidden: string[] = []
  const deps: FilesDeps = {
    ...world.editing,
    store,
    ring,
    passwords,
    forbiddenWords: () => forbidden,
    formerKept: () => 0,
    secretSources: (at) => serverSecrets(environment, { folder: at, roots: [] }),
    runTests: createRunTests({ store, clock: world.clock, applications: applicationsWith(), policies: testPolicies }),
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
    apply: async (text, { yes = false, skipTests = false } = {}) => {
      const configuration = read(text)
      return configuration.ok ? files.apply(configuration.value, { actor: byFile, yes, skipTests }) : configuration
    },
    plan: async (text) => {
      const configuration = read(text)
      return configuration.ok ? files.plan(configuration.value) : configuration
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}
