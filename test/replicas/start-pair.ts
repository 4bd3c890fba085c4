/** Two servers on one PostgreSQL behind a front, as replicas stand in a cluster: same key, same address, same file. */
import { randomBytes } from 'node:crypto'
import type { TestContext } from 'node:test'
import { type Balancer, openBalancer } from '../support/balancer.ts'
import { type Gatehouse, startGatehouse } from '../support/gatehouse.ts'
import { postgresDatabase } from '../support/stores.ts'

export type Pair = {
  readonly balancer: Balancer
  readonly servers: readonly [Gatehouse, Gatehouse]
  /** Of the bootstrap token, for JSON. */
  readonly headers: Readonly<Record<string, string>>
}

export const startPair = async (
  context: Pick<TestContext, 'after'>,
  options: { config?: string; environment?: Record<string, string> } = {},
): Promise<Pair> => {
  const database = await postgresDatabase()
  const balancer = await openBalancer()
  context.after(async () => {
    await balancer.close()
    await database.drop()
  })
  const token = randomBytes(24).toString('hex')
  const given = {
    ...options,
    environment: {
      GATEHOUSE_DATABASE_URL: database.url,
      GATEHOUSE_SECRET_KEY: randomBytes(36).toString('base64'),
      GATEHOUSE_PUBLIC_URL: balancer.url,
      GATEHOUSE_BOOTSTRAP_TOKEN: token,
      ...options.environment,
    },
  }
  const servers = [await startGatehouse(context, given), await startGatehouse(context, given)] as const
  balancer.serve(servers.map(({ url }) => url))
  return {
    balancer,
    servers,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
  }
}
