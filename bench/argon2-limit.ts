/** The most that this machine verifies: argon2id alone, at our cost and with as many at once as our server allows. */
import { availableParallelism } from 'node:os'
import { hash, verify } from '@node-rs/argon2'
import { DEFAULT_COST } from '../src/domain/credentials/password-hasher.ts'

export type Argon2Limit = { readonly password: string; readonly milliseconds: number }

// As src/ops/open-house.ts has it: one per core, four at most.
const AT_ONCE = Math.min(4, availableParallelism())

export const argon2Limit = async ({ password, milliseconds }: Argon2Limit) => {
  const { memory, passes, lanes } = DEFAULT_COST
  const stored = await hash(password, { memoryCost: memory, timeCost: passes, parallelism: lanes })
  const began = performance.now()
  const cpu = process.cpuUsage()
  let count = 0
  const lane = async (): Promise<void> => {
    for (; performance.now() - began < milliseconds; count += 1) await verify(stored, password)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, lane))
  const used = process.cpuUsage(cpu)
  return { count, seconds: (performance.now() - began) / 1000, cpu: (used.user + used.system) / count }
}
