/** The configuration files over this house: what `GATEHOUSE_CONFIG` names, applied at start and live, and by commands. */
import path from 'node:path'
import { createRunTests } from '../core/create-run-tests.ts'
import { type ConfigurationFiles, createConfigurationFiles } from '../resources/file/configuration-files.ts'
import type { FilesDeps } from '../resources/file/files-deps.ts'
import { serverSecrets } from '../resources/secrets/server-secrets.ts'
import type { House } from './open-house.ts'
import { applications, policies } from './resource-types.ts'

export type HouseFiles = { readonly files: ConfigurationFiles; readonly deps: FilesDeps }

export const houseFiles = ({
  config,
  store,
  ring,
  dataKeys,
  hashes,
  clock,
  configuration,
  settingsNow,
}: House): HouseFiles => {
  const never = ['secret.key', 'gatehouse.db', 'self-signed.pem'].map((name) => path.join(config.dataDir, name))
  const runTests = createRunTests({ store, clock, applications, policies })
  const deps: FilesDeps = {
    ...configuration.editing,
    store,
    ring,
    passwords: hashes,
    formerKept: () => settingsNow().password.history - 1,
    forbiddenWords: () => settingsNow().password.forbiddenWords,
    secretSources: (folder) => serverSecrets(config.environment, { folder, never }),
    runTests,
    dataKeys,
  }
  return { files: createConfigurationFiles(deps), deps }
}
