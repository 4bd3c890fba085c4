/** Queries of one-time links. Taking a row away is what spends its link: of any number at once, one finds it. */
import type { UserId } from '../base/ids.ts'
import { type Bind, bindAll, prepared } from './dialect/prepared.ts'
import type { MailLink, MailLinkStore } from './store.ts'
import type { SignInTables } from './tables/sign-in.ts'

type Row = SignInTables['mail_links']

const COLUMNS = [
  'link_hash',
  'code_hash',
  'purpose',
  'user_id',
  'address',
  'standing',
  'flow',
  'revision',
  'node',
  'attempt_id',
  'expires_at',
] as const

const toLink = (row: Row): MailLink => ({
  linkHash: row.link_hash,
  codeHash: row.code_hash,
  purpose: row.purpose,
  userId: row.user_id,
  address: row.address,
  standing: row.standing,
  flow: row.flow,
  revision: row.revision,
  node: row.node,
  attemptId: row.attempt_id,
  expiresAt: row.expires_at,
})

const insertRow = prepared((db, p: Bind<Row>) => db.insertInto('mail_links').values(bindAll(p, COLUMNS)))

const removeOlder = prepared((db, p: Bind<{ user: UserId | null; purpose: string }>) =>
  db.deleteFrom('mail_links').where('user_id', '=', p('user')).where('purpose', '=', p('purpose')),
)

const findByHash = prepared((db, p: Bind<{ hash: string }>) =>
  db.selectFrom('mail_links').select(COLUMNS).where('link_hash', '=', p('hash')),
)

const removeRow = prepared((db, p: Bind<{ hash: string }>) =>
  db.deleteFrom('mail_links').where('link_hash', '=', p('hash')),
)

const purgeRows = prepared((db, p: Bind<{ before: number; limit: number }>) =>
  db
    .deleteFrom('mail_links')
    .where('link_hash', 'in', (eb) =>
      eb
        .selectFrom('mail_links')
        .select('link_hash')
        .where('expires_at', '<', p('before'))
        .orderBy('expires_at')
        .limit(p('limit')),
    ),
)

export const mailLinks: MailLinkStore = {
  insert: async (tx, link) => {
    await removeOlder.run(tx, { user: link.userId, purpose: link.purpose })
    await insertRow.run(tx, {
      link_hash: link.linkHash,
      code_hash: link.codeHash,
      purpose: link.purpose,
      user_id: link.userId,
      address: link.address,
      standing: link.standing,
      flow: link.flow,
      revision: link.revision,
      node: link.node,
      attempt_id: link.attemptId,
      expires_at: link.expiresAt,
    })
  },

  byHash: async (tx, hash) => {
    const row = await findByHash.first(tx, { hash })
    return row && toLink(row)
  },

  spend: async (tx, hash) => (await removeRow.run(tx, { hash })) === 1,

  purge: (tx, before, limit) => purgeRows.run(tx, { before, limit }),
}
