/** Who names whom by slug: resources that refer to resources, groups that hold roles. */
import { type Bind, bindAll, prepared } from './dialect/prepared.ts'
import type { Tx } from './store.ts'

export type Ref = { readonly type: string; readonly slug: string }

const drop = prepared((db, p: Bind<{ from_type: string; from_id: string }>) =>
  db.deleteFrom('refs').where('from_type', '=', p('from_type')).where('from_id', '=', p('from_id')),
)

const add = prepared((db, p: Bind<{ from_type: string; from_id: string; type: string; slug: string }>) =>
  db
    .insertInto('refs')
    .values(bindAll(p, ['from_type', 'from_id', 'type', 'slug']))
    .onConflict((conflict) => conflict.doNothing()),
)

/** Sets what one names, in place of what it named before. */
export const replaceRefs = async (tx: Tx, fromType: string, fromId: string, refs: readonly Ref[]): Promise<void> => {
  const from = { from_type: fromType, from_id: fromId }
  await drop.run(tx, from)
  for (const { type, slug } of refs) await add.run(tx, { ...from, type, slug })
}

const naming = prepared((db, p: Bind<Ref>) =>
  db
    .selectFrom('refs')
    .leftJoin('resources', 'resources.id', 'refs.from_id')
    .leftJoin('groups', 'groups.id', 'refs.from_id')
    .select(['refs.from_type', 'resources.slug as resource', 'groups.slug as group'])
    .where('refs.type', '=', p('type'))
    .where('refs.slug', '=', p('slug'))
    .orderBy('refs.from_type')
    .orderBy('refs.from_id'),
)

/** The resources and groups that name this one. */
export const refsTo = async (tx: Tx, type: string, slug: string): Promise<Ref[]> => {
  const found: Ref[] = []
  for (const row of await naming.all(tx, { type, slug })) {
    const from = row.from_type === 'groups' ? row.group : row.resource
    if (from !== null) found.push({ type: row.from_type, slug: from })
  }
  return found
}
