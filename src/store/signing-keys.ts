/** Queries of signing keys: the generations of key pairs. A change is told under the key pair's slug. */
import type { Sealed } from '../base/secret.ts'
import { fromJson, toJson } from './dialect/json-text.ts'
import { type Bind, bindAll, locked, prepared } from './dialect/prepared.ts'
import { noteChange } from './note-change.ts'
import { Conflict, type SigningKey, type SigningKeyStore, type Tx } from './store.ts'
import type { ConfigurationTables } from './tables/configuration.ts'

type KeyRow = ConfigurationTables['signing_keys']

const COLUMNS = [
  'kid',
  'keypair',
  'algorithm',
  'state',
  'public_jwk',
  'sealed_private_key',
  'created_at',
  'active_from',
  'retired_at',
  'remove_at',
] as const

const toKey = (row: KeyRow): SigningKey => ({
  kid: row.kid,
  keypair: row.keypair,
  algorithm: row.algorithm,
  state: row.state,
  publicJwk: fromJson(row.public_jwk),
  sealedPrivateKey: row.sealed_private_key satisfies Sealed,
  createdAt: row.created_at,
  activeFrom: row.active_from,
  retiredAt: row.retired_at,
  removeAt: row.remove_at,
})

const findAll = prepared((db, _p: Bind<object>) =>
  db.selectFrom('signing_keys').select(COLUMNS).orderBy('created_at').orderBy('kid'),
)

const lockByKid = prepared((db, p: Bind<{ kid: string }>, engine) =>
  locked(db.selectFrom('signing_keys').select(COLUMNS).where('kid', '=', p('kid')), engine),
)

const inState = prepared((db, p: Bind<{ keypair: string; state: SigningKey['state'] }>) =>
  db.selectFrom('signing_keys').select('kid').where('keypair', '=', p('keypair')).where('state', '=', p('state')),
)

const insertRow = prepared((db, p: Bind<KeyRow>) =>
  db
    .insertInto('signing_keys')
    .values(bindAll(p, COLUMNS))
    .onConflict((conflict) => conflict.doNothing())
    .returning('kid'),
)

const MOVED = ['state', 'active_from', 'retired_at', 'remove_at'] as const

const moveRow = prepared((db, p: Bind<Pick<KeyRow, (typeof MOVED)[number] | 'kid'>>) =>
  db.updateTable('signing_keys').set(bindAll(p, MOVED)).where('kid', '=', p('kid')),
)

const removeRow = prepared((db, p: Bind<{ kid: string }>) =>
  db.deleteFrom('signing_keys').where('kid', '=', p('kid')).returning('keypair'),
)

const isTaken = async (tx: Tx, key: Pick<SigningKey, 'kid' | 'keypair' | 'state'>): Promise<boolean> => {
  if (key.state === 'retired') return false
  const holder = await inState.first(tx, { keypair: key.keypair, state: key.state })
  return holder !== undefined && holder.kid !== key.kid
}

export const signingKeys: SigningKeyStore = {
  all: async (tx) => (await findAll.all(tx, {})).map(toKey),

  insert: async (tx, key) => {
    const inserted = await insertRow.first(tx, {
      kid: key.kid,
      keypair: key.keypair,
      algorithm: key.algorithm,
      state: key.state,
      public_jwk: toJson(key.publicJwk),
      sealed_private_key: key.sealedPrivateKey,
      created_at: key.createdAt,
      active_from: key.activeFrom,
      retired_at: key.retiredAt,
      remove_at: key.removeAt,
    })
    if (!inserted) throw new Conflict((await isTaken(tx, key)) ? 'signing_keys.state' : 'signing_keys.kid')
    noteChange(tx, 'keys', key.keypair)
  },

  setState: async (tx, kid, patch) => {
    const row = await lockByKid.first(tx, { kid })
    if (!row) throw new Conflict('signing_keys.kid')
    const key: SigningKey = { ...toKey(row), ...patch }
    if (await isTaken(tx, key)) throw new Conflict('signing_keys.state')
    await moveRow.run(tx, {
      kid,
      state: key.state,
      active_from: key.activeFrom,
      retired_at: key.retiredAt,
      remove_at: key.removeAt,
    })
    noteChange(tx, 'keys', key.keypair)
  },

  remove: async (tx, kid) => {
    const removed = await removeRow.first(tx, { kid })
    if (!removed) return false
    noteChange(tx, 'keys', removed.keypair)
    return true
  },
}
