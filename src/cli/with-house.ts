/** Opens the house for one command and closes it again; works beside a running server, and without one. */
import { systemClock } from '../base/clock.ts'
import { systemRandom } from '../base/random.ts'
import { type Config, readConfig } from '../ops/config.ts'
import { createLog } from '../ops/log.ts'
import { createMetrics } from '../ops/metrics.ts'
import { openGround } from '../ops/open-ground.ts'
import { type House, openHouse } from '../ops/open-house.ts'
import { prepareHouse } from '../ops/prepare-house.ts'
import { version } from '../ops/version.ts'
import type { Output } from './command.ts'

export const withHouse = async (
  out: Output,
  work: (house: House) => Promise<number>,
  changed: (config: Config) => Config = (config) => config,
): Promise<number> => {
  const read = readConfig()
  if (!read.ok) return refuse(out, read.error.message)
  const config = changed(read.value)
  const world = { clock: systemClock, random: systemRandom }
  const log = createLog('error')
  const ground = await openGround(config, world, log)
  if (!ground.ok) return refuse(out, ground.error.message)
  const house = await openHouse(config, ground.value, world, log, createMetrics(version))
  try {
    const prepared = await prepareHouse(house)
    return prepared.ok ? await work(house) : refuse(out, prepared.error.message)
  } finally {
    await house.close()
  }
}

const refuse = (out: Output, message: string): number => {
  out.error(message)
  return 1
}
