/** What must stand before the house opens: the resources shipped, keys to sign with, the first administrator if given. */
import { type Failure, fail, ok, type Result } from '../base/result.ts'
import { shippedFlows } from '../flow/shipped-flows.ts'
import { shipDefaults, shippedDefaults } from '../resources/shipped.ts'
import { keypairSettings } from './keypair-settings.ts'
import { rollOver } from './keys/roll-over.ts'
import type { House } from './open-house.ts'

/** Safe at every start and beside other processes; tells what stands in the way in one plain sentence. */
export const prepareHouse = async (house: House): Promise<Result<null, Failure<string>>> => {
  const { store, ring, clock, recorder, config, firstRun, hashes } = house
  const flows = [...shippedFlows].map(([slug, spec]) => ({ slug, spec }))
  const shipped = await shipDefaults(house.configuration.editing, shippedDefaults(flows))
  if (!shipped.ok)
    return fail(shipped.error.code, `What ships with Gatehouse could not be made: ${shipped.error.message}`)
  const snapshot = await house.live.current()
  await rollOver({ store, ring, clock, recorder }, keypairSettings(snapshot))
  await house.signingKeys.reload()
  await firstRun.bootstrap(config.bootstrap, async (password) => {
    const hash = await hashes.hash(password)
    if (hash === 'busy') throw new Error('the queue for passwords is full before anybody could ask')
    return hash
  })
  return ok(null)
}
