/** Opens the house and its configuration files for one command. */
import { userInfo } from 'node:os'
import type { Config } from '../ops/config.ts'
import { houseFiles } from '../ops/house-files.ts'
import type { House } from '../ops/open-house.ts'
import type { Output } from './command.ts'
import type { ConfigurationContext } from './configuration-command.ts'
import { withHouse } from './with-house.ts'

export const withConfiguration = (
  out: Output,
  work: (context: ConfigurationContext) => Promise<number>,
  changed?: (config: Config) => Config,
): Promise<number> => {
  const over = (house: House): Promise<number> =>
    work({
      ...houseFiles(house),
      configPath: house.config.configPath,
      actor: { kind: 'system', name: `command line (${userInfo().username})` },
    })
  return withHouse(out, over, changed)
}
