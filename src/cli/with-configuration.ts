/** Opens the house and its configuration files for one command. */
import { userInfo } from 'node:os'
import { houseFiles } from '../ops/house-files.ts'
import type { Output } from './command.ts'
import type { ConfigurationContext } from './configuration-command.ts'
import { withHouse } from './with-house.ts'

export const withConfiguration = (
  out: Output,
  work: (context: ConfigurationContext) => Promise<number>,
): Promise<number> =>
  withHouse(out, (house) =>
    work({
      ...houseFiles(house),
      configPath: house.config.configPath,
      actor: { kind: 'system', name: `command line (${userInfo().username})` },
    }),
  )
