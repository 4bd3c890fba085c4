/** The configuration files over this house: what `GATEHOUSE_CONFIG` names, applied at start and live, and by commands. */
import path from 'node:path'
import { type ConfigurationFiles, createConfigurationFiles } from '../resources/file/configuration-files.ts'
import type { FilesDeps } from '../resources/file/files-deps.ts'
import { serverSecrets } from '../resources/secrets/server-secrets.ts'
import type { House } from './open-house.ts'

export type HouseFiles = { readonly files: ConfigurationFiles; readonly deps: FilesDeps }

export const houseFiles = ({
  config,
  store,
  ring,
  dataKeys,
  hashes,
  configuration,
  settingsNow,
}: House): HouseFiles => {
  const never = ['secret.key', 'gatehouse.db', 'self-signed.pem'].map((name) => path.join(config.dataDir, name))
  const deps: FilesDeps = {
    ...configuration.editing,
    store,
    ring,
    passwords: hashes,
    forbiddenWords: () => settingsNow().password.forbiddenWords,
    secretSources: (folder) => serverSecrets(config.environment, { folder, never }),
    dataKeys,
  }
  return { files: createConfigurationFiles(deps), deps }
}
