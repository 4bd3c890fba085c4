/**
 * From where an administrator might come: the network and browser that the change is made from, at the address that was
 * asked for there, while it is still answered, or at the public one. A change made on the server itself has no such
 * network: then those count that the administrator is signed in from, and the server's own.
 */
import type { UserId } from '../../base/ids.ts'
import type { RequestFacts } from '../../domain/decisions/decision.ts'
import type { Snapshot } from '../../kinds/contract/resource.ts'
import type { MadeFrom } from '../../resources/edit/author.ts'
import type { Store, Tx } from '../../store/store.ts'

type Deps = {
  readonly store: Pick<Store, 'sessions' | 'instance'>
  readonly publicUrl: string | null
}

type Asked = {
  readonly snapshot: Snapshot
  readonly from: MadeFrom | null
  readonly user: UserId
  readonly now: number
}

type Possible = {
  readonly requests: readonly RequestFacts[]
  /** The main address; what passkeys are made for rests on it. */
  readonly publicUrl: string
}

type Network = Pick<RequestFacts, 'ip' | 'userAgent'>

// Of one administrator; more browsers than that are no more of a hint.
const MOST_NETWORKS = 5
const HERE: Network = { ip: '127.0.0.1', userAgent: '' }

export const possibleRequests = async (deps: Deps, tx: Tx, asked: Asked): Promise<Possible> => {
  const networks = asked.from ? [asked.from] : [...(await signedInFrom(deps, tx, asked)), HERE]
  const { origins, publicUrl } = await originsOf(deps, tx, asked)
  const requests = networks.flatMap(({ ip, userAgent }) =>
    origins.map((origin) => ({ ip, userAgent, origin, at: asked.now, id: 'lock-out guard' })),
  )
  return { requests, publicUrl }
}

const signedInFrom = async ({ store }: Deps, tx: Tx, { user, now }: Asked): Promise<Network[]> => {
  const sessions = await store.sessions.of(tx, user, now)
  const networks = new Map(sessions.map(({ ip, userAgent }) => [`${ip} ${userAgent}`, { ip, userAgent }]))
  return [...networks.values()].slice(0, MOST_NETWORKS)
}

const originsOf = async (
  { store, publicUrl }: Deps,
  tx: Tx,
  { snapshot, from }: Asked,
): Promise<{ origins: readonly string[]; publicUrl: string }> => {
  const proven = await store.instance.get(tx, 'public_url')
  const url = publicUrl ?? (typeof proven === 'string' ? proven : null)
  // Until an address was proven, any is answered.
  if (url === null) {
    const any = from?.origin ?? 'http://localhost'
    return { origins: [any], publicUrl: any }
  }
  const main = new URL(url).origin
  const answered = from && from.origin !== main && snapshot.lookup('host', new URL(from.origin).host) !== undefined
  return { origins: answered ? [from.origin, main] : [main], publicUrl: main }
}
